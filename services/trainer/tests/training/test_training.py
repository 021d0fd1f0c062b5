"""Training of every family from data files: configs, examples, rows, teachers, resuming, reports, the grid. Made-up texts and images, models of a few neurons."""

from __future__ import annotations

import gzip
import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from epee_trainer.__main__ import main
from epee_trainer.model.backbones import FAMILIES, ImageForm, Sizes
from epee_trainer.model.checkpoint import load_model
from epee_trainer.training.config import TrainConfig
from epee_trainer.data.datasets import FileData, TaskSource, pixels_of, read_examples
from epee_trainer.grid.run import HEADINGS, _table_row, run_grid
from epee_trainer.data.jsonl import WITH_EVENTS, DataError, read_jsonl
from epee_trainer.recipes.clinical_notes.mixture import clinical_tasks
from epee_trainer.model.multi_exit import LayerLogits, MultiExitModel
from epee_trainer.data.rows import Row
from epee_trainer.evaluation.scores import auroc, macro_f1
from epee_trainer.model.tasks import Task, TaskSet
from epee_trainer.training.train import Trainer, epoch_batches, freeze, hard_labels, joint_loss, layer_weights

TEXTS = {"good": "the drug helped a lot", "bad": "the pain got worse after it"}


@pytest.fixture(autouse=True)
def _one_thread():
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("data")
    random = np.random.default_rng(0)
    for split, size in (("train", 60), ("dev", 16)):
        reviews = [{"id": f"{split}{i}_1", "text": f"{TEXTS[label]} {i}.", "label": label} for i in range(size) for label in [("good", "bad")[i % 2]]]
        if split == "dev":
            reviews[0]["label"] = "unheard-of"
        pairs = []
        for i in range(size):
            text = f"aspirin raised warfarin levels, ibuprofen {i} did not."
            tail, label = (("warfarin", "effect") if i % 2 else ("ibuprofen", "none"))
            spans = {name: {"start": text.index(word), "end": text.index(word) + len(word)} for name, word in (("head", "aspirin"), ("tail", tail))}
            pairs.append({"id": f"d{i // 4}.s{i % 4}", "text": text, "label": label, **spans})
        events = [
            {
                "id": f"{i}_1",
                "text": "He took aspirin, then had a rash.",
                "events": [
                    {
                        "type": "Adverse_event",
                        "trigger": {"start": 22, "end": 25},
                        "arguments": [{"role": "Effect", "start": 28, "end": 32}, {"role": "Treatment.Drug", "start": 8, "end": 15}],
                    }
                ],
            }
            for i in range(size)
        ]
        for name, items in (("reviews", reviews), ("pairs", pairs), ("events", events)):
            with gzip.open(folder / f"{name}.{split}.jsonl.gz", "wt") as stream:
                stream.write("".join(json.dumps(item) + "\n" for item in items))
        labels = np.arange(size) % 2
        images = (random.integers(0, 80, (size, 8, 8)) + 120 * labels[:, None, None]).astype(np.uint8)
        np.savez(folder / f"{split}.npz", images=images, labels=labels.astype(np.uint8))
    (folder / "labels.json").write_text(json.dumps({"classes": ["dark", "light"]}))
    return folder


def source(name: str, kind: str, **more: Any) -> dict[str, Any]:
    stem = {"classification": "reviews", "relation": "pairs", "event": "events", "event-label": "events", "image": ""}[kind]
    files = {"train": f"{stem}.train.jsonl.gz", "dev": f"{stem}.dev.jsonl.gz"} if stem else {"train": "train.npz", "dev": "dev.npz"}
    return {"name": name, "kind": kind, **files, "maxTokens": 80, **more}


def write_config(folder: Path, data: Path, **keys: Any) -> Path:
    given = {"name": "t", "data": str(data), "run": "run", "epochs": 1, "layers": 2, "hidden": 16, "heads": 2, "vocabulary": 400, "embedding": 8}
    given |= {"heldOutPercent": 25, "positions": 96, "learningRate": 0.003, "headLearningRate": 0.003, **keys}
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "config.json"
    path.write_text(json.dumps({key: value for key, value in given.items() if value is not None}))
    return path


def sources_of(family: str) -> list[dict[str, Any]]:
    if family == "vit":
        return [source("light", "image")]
    tasks = [source("mood", "classification"), source("pairs", "relation", document=r"^(d\d+)\.")]
    return tasks + ([source("events", "event")] if family != "gpt2" else [])


def image_keys(family: str) -> dict[str, Any]:
    return {"imageSize": 8, "patch": 4, "imageShift": 1} if family == "vit" else {}


