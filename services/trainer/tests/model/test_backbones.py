"""ALBERT, GPT-2 and ViT (and BERT beside them): exported graphs against `transformers`, folders,
packages, refusals."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from transformers import AlbertForMaskedLM, BertForMaskedLM, GPT2LMHeadModel, ViTForImageClassification

from epee_trainer.bench import exit_layer, read_rows
from epee_trainer.cli import main
from epee_trainer.evaluation.check import check_backbone, compare
from epee_trainer.evaluation.sessions import Feeds, batch_feeds, run_graph
from epee_trainer.export.package import write_graphs
from epee_trainer.export.reading import load_package
from epee_trainer.export.reference import POLICIES, ReferenceRow, invented_images, invented_rows, row_logits
from epee_trainer.model.backbones import FAMILIES, Sizes, load_encoder
from epee_trainer.model.exits import Policy
from epee_trainer.model.multi_exit import Batch, MultiExitModel
from epee_trainer.model.tasks import TagGroup, Task, TaskSet
from tests.support.graphs import FIXTURES, Tiny, agrees_with_reference, write_cases
from tests.support.tiny import TINY_IMAGE, tiny_family_model, tiny_family_tokenizer, write_tiny_family_package

NEW = ("albert", "gpt2", "vit")


def tiny_of(family: str, folder: Path) -> Tiny:
    """A family's tiny model with its graphs on disk and rows with their logits."""
    model = tiny_family_model(family, None if family == "vit" else tiny_family_tokenizer(family))
    if model.image is not None:
        return Tiny.of(model, invented_images(model.tasks, model.image, per_task=8, seed=3), folder)
    return Tiny.of(model, invented_rows(model.tasks, vocabulary=90, first_id=8, ends=(2, 3), per_task=6, seed=3), folder)


