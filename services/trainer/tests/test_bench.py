"""PyTorch's side of `epee bench`, on the tiny package."""

import json
from pathlib import Path

import pytest
import torch

from epee_trainer.bench import exit_layer, main, padded, read_rows, run_all
from epee_trainer.export.reading import load_package
from epee_trainer.model.multi_exit import MultiExitModel
from tests.support.graphs import FIXTURES, agrees_with_reference, write_cases

TINY = FIXTURES / "tiny-model"


@pytest.fixture(scope="module")
def model() -> MultiExitModel:
    return load_package(TINY)


@pytest.fixture(scope="module")
def rows_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("bench") / "rows.json"


@pytest.fixture(scope="module")
def leaves(rows_file: Path) -> list[int]:
    """Where the rows of the file leave."""
    return write_cases(TINY, rows_file)


def test_a_package_read_back_computes_the_reference_logits() -> None:
    agrees_with_reference(TINY)


def test_rows_leave_where_the_reference_cases_leave(model: MultiExitModel, rows_file: Path, leaves: list[int]) -> None:
    assert [exit_layer(model, row, policies=True) for row in read_rows(rows_file, model)] == leaves


def test_padding_behind_a_row_changes_no_exit(model: MultiExitModel, rows_file: Path, leaves: list[int]) -> None:
    positions = model.encoder.config.max_position_embeddings
    rows = [padded(row, positions) for row in read_rows(rows_file, model)]
    assert {row.ids.shape[1] for row in rows} == {positions}
    assert [exit_layer(model, row, policies=True) for row in rows] == leaves


@pytest.mark.parametrize("family", ["albert", "gpt2"])
def test_padding_behind_a_row_changes_no_state_of_its_tokens(family: str) -> None:
    model = load_package(FIXTURES / f"tiny-{family}")
    ids = torch.tensor([[5, 6, 7, 8, 9, 0, 0, 0]])
    mask = (torch.arange(8) < 5).unsqueeze(0)
    with torch.inference_mode():
        *_, alone = model.backbone.walk(model.encoder, ids[:, :5])
        *_, last = model.backbone.walk(model.encoder, ids, mask)
    assert torch.allclose(last[:, :5], alone, atol=1e-5)


def test_without_policies_every_row_runs_to_the_last_layer(model: MultiExitModel, rows_file: Path, leaves: list[int]) -> None:
    found = run_all(model, read_rows(rows_file, model)[:5], policies=False)
    assert set(found["exitLayers"]) == {3}
    assert found["ms"] > 0


def test_it_answers_each_line_with_one_line(
    rows_file: Path, leaves: list[int], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdin", ['{"policies": true, "padTo": null}\n', '{"policies": false, "padTo": 512}\n'])
    assert main([str(TINY), str(rows_file)]) == 0
    ready, first, second = (json.loads(line) for line in capsys.readouterr().out.splitlines())
    assert ready["rows"] == len(leaves)
    assert first["exitLayers"] == leaves
    assert second["exitLayers"] == [3] * len(leaves)