@pytest.mark.parametrize("family", FAMILIES)
def test_every_family_trains_from_nothing_evaluates_and_exports(family: str, data: Path, tmp_path: Path) -> None:
    path = write_config(tmp_path, data, family=family, epochs=2, tasks=sources_of(family), **image_keys(family))
    assert main(["train", str(path)]) == 0
    run = tmp_path / "run"
    assert main(["evaluate", str(run), "--data", str(data)]) == 0
    report = json.loads((run / "report.json").read_text())
    for item in sources_of(family):
        table = report["tasks"][item["name"]]
        assert set(table["layers"]) == {"1", "2"}
        assert set(table["policies"]) == {"full", "careful", "fast", "entropyOnly", "patienceOnly", "epee"}
        assert table["policies"]["full"]["exits"] == {"2": 1.0}
        assert set(report["policies"][item["name"]]) == {"full", "careful", "fast"}
    if family != "vit":
        assert report["tasks"]["mood"]["unknownLabels"] == {"unheard-of": 1}
    else:
        assert 0 <= report["tasks"]["light"]["policies"]["full"]["auroc"] <= 100
    assert main(["export", str(run), str(tmp_path / "package"), "--name", "t"]) == 0
    manifest = json.loads((tmp_path / "package" / "manifest.json").read_text())
    assert manifest["backbone"]["family"] == family
    assert ("tokenizer" in manifest) == (family != "vit")
    assert str(tmp_path) not in (tmp_path / "package" / "manifest.json").read_text()


def test_a_run_goes_on_where_it_was_cut_off(data: Path, tmp_path: Path) -> None:
    keys = {"family": "gpt2", "tasks": [source("mood", "classification")], "epochs": 2}
    whole, cut = (TrainConfig.read(write_config(tmp_path / name, data, **keys)) for name in ("whole", "cut"))
    Trainer(whole, say=lambda _: None).train()
    first = Trainer(cut, say=lambda _: None)
    first._epoch(0)
    first.history.append({"epoch": 1})
    first._checkpoint(1)
    told: list[str] = []
    Trainer(cut, say=told.append).train()
    assert not any('"epoch": 1,' in line for line in told) and any('"epoch": 2,' in line for line in told)
    one, other = (load_model(Path(config.run)).state_dict() for config in (whole, cut))
    assert all(torch.allclose(one[name], other[name], atol=1e-6) for name in one)


@pytest.mark.parametrize("teacher_family,student_family", [("bert", "gpt2"), ("gpt2", "albert"), ("vit", "vit")])
def test_a_model_of_another_family_teaches(teacher_family: str, student_family: str, data: Path, tmp_path: Path) -> None:
    tasks = [source("light", "image")] if teacher_family == "vit" else [source("mood", "classification"), source("pairs", "relation")]
    Trainer(TrainConfig.read(write_config(tmp_path / "teacher", data, family=teacher_family, tasks=tasks, **image_keys(teacher_family))), say=lambda _: None).train()
    path = write_config(tmp_path / "student", data, family=student_family, tasks=tasks, teacher="../teacher/run", **image_keys(student_family))
    trainer = Trainer(TrainConfig.read(path), say=lambda _: None)
    rows = [row for rows in trainer.data.training.values() for row in rows]
    assert all(row.soft is not None and row.soft.sum() == pytest.approx(1, abs=1e-5) for row in rows)
    assert trainer._soft(rows[:3])[0].shape == (3, 2)
    trainer.train()


def test_a_teacher_of_another_family_teaches_tags_on_the_words_that_both_cut_alike(data: Path, tmp_path: Path) -> None:
    tasks = [source("events", "event")]
    Trainer(TrainConfig.read(write_config(tmp_path / "teacher", data, family="bert", tasks=tasks)), say=lambda _: None).train()
    path = write_config(tmp_path / "student", data, family="albert", tasks=tasks, teacher="../teacher/run", teacherShare=1)
    trainer = Trainer(TrainConfig.read(path), say=lambda _: None)
    [row, *_] = trainer.data.training["events"]
    groups = len(trainer.model.tasks.groups)
    assert row.soft.shape == (len(row.words), trainer.model.tasks.tag_labels)
    assert row.soft.sum(-1) == pytest.approx(groups, abs=1e-4)
    unread = replace(row, soft=np.where(np.arange(len(row.words))[:, None] == 0, np.nan, row.soft))
    soft, share = trainer._soft([row, unread, replace(row, soft=None)])
    assert share == 1 and soft.shape == (3 * len(row.words), trainer.model.tasks.tag_labels)
    labelled = torch.from_numpy(hard_labels(row, trainer.model.tasks["events"]))
    assert torch.equal(soft[len(row.words)], labelled[0]) and torch.equal(soft[-len(row.words) :], labelled)
    assert not torch.equal(labelled, soft[: len(row.words)])
    trainer.train()


