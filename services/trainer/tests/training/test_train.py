"""Training runs of every family from data files, from nothing and on from a model."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
import torch

from epee_trainer.cli import main
from epee_trainer.export.reading import load_any
from epee_trainer.model.backbones import FAMILIES, Sizes
from epee_trainer.model.checkpoint import load_model, save_model
from epee_trainer.model.multi_exit import MultiExitModel
from epee_trainer.model.tasks import TagGroup, Task, TaskSet
from epee_trainer.recipes.clinical_notes.tasks import clinical_tasks
from epee_trainer.training.config import TrainConfig
from epee_trainer.training.prepare import start_from, warm_start
from epee_trainer.training.train import Trainer, freeze
from tests.support.graphs import Tiny
from tests.support.made_data import image_keys, source, sources_of, write_config
from tests.support.tiny import tiny_tasks, tiny_tokenizer


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


def test_a_run_resumes_where_it_was_interrupted(data: Path, tmp_path: Path) -> None:
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


@pytest.mark.parametrize("family", ["bert", "gpt2"])
def test_frozen_layers_keep_their_weights_and_their_heads_learn(family: str) -> None:
    sizes = Sizes(layers=3, hidden=8, heads=2, intermediate=16, embedding=8, vocabulary=20, positions=16, dropout=0.0, image=None)
    encoder = FAMILIES[family].empty(FAMILIES[family].config_of(sizes))
    model = MultiExitModel(encoder, TaskSet((Task("t", "classification", 16, ("a", "b")),)), 4)
    freeze(model, 2)
    learning = {name for name, parameter in model.named_parameters() if parameter.requires_grad}
    layers = "encoder.layer" if family == "bert" else "h"
    assert not any(
        name.startswith((f"encoder.{layers}.0.", f"encoder.{layers}.1.")) or "embeddings" in name or "wte" in name for name in learning
    )
    assert any(name.startswith(f"encoder.{layers}.2.") for name in learning)
    assert all(any(name.startswith(f"pooled_heads.{layer}.") for name in learning) for layer in range(3))


@pytest.mark.parametrize(
    "keys,message",
    [
        ({"init": "noinit"}, "init .*noinit is neither a finished run .* nor a model package"),
        ({"tokenizer": "none.json"}, r"tokenizer .*none\.json is missing"),
        ({"family": "albert", "vocabulary": 3}, r"vocabulary \(3\): "),
        (
            {"tasks": [source("m", "classification"), source("p", "relation", dev="pears.jsonl")]},
            r"tasks\.1\.dev: file .*pears\.jsonl is missing",
        ),
        ({"tasks": [source("m", "classification", train=".")]}, r"tasks\.0\.train: file .* is missing"),
        (
            {"family": "vit", "tasks": [source("l", "image", dev="apart/dev.npz")], **image_keys("vit")},
            r"tasks\.0\.dev: file .*apart/labels\.json is missing",
        ),
    ],
)
def test_files_that_are_missing_are_named_before_the_first_epoch(
    keys: dict[str, Any], message: str, data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (data / "apart").mkdir(exist_ok=True)
    (data / "apart" / "dev.npz").write_bytes((data / "dev.npz").read_bytes())
    path = write_config(tmp_path, data, **{"family": "bert", "tasks": [source("m", "classification")], **keys})
    assert main(["train", str(path)]) == 2
    said = capsys.readouterr()
    assert re.search(message, said.err) and "epoch" not in said.out


@pytest.mark.parametrize("kind,name", [("classification", "one"), ("event", "none")])
def test_data_with_nothing_to_tell_apart_are_refused(
    kind: str, name: str, data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = {
        "one": [{"id": f"{i}_1", "text": "mild rash", "label": "calm"} for i in range(9)],
        "none": [{"id": f"{i}_1", "text": "mild rash", "events": []} for i in range(9)],
    }
    (data / f"{name}.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines[name]))
    path = write_config(tmp_path, data, family="bert", tasks=[source(name, kind, train=f"{name}.jsonl", dev=f"{name}.jsonl")])
    assert main(["train", str(path)]) == 2
    assert {"one": "one.jsonl has one label alone (calm)", "none": "none.jsonl has no event"}[name] in capsys.readouterr().err


def test_training_starts_from_a_package(tiny: Tiny) -> None:
    model = start_from(tiny.folder, tiny_tasks())
    shipped = load_any(tiny.folder).state_dict()
    assert all(torch.equal(tensor, shipped[name]) for name, tensor in model.state_dict().items())
    assert model.encoder.config.attention_probs_dropout_prob == 0.0
    assert all(parameter.requires_grad for parameter in model.parameters())


def test_training_starts_from_a_run(tiny: Tiny, tmp_path: Path) -> None:
    tokenizer = tmp_path / "tokenizer.json"
    tiny_tokenizer().save(str(tokenizer))
    save_model(tiny.model, tmp_path / "run", tokenizer=tokenizer, training={})
    model = start_from(tmp_path / "run", tiny_tasks())
    assert all(torch.equal(tensor, tiny.model.state_dict()[name]) for name, tensor in model.state_dict().items())


def test_a_model_of_other_tasks_is_refused(tiny: Tiny) -> None:
    with pytest.raises(ValueError, match="other tasks"):
        start_from(tiny.folder, clinical_tasks())


def test_a_model_of_other_tasks_lends_its_encoder_and_the_heads_of_labels_that_both_have(tiny: Tiny) -> None:
    source = load_any(tiny.folder)
    groups = (TagGroup("main", ("O", "B-Effect", "B-new")), TagGroup("other", ("O", "B-x")))
    tasks = TaskSet((Task("sections", "classification", 64, ("plan", "unknown")), Task("facts", "tagging", 64, groups=groups)))
    model = warm_start(source, tasks)
    shipped = source.state_dict()
    assert all(torch.equal(tensor, shipped[name]) for name, tensor in model.state_dict().items() if name.startswith("encoder."))
    known = source.tasks.group_slices()[1]
    own, theirs = model.tag_heads[0].weight, source.tag_heads[0].weight[known]
    assert torch.equal(own[:2], theirs[:2])
    assert not torch.equal(own[2], theirs[2])
