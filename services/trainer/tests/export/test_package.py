"""The package's files, its manifest, and the parts that graphs are built from."""

import gzip
import hashlib
import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import onnx
import pytest

from epee_trainer.cli import main
from epee_trainer.evaluation.sessions import batch_feeds as feeds
from epee_trainer.evaluation.sessions import run_graph as run
from epee_trainer.export import export_package, rewrite_graphs
from epee_trainer.export.builder import GraphBuilder, make_model
from epee_trainer.export.heads import max_keeping_nan
from epee_trainer.export.package import write_graphs
from epee_trainer.export.packing import pack_weights
from epee_trainer.export.tag_layout import lay_out
from epee_trainer.export.weights import quantise_rows
from epee_trainer.model.checkpoint import save_model
from epee_trainer.model.exits import Policy
from epee_trainer.model.multi_exit import MultiExitModel
from epee_trainer.model.names import NAME, VERSION
from epee_trainer.model.tasks import TaskSet
from tests.support.graphs import FIXTURES, REPOSITORY, Tiny, open_graph
from tests.support.tiny import tiny_model, tiny_tokenizer

FIXTURE = FIXTURES / "tiny-model"


def test_manifest_signs_every_other_file(tiny: Tiny) -> None:
    manifest = json.loads((tiny.folder / "manifest.json").read_text())
    assert set(manifest["files"]) | {"manifest.json"} == {path.name for path in tiny.folder.iterdir()}
    for name, signed in manifest["files"].items():
        content = (tiny.folder / name).read_bytes()
        assert signed == {"sha256": hashlib.sha256(content).hexdigest(), "bytes": len(content)}
    assert manifest["backbone"] == {
        "family": "bert",
        "layers": 3,
        "hidden": 32,
        "heads": 2,
        "vocabulary": tiny_tokenizer().get_vocab_size(),
        "padTokenId": 0,
        "clsTokenId": 6,
        "sepTokenId": 7,
        "lowerCase": True,
    }
    assert all(task["policies"]["full"] == {"entropyThreshold": "off", "patience": "off"} for task in manifest["tasks"])


def test_the_committed_package_is_the_one_that_the_script_writes(tiny: Tiny) -> None:
    fresh, committed = (json.loads((folder / "manifest.json").read_text()) for folder in (tiny.folder, FIXTURE))
    for manifest in (fresh, committed):
        for name in ("weights.bin", "reference.json.gz"):  # their last digits depend on the processor
            del manifest["files"][name]["sha256"], manifest["files"][name]["bytes"]
    assert fresh == committed