@pytest.fixture(scope="session", params=NEW)
def family(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Tiny:
    return tiny_of(request.param, tmp_path_factory.mktemp(request.param))


def run(tiny: Tiny, graph: str, picked: list[int], policies: list[Policy] | None = None, pad: int = 0) -> Feeds:
    return run_graph(tiny.open(graph), batch_feeds([tiny.rows[i] for i in picked], tiny.model.tasks, policies, pad=pad))


@pytest.mark.parametrize("policy", POLICIES, ids=str)
def test_every_row_leaves_where_the_rule_says(family: Tiny, policy: Policy) -> None:
    every = list(range(len(family.rows)))
    policies = [policy] * len(every)
    assert family.check(run(family, "exit.fp32.onnx", every, policies), every, policies) >= len(every) - 2


def test_rows_do_not_depend_on_their_batch(family: Tiny) -> None:
    random = np.random.default_rng(1)
    for size in (1, 2, 5, 8):
        picked = random.permutation(len(family.rows))[:size].tolist()
        policies = [POLICIES[i] for i in random.integers(0, len(POLICIES), size)]
        family.check(run(family, "exit.fp32.onnx", picked, policies, pad=int(random.integers(0, 5))), picked, policies)


@pytest.mark.parametrize("graph", ["exit.fp32.onnx", "exit.int8.onnx"])
def test_a_batch_may_end_after_the_first_layer(family: Tiny, graph: str) -> None:
    every = list(range(len(family.rows)))
    out = run(family, graph, every, [Policy(1.5)] * len(every))
    assert out["exit_layer"].tolist() == [1] * len(every)


def test_int8_and_plain_graphs_are_close_to_fp32(family: Tiny) -> None:
    every = list(range(len(family.rows)))
    fp32, int8 = (run(family, f"exit.{precision}.onnx", every, [Policy()] * len(every)) for precision in ("fp32", "int8"))
    assert np.abs(fp32["entropy"] - int8["entropy"]).max() < 0.2
    swept = run(family, "sweep.fp32.onnx", every)
    for precision, tolerance in (("fp32", 1e-4), ("int8", 0.5)):
        plain = run(family, f"plain.{precision}.onnx", every)
        assert np.abs(plain["pooled_logits"][0] - swept["all_pooled_logits"][-1]).max() < tolerance


def test_heads_after_a_causal_encoder_read_the_last_real_token(tmp_path: Path) -> None:
    tiny = tiny_of("gpt2", tmp_path)
    row = next(row for row in tiny.rows if row.task == "sections")
    changed = ReferenceRow(row.task, (*row.token_ids[:-1], (row.token_ids[-1] + 1) % 50), row.word_mask, row.markers)
    places = tiny.model.places
    first, last = (row_logits(tiny.model, one).pooled for one in (row, changed))
    assert np.abs(first - last).max() > 1e-3
    lengths = torch.tensor([3, 5])
    batch = Batch(
        torch.zeros((2, 5), dtype=torch.int64), lengths, torch.zeros((2, 5), dtype=torch.bool), torch.zeros((2, 2), dtype=torch.int64)
    )
    assert places(batch).anchors.tolist() == [2, 4]


def test_albert_stores_the_shared_layer_once(tmp_path: Path) -> None:
    sizes = {"hidden": 32, "heads": 2, "intermediate": 64, "embedding": 16, "vocabulary": 50, "positions": 64}
    found = {}
    for layers in (2, 6):
        encoder = FAMILIES["albert"].empty(FAMILIES["albert"].config_of(Sizes(layers=layers, **sizes)))
        write_graphs(MultiExitModel(encoder, TaskSet((Task("t", "classification", 16, ("a", "b")),)), pooled_width=4), tmp_path)
        found[layers] = (tmp_path / "weights.bin").stat().st_size
    one_layer = 4 * 32 * 32 + 2 * 32 * 64
    assert found[6] - found[2] < one_layer


@pytest.mark.parametrize("name", FAMILIES)
def test_every_layer_agrees_with_transformers(name: str) -> None:
    image = TINY_IMAGE if name == "vit" else None
    sizes = Sizes(layers=4, hidden=48, heads=4, intermediate=96, embedding=24, vocabulary=120, positions=64, image=image)
    torch.manual_seed(1)
    encoder = FAMILIES[name].empty(FAMILIES[name].config_of(sizes)).eval()
    found = compare(encoder, rows_per_task=4)
    assert found.holds(scaled=False), found
    assert found.exits > 4


@pytest.mark.slow
@pytest.mark.parametrize("name", FAMILIES)
def test_published_sizes_agree_with_transformers(name: str) -> None:
    assert check_backbone(name, None, layers=None, rows=3, say=lambda _: None)["ok"]


@pytest.mark.parametrize(
    "name,model", [("bert", BertForMaskedLM), ("albert", AlbertForMaskedLM), ("gpt2", GPT2LMHeadModel), ("vit", ViTForImageClassification)]
)
def test_folders_of_whole_models_load(name: str, model: type, tmp_path: Path) -> None:
    image = TINY_IMAGE if name == "vit" else None
    sizes = Sizes(layers=2, hidden=32, heads=2, intermediate=64, embedding=16, vocabulary=60, positions=32, image=image)
    whole = model(FAMILIES[name].config_of(sizes)).eval()
    whole.save_pretrained(str(tmp_path))
    loaded = load_encoder(tmp_path).eval()
    inner = getattr(whole, whole.base_model_prefix)
    given = {"pixel_values": torch.randn(1, 3, 8, 12)} if name == "vit" else {"input_ids": torch.arange(7)[None]}
    with torch.no_grad():
        assert torch.equal(loaded(**given).last_hidden_state, inner(**given).last_hidden_state)


@pytest.mark.parametrize("name", NEW)
def test_a_package_read_back_computes_the_reference_logits(name: str, tmp_path: Path) -> None:
    write_tiny_family_package(name, tmp_path / "package")
    agrees_with_reference(tmp_path / "package")


@pytest.mark.parametrize("name", NEW)
def test_the_committed_packages_are_what_the_script_writes(name: str, tmp_path: Path) -> None:
    fresh, committed = (
        json.loads((folder / "manifest.json").read_text())
        for folder in (write_tiny_family_package(name, tmp_path), FIXTURES / f"tiny-{name}")
    )
    for manifest in (fresh, committed):
        for file in ("weights.bin", "reference.json.gz"):  # their last digits depend on the processor
            del manifest["files"][file]["sha256"], manifest["files"][file]["bytes"]
    assert fresh == committed
    agrees_with_reference(FIXTURES / f"tiny-{name}")


@pytest.mark.parametrize("name", ["albert", "gpt2"])
def test_pytorch_leaves_where_the_reference_cases_leave(name: str, tmp_path: Path) -> None:
    model, leaves = load_package(FIXTURES / f"tiny-{name}"), write_cases(FIXTURES / f"tiny-{name}", tmp_path / "rows.json")
    assert [exit_layer(model, row, policies=True) for row in read_rows(tmp_path / "rows.json", model)] == leaves


@pytest.mark.parametrize("option", ["--layers", "--rows"])
@pytest.mark.parametrize("value", ["0", "-1", "two"])
def test_a_check_of_no_layers_or_no_rows_is_refused(option: str, value: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        main(["check-backbone", "--family", "vit", f"{option}={value}"])
    assert left.value.code == 2
    assert f"argument {option}: must be a whole number of at least 1, not '{value}'" in capsys.readouterr().err


def test_what_a_family_cannot_do_is_refused(tmp_path: Path) -> None:
    def model(name: str, task: Task) -> MultiExitModel:
        image = TINY_IMAGE if name == "vit" else None
        sizes = Sizes(layers=1, hidden=16, heads=2, embedding=8, vocabulary=30, positions=16, image=image)
        return MultiExitModel(FAMILIES[name].empty(FAMILIES[name].config_of(sizes)), TaskSet((task,)), image=image)

    tagging = Task("words", "tagging", 16, groups=(TagGroup("g", ("O", "B-a", "I-a")),))
    with pytest.raises(ValueError, match=r"task words: tagging needs the context on both sides.*gpt2"):
        model("gpt2", tagging)
    with pytest.raises(ValueError, match="task words: vit reads images"):
        model("vit", tagging)
    with pytest.raises(ValueError, match="task x: bert reads text, an image task needs vit"):
        model("bert", Task("x", "image", 7, ("a", "b")))
    for name, changes, message in (
        ("albert", {"inner_group_num": 2}, "inner_group_num must be 1"),
        ("gpt2", {"scale_attn_by_inverse_layer_idx": True}, "scale_attn_by_inverse_layer_idx must be false"),
        ("bert", {"hidden_act": "relu"}, "activation must be one of gelu"),
    ):
        config = FAMILIES[name].config_of(Sizes(layers=1, hidden=16, heads=2, embedding=8, vocabulary=30, positions=16))
        for key, value in changes.items():
            setattr(config, key, value)
        with pytest.raises(ValueError, match=message):
            FAMILIES[name].check(config)
    (tmp_path / "config.json").write_text('{"model_type": "t5"}')
    with pytest.raises(ValueError, match="model_type is 't5'; known are bert, albert, gpt2, vit"):
        load_encoder(tmp_path)