def test_a_teacher_has_to_know_the_task_and_its_labels(data: Path, tmp_path: Path) -> None:
    tasks = [source("mood", "classification")]
    Trainer(TrainConfig.read(write_config(tmp_path / "teacher", data, family="bert", tasks=tasks)), say=lambda _: None).train()
    for other, message in (
        ([source("else", "classification")], "has no task 'else', only mood"),
        ([source("mood", "classification", labels=["good", "bad", "odd"])], "lacks the labels odd"),
    ):
        path = write_config(tmp_path / "student", data, family="gpt2", tasks=other, teacher="../teacher/run")
        with pytest.raises(ValueError, match=message):
            Trainer(TrainConfig.read(path), say=lambda _: None)
    path = write_config(tmp_path / "student", data, family="gpt2", tasks=tasks, teacher="../nowhere")
    with pytest.raises(FileNotFoundError, match="neither a finished run.*nor a model package"):
        Trainer(TrainConfig.read(path), say=lambda _: None)


def test_half_of_the_loss_can_be_the_last_layers() -> None:
    weights = layer_weights("half-last", 3)
    assert weights.tolist() == pytest.approx([1 / 12, 2 / 12, 3 / 12 + 6 / 12])


@pytest.mark.parametrize("family", ["bert", "gpt2"])
def test_frozen_layers_keep_their_weights_and_their_heads_learn(family: str) -> None:
    sizes = Sizes(layers=3, hidden=8, heads=2, intermediate=16, embedding=8, vocabulary=20, positions=16, dropout=0.0, image=None)
    encoder = FAMILIES[family].empty(FAMILIES[family].config_of(sizes))
    model = MultiExitModel(encoder, TaskSet((Task("t", "classification", 16, ("a", "b")),)), 4)
    freeze(model, 2)
    learning = {name for name, parameter in model.named_parameters() if parameter.requires_grad}
    layers = "encoder.layer" if family == "bert" else "h"
    assert not any(name.startswith((f"encoder.{layers}.0.", f"encoder.{layers}.1.")) or "embeddings" in name or "wte" in name for name in learning)
    assert any(name.startswith(f"encoder.{layers}.2.") for name in learning)
    assert all(any(name.startswith(f"pooled_heads.{layer}.") for name in learning) for layer in range(3))


def test_soft_labels_take_their_share_of_the_loss() -> None:
    tasks = TaskSet((Task("t", "classification", 8, ("a", "b")),))
    logits = LayerLogits(torch.tensor([[[2.0, 0.0]]]), torch.empty(0))
    def loss(taught):
        return joint_loss(logits, "t", tasks, torch.tensor([0]), torch.empty(0), weights=layer_weights("equal", 1), distill=0.0, taught=taught).item()
    hard = loss(None)
    other = loss((torch.tensor([[0.0, 1.0]]), 1.0))
    assert loss((torch.tensor([[0.0, 1.0]]), 0.25)) == pytest.approx(0.75 * hard + 0.25 * other, abs=1e-6)