def test_a_half_written_package_has_no_manifest(tiny: Tiny, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run_dir = _run(tiny.model, tmp_path / "run")
    _export(run_dir, tmp_path / "package")
    monkeypatch.setattr("epee_trainer.export.package.write_graphs", _fail)
    with pytest.raises(OSError):
        _export(run_dir, tmp_path / "package")
    assert not (tmp_path / "package" / "manifest.json").exists()


def test_policies_of_unknown_tasks_are_refused(tiny: Tiny, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"'section'.*sections, events, relations"):
        _export(_run(tiny.model, tmp_path / "run"), tmp_path / "package", policies={"section": {}})


@pytest.mark.parametrize(
    "keys,message",
    [
        ({"name": "Bad Name!"}, "the package's name must be letters, digits.*not 'Bad Name!'"),
        ({"name": "a\n"}, "the package's name must be letters, digits"),
        ({"name": "a" * 65}, "the package's name must be .* 64 at most"),
        ({"version": "x"}, "the package's version must be a version such as 1.0.0.*not 'x'"),
        ({"version": "1.0"}, "the package's version must be a version such as 1.0.0"),
    ],
)
def test_names_that_the_engine_refuses_are_refused_before_anything_is_written(
    tiny: Tiny, tmp_path: Path, keys: dict[str, str], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        _export(_run(tiny.model, tmp_path / "run"), tmp_path / "package", **keys)
    assert not (tmp_path / "package").exists()


def test_rules_for_names_are_the_engines() -> None:
    schema = (REPOSITORY / "shared" / "adapters" / "engine" / "package" / "manifest-schema.ts").read_text()
    assert f"/^{NAME.pattern}$/" in schema
    assert f"/^{VERSION.pattern}$/" in schema.replace(r"\d", "[0-9]")


def test_a_package_is_called_as_the_config_of_its_run(tiny: Tiny, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run_dir = _run(tiny.model, tmp_path / "run")
    (run_dir / "report.json").write_text('{"policies": {}}')
    command = ["export", str(run_dir), str(tmp_path / "package")]
    for name, found in (("my-model", "my-model"), ("My model", None), (None, None)):
        (run_dir / "training.json").write_text(json.dumps({} if name is None else {"config": {"name": name}}))
        assert main(command) == (0 if found else 2)
        assert json.loads((tmp_path / "package" / "manifest.json").read_text())["name"] == "my-model"
    assert "the package's name must be" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["model", "albert", "gpt2", "vit"])
def test_graphs_written_anew_are_those_of_the_export(tmp_path: Path, name: str) -> None:
    package, fixture = tmp_path / "package", FIXTURE.with_name(f"tiny-{name}")
    shutil.copytree(fixture, package)
    for graph in ("exit.fp32.onnx", "plain.int8.onnx"):
        (package / graph).write_bytes(b"of an older exporter")
    rewrite_graphs(package)
    for path in fixture.iterdir():
        assert (package / path.name).read_bytes() == path.read_bytes(), path.name


def _fail(*_: object) -> None:
    raise OSError("disk full")


def _run(model: MultiExitModel, folder: Path) -> Path:
    tokenizer = folder.parent / "tokenizer.json"
    tokenizer.write_text(tiny_tokenizer().to_str())
    save_model(model, folder, tokenizer=tokenizer, training={})
    return folder


def _export(run_dir: Path, out: Path, policies: dict | None = None, *, name: str = "x", version: str = "1.0.0") -> None:
    export_package(run_dir, out, name=name, version=version, policies=policies or {}, scores={}, training={})


def test_graphs_hold_no_weights_of_their_own(tiny: Tiny) -> None:
    size = (tiny.folder / "weights.bin").stat().st_size
    for path in tiny.folder.glob("*.onnx"):
        assert path.stat().st_size < 80_000
        outside = [
            t for t in _initializers(onnx.load(str(path), load_external_data=False).graph) if t.data_location == onnx.TensorProto.EXTERNAL
        ]
        assert len(outside) > 60
        for tensor in outside:
            where = {entry.key: entry.value for entry in tensor.external_data}
            assert where["location"] == "weights.bin"
            assert int(where["offset"]) + int(where["length"]) <= size
            assert int(where["offset"]) % 64 == 0
    assert sum(path.stat().st_size for path in tiny.folder.iterdir()) < 500_000


def _initializers(graph: onnx.GraphProto) -> Iterator[onnx.TensorProto]:
    """Those of a graph and of all its branches."""
    yield from graph.initializer
    for node in graph.node:
        for attribute in node.attribute:
            yield from _initializers(attribute.g)


def test_reference_holds_rows_logits_and_cases(tiny: Tiny) -> None:
    reference = json.loads(gzip.decompress((tiny.folder / "reference.json.gz").read_bytes()))
    rows = reference["rows"]
    assert {row["task"] for row in rows} == {"sections", "events", "relations"}
    assert len(rows) == len(reference["pooledLogits"]) == len(reference["tagLogits"])
    for row, pooled, tags in zip(rows, reference["pooledLogits"], reference["tagLogits"]):
        assert (pooled is None, tags is None) == ((True, False) if row["task"] == "events" else (False, True))
        assert np.shape(tags or pooled)[0] == 3
    assert {(case["exitLayer"], case["exitReason"]) for case in reference["cases"]} == {
        (1, "entropy"),
        (2, "entropy"),
        (2, "patience"),
        (3, "final"),
    }


def test_quantised_rows_are_within_half_a_step() -> None:
    matrix = np.random.default_rng(0).normal(size=(7, 50)).astype(np.float32)
    matrix[3] = 0
    quantised, scales = quantise_rows(matrix)
    assert np.abs(quantised * scales[:, None] - matrix).max(axis=1) == pytest.approx(0, abs=float(scales.max()) * 0.501)
    assert np.abs(quantised).max() == 127
    assert not quantised[3].any() and np.isfinite(scales).all()


def test_weights_come_back_in_torch_layout(tiny: Tiny) -> None:
    model = tiny_model(tiny_tokenizer().get_vocab_size())
    file = pack_weights(model)
    dense = model.pooled_heads[1].dense.weight.detach().numpy()
    assert np.abs(file.dequantised("layer.1.pooled_dense") - dense).max() < np.abs(dense).max() / 200
    words = model.encoder.embeddings.word_embeddings.weight.detach().numpy()
    assert np.abs(file.dequantised("embeddings.word") - words).max() < np.abs(words).max() / 200


@pytest.mark.parametrize("sizes", [[3], [5, 7, 25, 3], [2, 2, 2], [40, 3, 39, 3]])
def test_tag_layout_keeps_every_label_once(sizes: list[int]) -> None:
    layout = lay_out(sizes)
    assert sorted(column for column in layout.columns if column != layout.padding) == list(range(sum(sizes)))
    assert [layout.order[place] for place in layout.restore] == list(range(len(sizes)))
    at = 0
    for bucket in layout.buckets:
        for group in bucket.groups:
            assert layout.columns[at : at + sizes[group]] == tuple(range(sum(sizes[:group]), sum(sizes[: group + 1])))
            assert set(layout.columns[at + sizes[group] : at + bucket.width]) <= {layout.padding}
            at += bucket.width


def test_highest_entropy_keeps_nan_wherever_it_stands(tmp_path: Path) -> None:
    g = GraphBuilder("probe")
    out = max_keeping_nan(g, "x")
    floats = onnx.TensorProto.FLOAT
    info = onnx.helper.make_tensor_value_info
    model = make_model(g.graph([info(out, floats, None)], [info("x", floats, ["R", "S", 4])]), "probe")
    (tmp_path / "probe.onnx").write_bytes(model.SerializeToString())
    session = open_graph(tmp_path / "probe.onnx")
    for place in range(24):
        values = np.linspace(0, 1, 48, dtype=np.float32).reshape(2, 6, 4)
        values[1].flat[place] = np.nan
        highest = session.run(None, {"x": values})[0]
        assert highest[0, 0] == values[0].max() and np.isnan(highest[1, 0])


@pytest.mark.parametrize("kept", [("events",), ("sections",), ("sections", "relations")])
def test_models_with_only_one_kind_of_task(tiny: Tiny, tmp_path: Path, kept: tuple[str, ...]) -> None:
    tasks = TaskSet(tuple(tiny.model.tasks[name] for name in kept))
    model = MultiExitModel(tiny.model.encoder, tasks, pooled_width=16).eval()
    write_graphs(model, tmp_path)
    rows = [row for row in tiny.rows if row.task in kept]
    batch = feeds(rows, tasks, [Policy(0.9, 2)] * len(rows))
    out = run(open_graph(tmp_path / "exit.int8.onnx"), batch)
    assert out["pooled_logits"].shape == (len(rows), tasks.pooled_labels)
    assert out["tag_ids"].shape == (*batch["input_ids"].shape, len(tasks.groups))
    assert ((out["exit_layer"] >= 1) & (out["exit_layer"] <= 3)).all()
    swept = run(open_graph(tmp_path / "sweep.fp32.onnx"), feeds(rows, tasks))
    assert swept["all_pooled_logits"].shape == (3, len(rows), tasks.pooled_labels)
