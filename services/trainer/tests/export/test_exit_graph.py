"""The exit graphs against PyTorch and a plain reading of the exit rule."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import onnx
import pytest
import torch

from epee_trainer.evaluation.sessions import batch_feeds as feeds
from epee_trainer.evaluation.sessions import run_graph as run
from epee_trainer.export.package import write_graphs
from epee_trainer.export.reference import POLICIES, exit_of, invented_rows, row_logits
from epee_trainer.model.exits import Policy
from epee_trainer.model.multi_exit import MultiExitModel
from epee_trainer.model.tasks import TagGroup, Task, TaskSet
from tests.support.graphs import Tiny, open_graph
from tests.support.tiny import tiny_model, tiny_tokenizer

TOLERANCE = 1e-4


@pytest.mark.parametrize("policy", POLICIES, ids=str)
def test_every_row_leaves_where_the_rule_says(tiny: Tiny, policy: Policy) -> None:
    policies = [policy] * len(tiny.rows)
    out = run(tiny.open("exit.fp32.onnx"), feeds(tiny.rows, tiny.model.tasks, policies))
    assert tiny.check(out, list(range(len(tiny.rows))), policies) >= len(tiny.rows) - 2


def test_policies_use_every_layer_and_reason(tiny: Tiny) -> None:
    seen = {
        (gone.layer, gone.reason)
        for policy in POLICIES
        for row, one in zip(tiny.rows, tiny.logits)
        for gone in [exit_of(one, row, tiny.model.tasks, policy)]
    }
    assert seen == {(1, "entropy"), (2, "entropy"), (2, "patience"), (3, "final")}


def test_rows_do_not_depend_on_their_batch(tiny: Tiny) -> None:
    session = tiny.open("exit.fp32.onnx")
    random = np.random.default_rng(1)
    for size in (1, 2, 5, 11, 18):
        picked = random.permutation(len(tiny.rows))[:size].tolist()
        policies = [POLICIES[i] for i in random.integers(0, len(POLICIES), size)]
        out = run(session, feeds([tiny.rows[i] for i in picked], tiny.model.tasks, policies, pad=int(random.integers(0, 9))))
        tiny.check(out, picked, policies)


@pytest.mark.parametrize("task", ["sections", "events", "relations"])
@pytest.mark.parametrize("graph", ["exit.fp32.onnx", "exit.int8.onnx"])
def test_batches_of_one_task(tiny: Tiny, task: str, graph: str) -> None:
    picked = [i for i, row in enumerate(tiny.rows) if row.task == task]
    policies = [Policy(0.75, 1)] * len(picked)
    out = run(tiny.open(graph), feeds([tiny.rows[i] for i in picked], tiny.model.tasks, policies))
    if "fp32" in graph:
        assert tiny.check(out, picked, policies) > 0
    assert set(out["exit_layer"].tolist()) <= {1, 2, 3}


@pytest.mark.parametrize("graph", ["exit.fp32.onnx", "exit.int8.onnx"])
def test_a_batch_may_end_after_the_first_layer(tiny: Tiny, graph: str) -> None:
    out = run(tiny.open(graph), feeds(tiny.rows, tiny.model.tasks, [Policy(1.5)] * len(tiny.rows)))
    assert out["exit_layer"].tolist() == [1] * len(tiny.rows)
    assert out["exit_reason"].tolist() == [0] * len(tiny.rows)


@pytest.mark.parametrize("layers", [1, 26, 50])
def test_models_of_any_depth(tmp_path: Path, layers: int) -> None:
    size = tiny_tokenizer().get_vocab_size()
    model = tiny_model(size, layers=layers)
    rows = invented_rows(model.tasks, vocabulary=size, first_id=9, ends=(6, 7), per_task=4, seed=3)
    deep = Tiny.of(model, rows, tmp_path)
    session, seen = deep.open("exit.fp32.onnx"), set()
    for policy in (Policy(), Policy(None, layers - 1), Policy(None, 2), Policy(0.4)):
        policies = [policy] * len(rows)
        out = run(session, feeds(rows, model.tasks, policies, layers=layers))
        assert deep.check(out, list(range(len(rows))), policies, tolerance=1e-3) > 0
        seen |= set(out["exit_layer"].tolist())
    assert layers in seen


def _holders(graph: onnx.GraphProto, inside: int = 0) -> Iterator[tuple[int, onnx.NodeProto, set[str]]]:
    """Every node with how deep its graph is in others, and the names that its own graph holds."""
    own = {tensor.name for tensor in graph.initializer} | {name for node in graph.node for name in node.output}
    for node in graph.node:
        yield inside, node, own
        for attribute in node.attribute:
            if attribute.type == onnx.AttributeProto.GRAPH:
                yield from _holders(attribute.g, inside + 1)


@pytest.mark.parametrize("precision,kinds", [("fp32", {"Gemm", "Attention"}), ("int8", {"Gemm", "QAttention", "DynamicQuantizeMatMul"})])
def test_each_layer_is_in_the_one_before_and_holds_its_weights(tiny: Tiny, precision: str, kinds: set[str]) -> None:
    nodes = list(_holders(onnx.load(str(tiny.folder / f"exit.{precision}.onnx"), load_external_data=False).graph))
    assert sorted(inside for inside, node, _ in nodes if "Attention" in node.op_type) == [0, 1, 2]
    weights = [(node.op_type, node.input[1] in own) for _, node, own in nodes if node.op_type in kinds]
    assert {kind for kind, _ in weights} == kinds
    assert all(is_own for _, is_own in weights)


def test_a_threshold_is_strict(tiny: Tiny) -> None:
    session, rows = tiny.open("exit.fp32.onnx"), tiny.rows[:1]
    first = run(session, feeds(rows, tiny.model.tasks, [Policy(1.5)]))["entropy"][0]
    assert run(session, feeds(rows, tiny.model.tasks, [Policy(float(first))]))["exit_layer"][0] > 1
    assert run(session, feeds(rows, tiny.model.tasks, [Policy(float(np.nextafter(first, np.float32(2))))]))["exit_layer"][0] == 1


def test_tagging_rows_without_words_are_sure(tiny: Tiny) -> None:
    row = next(row for row in tiny.rows if row.task == "events")
    batch = feeds([row, tiny.rows[0]], tiny.model.tasks, [Policy(0.01)] * 2)
    batch["word_mask"][:] = 0
    out = run(tiny.open("exit.fp32.onnx"), batch)
    assert (out["exit_layer"][0], out["entropy"][0]) == (1, 0)


def test_confidence_is_the_probability_of_the_tag(tiny: Tiny) -> None:
    index = next(i for i, row in enumerate(tiny.rows) if row.task == "events")
    row, logits = tiny.rows[index], tiny.logits[index]
    out = run(tiny.open("exit.fp32.onnx"), feeds([row], tiny.model.tasks, [Policy()]))
    for place, word in enumerate(row.word_mask):
        for group, part in enumerate(tiny.model.tasks.group_slices()):
            p = np.exp(logits.tags[-1, place, part])
            assert out["tag_confidence"][0, place, group] == pytest.approx((p / p.sum()).max() if word else 0, abs=TOLERANCE)


def test_groups_of_many_widths_come_out_in_their_order(tiny: Tiny, tmp_path: Path) -> None:
    groups = tuple(TagGroup(f"g{size}", ("O", *(f"B-{i}" for i in range(size - 1)))) for size in (5, 25, 3, 7))
    torch.manual_seed(2)
    model = MultiExitModel(tiny.model.encoder, TaskSet((Task("events", "tagging", 64, groups=groups),)), pooled_width=16).eval()
    write_graphs(model, tmp_path)
    rows = [row for row in tiny.rows if row.task == "events"]
    out = run(open_graph(tmp_path / "exit.fp32.onnx"), feeds(rows, model.tasks, [Policy()] * len(rows)))
    for index, row in enumerate(rows):
        gone = exit_of(row_logits(model, row), row, model.tasks, Policy())
        assert out["tag_ids"][index, : len(row.token_ids)].tolist() == gone.tags
        assert out["entropy"][index] == pytest.approx(gone.entropy, abs=TOLERANCE)


def test_sweep_gives_every_layer(tiny: Tiny) -> None:
    out = run(tiny.open("sweep.fp32.onnx"), feeds(tiny.rows, tiny.model.tasks))
    for index, (row, logits) in enumerate(zip(tiny.rows, tiny.logits)):
        if logits.pooled is not None:
            assert np.abs(out["all_pooled_logits"][:, index, tiny.model.tasks.slice_of(row.task)] - logits.pooled).max() < TOLERANCE
        else:
            assert np.abs(out["all_tag_logits"][:, index, : len(row.token_ids)] - logits.tags).max() < TOLERANCE


@pytest.mark.parametrize("precision,tolerance", [("fp32", 1e-5), ("int8", 0.05)])
def test_plain_graphs_answer_as_the_last_layer(tiny: Tiny, precision: str, tolerance: float) -> None:
    plain = run(tiny.open(f"plain.{precision}.onnx"), feeds(tiny.rows, tiny.model.tasks))
    swept = run(tiny.open("sweep.fp32.onnx"), feeds(tiny.rows, tiny.model.tasks))
    assert np.abs(plain["pooled_logits"][0] - swept["all_pooled_logits"][-1]).max() < tolerance * 4
    real = feeds(tiny.rows, tiny.model.tasks)["word_mask"] > 0
    assert np.abs(plain["tag_logits"][0][real] - swept["all_tag_logits"][-1][real]).max() < tolerance * 4


def test_int8_is_close_to_fp32(tiny: Tiny) -> None:
    batch = feeds(tiny.rows, tiny.model.tasks, [Policy()] * len(tiny.rows))
    fp32, int8 = (run(tiny.open(f"exit.{precision}.onnx"), batch) for precision in ("fp32", "int8"))
    assert np.abs(fp32["entropy"] - int8["entropy"]).max() < 0.05
    assert (fp32["tag_ids"] == int8["tag_ids"]).mean() > 0.99


@pytest.mark.parametrize("broken", ["pooled", "tags"])
@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_rows_with_non_finite_logits_run_to_the_end_and_say_so(tiny: Tiny, tmp_path: Path, broken: str, value: float) -> None:
    model = tiny_model(tiny_tokenizer().get_vocab_size())
    for layer in range(3):
        (model.pooled_heads[layer].out if broken == "pooled" else model.tag_heads[layer]).bias.data[0] = value
    write_graphs(model, tmp_path)
    out = run(open_graph(tmp_path / "exit.fp32.onnx"), feeds(tiny.rows, model.tasks, [Policy(1.5, 1)] * len(tiny.rows)))
    for index, row in enumerate(tiny.rows):
        hit = row.task == ("sections" if broken == "pooled" else "events")
        assert np.isnan(out["entropy"][index]) == hit
        assert out["exit_layer"][index] == (3 if hit else 1)