@pytest.mark.parametrize(
    "keys,message",
    [
        ({"family": "gpt2", "tasks": [source("e", "event")]}, r"tasks\.0\.kind: tagging needs the context on both sides of a word, gpt2"),
        ({"family": "vit", "imageSize": 8, "patch": 4, "tasks": [source("m", "classification")]}, r"tasks\.0\.kind: vit reads images"),
        ({"family": "albert", "tasks": [source("l", "image")]}, r"tasks\.0\.kind: albert reads text, an image task needs vit"),
        ({"family": "gpt2"}, r"tasks: tagging needs"),
        ({"family": "t5", "tasks": [source("m", "classification")]}, "family must be one of bert, albert, gpt2, vit, not 't5'"),
        ({"family": "bert", "layers": None, "tasks": [source("m", "classification")]}, "layers is missing: an encoder from nothing needs it"),
        ({"tasks": [source("m", "classification")]}, "base is missing"),
        ({"family": "vit", "tasks": [source("l", "image")]}, "imageSize is missing.*patch is missing"),
        ({"family": "vit", "imageSize": 8, "patch": 3, "tasks": [source("l", "image")]}, r"patch \(3\) must divide imageSize \(8\)"),
        ({"family": "bert", "hidden": 15, "tasks": [source("m", "classification")]}, r"hidden \(15\) must be a multiple of heads \(2\)"),
        ({"family": "gpt2", "maskTokens": 0.1, "tasks": [source("m", "classification")]}, r"maskTokens: gpt2 has no \[MASK\]"),
        ({"family": "bert", "imageShift": 1, "tasks": [source("m", "classification")]}, "imageShift: bert reads text"),
        ({"family": "bert", "teacher": "x"}, "teacher: only for tasks from data files"),
        ({"family": "bert", "fragments": True, "tasks": [source("m", "classification")]}, "fragments belongs to the mixture"),
        ({"family": "bert", "rowsPerEpoch": {"n": 5}, "tasks": [source("m", "classification")]}, r"rowsPerEpoch\.n is no kind of row; there are m"),
        ({"family": "bert", "rowsPerEpoch": {"event": 5}}, r"rowsPerEpoch\.event is no kind of row; there are events, swapped"),
        ({"family": "bert", "tasks": [source("m", "classification", labels=["a"])]}, r"tasks\.0\.labels must be two or more different labels"),
        ({"family": "bert", "tasks": [source("e", "event", labels=["a", "b"])]}, r"tasks\.0\.labels: of kind event"),
        ({"family": "bert", "firstModel": "x", "tasks": [source("m", "classification")]}, "firstModel belongs to the mixture"),
        ({"family": "bert", "positions": 32, "tasks": [source("m", "classification")]}, r"positions \(32\) must be at least the longest maxTokens \(80\)"),
        ({"family": "bert", "tasks": [{"name": "x", "kind": "classification", "train": "a"}]}, r"tasks\.0\.dev is missing"),
        ({"family": "bert", "tasks": [source("x", "classification", colour=1)]}, r"tasks\.0\.colour is unknown"),
        ({"family": "bert", "tasks": [{**source("x", "classification"), "kind": "sounds"}]}, r"tasks\.0\.kind must be one of classification"),
        ({"family": "bert", "tasks": [source("x", "classification", document="(")]}, r"tasks\.0\.document is no regular expression"),
        ({"family": "bert", "tasks": [source("x", "classification", document="a")]}, r"tasks\.0\.document needs a group"),
        ({"family": "bert", "tasks": [source("x", "classification"), source("x", "relation")]}, "tasks: two are called x"),
        ({"family": "bert", "layerWeights": "some"}, "layerWeights must be equal, asc, half-last or last"),
        ({"family": "bert", "colour": 1}, r"unknown keys \['colour'\]"),
        ({"family": "bert", "heads": 0}, "heads must be a whole number of at least 1, not 0"),
        ({"family": "bert", "hidden": 0}, "hidden must be a whole number of at least 1, not 0"),
        ({"family": "bert", "hidden": "32"}, "hidden must be a whole number of at least 1, not '32'"),
        ({"family": "bert", "layers": 0}, "layers must be a whole number from 1 to 255, not 0"),
        ({"family": "bert", "layers": True}, "layers must be a whole number from 1 to 255, not True"),
        ({"family": "vit", "imageSize": 8, "patch": 0}, "patch must be a whole number from 1 to 4096, not 0"),
        ({"family": "bert", "epochs": 0, "heads": 0}, "epochs must be a whole number of at least 1, not 0; heads must be"),
        ({"family": "bert", "epochs": "3"}, "epochs must be a whole number of at least 1, not '3'"),
        ({"family": "bert", "learningRate": "1e-4"}, "learningRate must be a number from 0 to 1, not '1e-4'"),
        ({"family": "bert", "dropout": float("nan")}, "dropout must be a number from 0 to 1, not nan"),
        ({"family": "bert", "distill": 3}, "distill must be a number from 0 to 1, not 3"),
        ({"family": "bert", "batchTokens": 0}, "batchTokens must be a whole number of at least 1, not 0"),
        ({"family": "bert", "heldOutPercent": 200}, "heldOutPercent must be a whole number from 1 to 99, not 200"),
        ({"family": "bert", "compile": "yes"}, "compile must be true or false, not 'yes'"),
        ({"family": "bert", "init": 3}, "init must be a string that is not empty, not 3"),
        ({"family": "bert", "run": ""}, "run must be a string that is not empty, not ''"),
        ({"family": "bert", "rowsPerEpoch": {"m": -1}}, r"rowsPerEpoch\.m must be a whole number of at least 0, not -1"),
        ({"family": "bert", "rowsPerEpoch": 5}, "rowsPerEpoch must be an object, not 5"),
        ({"family": "bert", "tasks": source("m", "classification")}, "tasks must be a list, not {"),
        ({"family": "bert", "tasks": {}}, "tasks must be a list, not {}"),
        ({"family": "bert", "tasks": ["m"]}, r"tasks\.0 must be an object, not 'm'"),
        ({"family": "bert", "tasks": [source("m", "classification", maxTokens="128")]}, r"tasks\.0\.maxTokens must be a whole number from 3 to 65536, not '128'"),
        ({"family": "bert", "tasks": [source("m", "classification", maxTokens=0)]}, r"tasks\.0\.maxTokens must be a whole number from 3 to 65536, not 0"),
        ({"family": "bert", "tasks": [source("m", "classification", dev=3)]}, r"tasks\.0\.dev must be a string that is not empty, not 3"),
        ({"family": "bert", "tasks": [source("m", "classification", labels=["a", 1])]}, r"tasks\.0\.labels\.1 must be a string that is not empty, not 1"),
        ({"family": "bert", "tasks": [source("m", "classification", labels=["a", "a"])]}, r"tasks\.0\.labels must be two or more different labels"),
        ({"family": "bert", "tasks": [source("my task", "classification")]}, r"tasks\.0\.name must be letters, digits.*not 'my task'"),
    ],
)
def test_configs_that_cannot_work_are_refused_by_key(keys: dict[str, Any], message: str, data: Path, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=message) as refused:
        TrainConfig.read(write_config(tmp_path, data, **keys))
    assert str(refused.value).startswith(f"{tmp_path / 'config.json'}: ")


