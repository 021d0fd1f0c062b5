"""Model packages read back, and PyTorch's side of `epee bench`, on the tiny package."""

import gzip
import json
from pathlib import Path

import numpy as np
import pytest
import torch

from epee_trainer.bench import exit_layer, main, padded, read_rows, run_all
from epee_trainer.export.reading import load_package
from epee_trainer.export.reference import ReferenceRow, row_logits

TINY = Path(__file__).parents[3] / "test" / "fixtures" / "tiny-model"


@pytest.fixture(scope="module")
def model():
    return load_package(TINY)


@pytest.fixture(scope="module")
def reference():
    return json.loads(gzip.decompress((TINY / "reference.json.gz").read_bytes()))


def as_bench_rows(reference, cases):
    rows = [reference["rows"][case["row"]] for case in cases]
    return [{**row, "entropyThreshold": case["entropyThreshold"], "patience": case["patience"]} for row, case in zip(rows, cases)]


def test_a_package_read_back_computes_the_reference_logits(model, reference):
    for index, row in enumerate(reference["rows"]):
        got = row_logits(model, ReferenceRow(row["task"], tuple(row["tokenIds"]), tuple(row["wordMask"]), tuple(row["markers"])))
        wanted = reference["pooledLogits"][index] or reference["tagLogits"][index]
        assert np.allclose(got.pooled if got.pooled is not None else got.tags, np.array(wanted), atol=1e-4)


def test_rows_leave_where_the_reference_cases_leave(model, reference, tmp_path):
    path = tmp_path / "rows.json"
    path.write_text(json.dumps(as_bench_rows(reference, reference["cases"])))
    rows = read_rows(path, model)
    assert [exit_layer(model, row, policies=True) for row in rows] == [case["exitLayer"] for case in reference["cases"]]


def test_padding_behind_a_row_changes_no_exit(model, reference, tmp_path):
    path = tmp_path / "rows.json"
    path.write_text(json.dumps(as_bench_rows(reference, reference["cases"])))
    positions = model.encoder.config.max_position_embeddings
    rows = [padded(row, positions) for row in read_rows(path, model)]
    assert {row.ids.shape[1] for row in rows} == {positions}
    assert [exit_layer(model, row, policies=True) for row in rows] == [case["exitLayer"] for case in reference["cases"]]


@pytest.mark.parametrize("family", ["albert", "gpt2"])
def test_padding_behind_a_row_changes_no_state_of_its_tokens(family):
    model = load_package(TINY.parent / f"tiny-{family}")
    ids = torch.tensor([[5, 6, 7, 8, 9, 0, 0, 0]])
    mask = (torch.arange(8) < 5).unsqueeze(0)
    with torch.inference_mode():
        *_, alone = model.backbone.walk(model.encoder, ids[:, :5])
        *_, last = model.backbone.walk(model.encoder, ids, mask)
    assert torch.allclose(last[:, :5], alone, atol=1e-5)


def test_without_policies_every_row_runs_to_the_last_layer(model, reference, tmp_path):
    path = tmp_path / "rows.json"
    path.write_text(json.dumps(as_bench_rows(reference, reference["cases"][:5])))
    found = run_all(model, read_rows(path, model), policies=False)
    assert set(found["exitLayers"]) == {3}
    assert found["ms"] > 0


def test_it_answers_each_line_with_one_line(reference, tmp_path, monkeypatch, capsys):
    path = tmp_path / "rows.json"
    path.write_text(json.dumps(as_bench_rows(reference, reference["cases"][:2])))
    monkeypatch.setattr("sys.stdin", ['{"policies": true, "padTo": null}\n', '{"policies": false, "padTo": 512}\n'])
    threads = torch.get_num_threads()
    assert main([str(TINY), str(path)]) == 0
    torch.set_num_threads(threads)
    ready, first, second = (json.loads(line) for line in capsys.readouterr().out.splitlines())
    assert ready["rows"] == 2
    assert first["exitLayers"] == [case["exitLayer"] for case in reference["cases"][:2]]
    assert second["exitLayers"] == [3, 3]