@pytest.mark.parametrize("content,message", [(b"[1]", "config.json: must be a JSON object"), (b"{\n]", "config.json:2: not JSON"), (b'"\xff"', "config.json: not UTF-8")])
def test_a_config_that_is_no_object_is_named(content: bytes, message: str, tmp_path: Path) -> None:
    (tmp_path / "config.json").write_bytes(content)
    with pytest.raises(ValueError, match=message):
        TrainConfig.read(tmp_path / "config.json")


@pytest.mark.parametrize(
    "keys,message",
    [
        ({"init": "noinit"}, "init .*noinit is neither a finished run .* nor a model package"),
        ({"tokenizer": "none.json"}, r"tokenizer .*none\.json is missing"),
        ({"family": "albert", "vocabulary": 3}, r"vocabulary \(3\): "),
        ({"tasks": [source("m", "classification"), source("p", "relation", dev="pears.jsonl")]}, r"tasks\.1\.dev: file .*pears\.jsonl is missing"),
        ({"tasks": [source("m", "classification", train=".")]}, r"tasks\.0\.train: file .* is missing"),
        ({"family": "vit", "tasks": [source("l", "image", dev="apart/dev.npz")], **image_keys("vit")}, r"tasks\.0\.dev: file .*apart/labels\.json is missing"),
    ],
)
def test_files_that_are_missing_are_named_before_the_first_epoch(keys: dict[str, Any], message: str, data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (data / "apart").mkdir(exist_ok=True)
    (data / "apart" / "dev.npz").write_bytes((data / "dev.npz").read_bytes())
    path = write_config(tmp_path, data, **{"family": "bert", "tasks": [source("m", "classification")], **keys})
    assert main(["train", str(path)]) == 2
    said = capsys.readouterr()
    assert re.search(message, said.err) and "epoch" not in said.out


def test_family_and_base_have_to_agree(data: Path, tmp_path: Path) -> None:
    (tmp_path / "base").mkdir()
    (tmp_path / "base" / "config.json").write_text('{"model_type": "albert"}')
    with pytest.raises(ValueError, match="family is bert, but base is a albert model"):
        TrainConfig.read(write_config(tmp_path, data, family="bert", base="base", tasks=[source("m", "classification")]))


LINE = '{"id": "1", "text": "x", "label": "a"}'


def event_line(**keys: Any) -> str:
    event = {"type": "Adverse_event", "trigger": {"start": 0, "end": 4, "text": "rash"}, "arguments": [], **keys}
    return json.dumps({"id": "1", "text": "rash", "events": [event]})


@pytest.mark.parametrize(
    "kind,line,message",
    [
        ("classification", '{"id": "1", "text": "x"}', r"t:2: field 'label' is missing"),
        ("classification", '{"id": "1", "text": "x", "label": 3}', r"t:2: field 'label' must be a string"),
        ("relation", '{"id": "1", "text": "x", "label": "a", "head": {"start": 0}, "tail": {}}', r"t:2: field 'head\.end' must be a whole number"),
        ("relation", '{"id": "1", "text": "x", "label": "a", "head": {"start": 0, "end": 9}, "tail": {"start": 0, "end": 1}}', r"t:2: field 'head' runs from 0 to 9, the text has 1"),
        ("relation", '{"id": "1", "text": "xy", "label": "a", "head": {"start": 0, "end": 1, "text": "y"}, "tail": {"start": 0, "end": 1}}', r"t:2: field 'head' has another 'text'"),
        ("event", '{"id": "1", "text": "x", "events": [{}]}', r"t:2: field 'events\.0\.type' must be a string"),
        ("event", '{"id": "1", "text": "x", "events": null}', "t:2: field 'events' must be a list"),
        ("event-label", '{"id": "1", "text": "x", "events": {}}', "t:2: field 'events' must be a list"),
        ("event", event_line(trigger={"start": 3, "end": 9}), r"t:2: field 'events\.0\.trigger' runs from 3 to 9, the text has 4 characters"),
        ("event", event_line(trigger={"start": 2, "end": 2}), r"t:2: field 'events\.0\.trigger' runs from 2 to 2"),
        ("event", event_line(trigger={"start": 0, "end": 2, "text": "rd"}), r"t:2: field 'events\.0\.trigger' has another 'text' than stands from 0 to 2"),
        ("event", event_line(arguments=[{"role": "Effect", "start": 0, "end": 4}, {"role": "Effect", "start": -1, "end": 4}]), r"t:2: field 'events\.0\.arguments\.1' runs from -1"),
        ("event", event_line(arguments=[{"start": 0, "end": 4}]), r"t:2: field 'events\.0\.arguments\.0\.role' must be a string"),
        ("event", event_line(arguments=[{"role": "Effect", "start": False, "end": 4}]), r"t:2: field 'events\.0\.arguments\.0\.start' must be a whole number"),
        ("event", event_line(arguments=None), r"t:2: field 'events\.0\.arguments' must be a list"),
        ("classification", '{"id": "1", "text": 5, "label": "a"}', "t:2: field 'text' must be a string"),
        ("classification", '{"id": "1", "text": "\\ud83d", "label": "a"}', "t:2: field 'text' has half a surrogate pair"),
        ("classification", '{"id": null, "text": "x", "label": "a"}', "t:2: field 'id' must be a string or a number"),
        ("classification", '["id", "text", "label"]', "t:2: not a JSON object"),
        ("classification", '{"id": "1", "text": "x", "label": ""}', "t:2: field 'label' must be a string that is not empty"),
    ],
)
def test_bad_lines_name_file_line_and_field(kind: str, line: str, message: str, tmp_path: Path) -> None:
    good = {"id": "0", "text": "y", "label": "a", "head": {"start": 0, "end": 1}, "tail": {"start": 0, "end": 1}, "events": []}
    (tmp_path / "t").write_text(f"{json.dumps(good)}\n{line}\n")
    with pytest.raises(DataError, match=message):
        read_examples(TaskSource("x", kind, "t", "t"), tmp_path, "train")


def packed(*lines: str) -> bytes:
    return gzip.compress("\n".join(lines).encode())


@pytest.mark.parametrize(
    "name,content,message",
    [
        ("t.jsonl.gz", packed(LINE, LINE)[:-12], r"t\.jsonl\.gz:\d: not gzip, or cut short or damaged \(EOFError\)"),
        ("t.jsonl.gz", LINE.encode(), r"t\.jsonl\.gz:1: not gzip, or cut short or damaged \(BadGzipFile\)"),
        ("t.jsonl", LINE.encode() + b'\n{"id": "2", "text": "\xff", "label": "a"}', r"t\.jsonl:2: not UTF-8 \(byte 22\)"),
    ],
)
def test_files_that_cannot_be_read_are_named_with_the_line(name: str, content: bytes, message: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(DataError, match=message):
        read_examples(TaskSource("x", "classification", name, name), tmp_path, "train")


def test_numbers_as_ids_become_text_and_a_byte_order_mark_is_passed_over(tmp_path: Path) -> None:
    (tmp_path / "t").write_bytes(b"\xef\xbb\xbf" + LINE.replace('"1"', "17").encode())
    [example] = read_examples(TaskSource("x", "classification", "t", "t"), tmp_path, "train")
    assert example.id == "17" and example.label == "a"


def test_the_mixtures_sentences_are_checked_too(tmp_path: Path) -> None:
    (tmp_path / "phee.jsonl").write_text(event_line(trigger={"start": 0, "end": 5}))
    with pytest.raises(DataError, match=r"phee\.jsonl:1: field 'events\.0\.trigger' runs from 0 to 5"):
        list(read_jsonl(tmp_path / "phee.jsonl", WITH_EVENTS))


@pytest.mark.parametrize(
    "kind,labels,message",
    [
        ("classification", ["good", "odd"], r"reviews\.train\.jsonl\.gz:2: field 'label': the label is not among the `labels` of task x: good, odd"),
        ("event-label", ["none", "odd"], r"events\.train\.jsonl\.gz:1: field 'events': the label is not among"),
        ("image", ["dark", "odd"], r"train\.npz: array 'labels': the label of image 1 is not among the `labels` of task x: dark, odd"),
    ],
)
def test_labels_that_a_task_lacks_are_named_in_train_and_counted_in_dev(kind: str, labels: list[str], message: str, data: Path) -> None:
    mine = TaskSource.read(source("x", kind, labels=labels), "tasks.0")
    with pytest.raises(DataError, match=message):
        read_examples(mine, data, "train")
    assert any(example.label not in labels for example in read_examples(mine, data, "dev"))


def test_documents_are_held_out_whole(data: Path) -> None:
    pairs = TaskSource.read(source("pairs", "relation", document=r"^(d\d+)\."), "tasks.0")
    files = FileData((pairs,), data, 40)
    aside = {pairs.document_of(e.id) for e in files.held_out(pairs)}
    rest = {pairs.document_of(e.id) for e in files.examples["pairs"] if not files.is_held_out(pairs, e)}
    assert aside and rest and not aside & rest


def test_images_are_resized_turned_grey_or_coloured_and_normalised() -> None:
    colour = np.zeros((4, 4, 3), np.uint8)
    colour[..., 0] = 255
    grey = pixels_of(colour, ImageForm(2, 2, 1, 1, (0.0,), (0.5,)))
    assert grey.shape == (1, 2, 2) and grey == pytest.approx(0.299 / 0.5, abs=0.01)
    back = pixels_of(np.full((2, 2, 1), 51, np.uint8), ImageForm(2, 2, 3, 1, (0.2, 0.0, 0.1), (1.0, 0.5, 0.1)))
    assert back[:, 0, 0] == pytest.approx([0.0, 0.4, 1.0], abs=1e-6)


def test_scores() -> None:
    gold, answers = np.array([0, 0, 1, 2]), np.array([0, 1, 1, 2])
    assert macro_f1(answers, gold, 4) == pytest.approx(100 * (2 / 3 + 2 / 3 + 1) / 3)
    ramp = np.array([[0.9, 0.1], [0.6, 0.4], [0.6, 0.4], [0.2, 0.8]])
    assert auroc(ramp, np.array([0, 0, 1, 1])) == pytest.approx(87.5)
    assert np.isnan(auroc(ramp, np.array([1, 1, 1, 1])))


def test_the_mixture_is_cut_into_batches_as_before() -> None:
    """`plan` of a checkpoint is compared with this: another order would refuse to go on with runs of older versions."""
    from epee_trainer.data.datasets import TrainingData

    def rows(task: str, sizes: range) -> list[Row]:
        return [Row(task, [0] * size) for size in sizes]

    data = TrainingData({"events": rows("events", range(5, 60)), "negatives": rows("events", range(3, 40)), "abstracts": [], "relations": rows("relations", range(9, 70)), "sections": []}, {})
    config = TrainConfig("x", "d", "r", 1, batchTokens=256, rowsPerEpoch={"negatives": 10})
    found = epoch_batches(data, config, 3)
    assert [(batch[0].task, len(batch), max(row.length for row in batch)) for batch in found[:4]] == [
        ("events", 8, 30),
        ("relations", 9, 28),
        ("events", 5, 50),
        ("relations", 3, 66),
    ]
    assert len(found) == 22
    assert sum(map(len, found)) == 55 + 10 + 61
    assert {task.name for task in clinical_tasks().tasks} == {"sections", "events", "relations"}


def test_the_grid_runs_what_is_not_done_and_goes_on_after_a_failure(data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    grid = tmp_path / "grid"
    for name, keys in (
        ("01-mood", {"family": "gpt2", "tasks": [source("mood", "classification")]}),
        ("02-broken", {"family": "gpt2", "tasks": [source("mood", "classification")], "teacher": "../nowhere"}),
        ("03-light", {"family": "vit", "tasks": [source("light", "image")], "imageSize": 8, "patch": 4}),
    ):
        write_config(tmp_path / "made", data, name=name, run=f"../runs/{name}", **keys).rename(_in(grid, f"{name}.json"))
    records = tmp_path / "records"
    command = ["grid", str(grid), "--records", str(records)]
    assert main([*command, "--dry-run"]) == 0
    assert main(command) == 1
    record = json.loads((records / "01-mood.json").read_text())
    assert (record["family"], record["seed"], record["epochs"]) == ("gpt2", 1, 1)
    assert record["machine"]["cores"] and record["hours"] >= 0
    assert record["tasks"]["mood"]["measure"] == "accuracy" and "epee" in record["tasks"]["mood"]["policies"]
    assert record["times"]["mood"]["epee"]["8"]["timeSpeedUp"] > 0
    assert (records / "03-light.json").exists()
    said = capsys.readouterr().out
    assert "02-broken: FAILED: teacher" in said and "failed: 02-broken; the others are done" in said
    assert main([*command, "--only", "01*"]) == 0
    assert "01-mood: done" in capsys.readouterr().out
    assert main([*command, "--table"]) == 0
    table = capsys.readouterr().out.splitlines()
    assert len(table) == 5 and table[0].startswith("| data set | model |")
    assert table[2].startswith("| mood | gpt2, ") and table[3].startswith("| mood | gpt2 | not run |") and table[4].startswith("| light | vit, ")
    assert len({line.count("|") for line in table}) == 1
    assert main([*command, "--only", "zz"]) == 2


def test_the_grid_goes_on_after_an_error_that_nobody_foresaw(data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    raised = {"01": KeyError("states"), "02": ValueError("labels"), "03": KeyboardInterrupt()}
    for name in raised:
        write_config(tmp_path / "made", data, name=name, family="bert", tasks=[source("m", "classification")]).rename(_in(tmp_path / "grid", f"{name}.json"))

    def fails(config: TrainConfig, *_: Any) -> str:
        raise raised[config.name]

    monkeypatch.setattr("epee_trainer.grid.run.run_one", fails)
    said: list[str] = []
    assert run_grid(tmp_path / "grid", tmp_path / "records", only="0[12]", dry_run=False, say=said.append) == 1
    assert said[-1] == "failed: 01, 02; the others are done"
    assert "01: FAILED: KeyError: 'states'" in said and "02: FAILED: labels" in said
    with pytest.raises(KeyboardInterrupt):
        run_grid(tmp_path / "grid", tmp_path / "records", only="03", dry_run=False, say=said.append)


def test_a_grid_of_other_data_is_refused_before_the_first_run(data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_config(tmp_path / "made", data, family="bert").rename(_in(tmp_path / "grid", "notes.json"))
    assert main(["grid", str(tmp_path / "grid"), "--table"]) == 2
    assert "notes.json: tasks is missing" in capsys.readouterr().err


def test_a_table_tells_what_a_record_lacks() -> None:
    scores = {"score": 81.0, "layerSpeedUp": 1.0, "meanExitLayer": 2.0, "entropyThreshold": "off", "patience": "off"}
    record = {"family": "bert", "layers": 2, "base": "b", "times": {}, "epochs": 1, "seed": 1, "hours": 0.1}
    line = _table_row("mood", {"examples": 9, "measure": "accuracy", "policies": {"full": scores}}, record)
    assert len(line) == len(HEADINGS) and line.count("not chosen") == 5 and line.count("not measured") == 2
    assert _table_row("mood", {"examples": 0, "unknownLabels": {}}, record)[:4] == ("mood", "bert", "0", "")


@pytest.mark.parametrize("kind,name", [("classification", "one"), ("event", "none")])
def test_data_with_nothing_to_tell_apart_are_refused(kind: str, name: str, data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lines = {
        "one": [{"id": f"{i}_1", "text": "mild rash", "label": "calm"} for i in range(9)],
        "none": [{"id": f"{i}_1", "text": "mild rash", "events": []} for i in range(9)],
    }
    (data / f"{name}.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines[name]))
    path = write_config(tmp_path, data, family="bert", tasks=[source(name, kind, train=f"{name}.jsonl", dev=f"{name}.jsonl")])
    assert main(["train", str(path)]) == 2
    assert {"one": "one.jsonl has one label alone (calm)", "none": "none.jsonl has no event"}[name] in capsys.readouterr().err


def _in(folder: Path, name: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder / name


def test_the_committed_grid_reads() -> None:
    folder = Path(__file__).resolve().parents[2] / "epee_trainer" / "recipes" / "grid"
    configs = [TrainConfig.read(path) for path in sorted(folder.glob("*.json"))]
    assert len(configs) == len({config.run for config in configs}) >= 20
    assert {config.backbone().family for config in configs} == set(FAMILIES)
