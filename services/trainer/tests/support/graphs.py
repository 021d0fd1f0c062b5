"""Graphs of tiny models, and what their rows are compared with."""

import gzip
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import pytest

from epee_trainer.evaluation.sessions import Feeds, open_session
from epee_trainer.export.package import write_graphs
from epee_trainer.export.reading import load_package
from epee_trainer.export.reference import REASONS, ReferenceRow, RowLogits, decisive, exit_of, row_logits
from epee_trainer.model.exits import Policy
from epee_trainer.model.multi_exit import MultiExitModel

REPOSITORY = Path(__file__).resolve().parents[4]
FIXTURES = REPOSITORY / "test" / "fixtures"


def open_graph(path: Path) -> onnxruntime.InferenceSession:
    """A session of one thread."""
    return open_session(path, threads=1)


@dataclass(frozen=True)
class Tiny:
    """A tiny package on disk, the model with its weights, rows of every task with their logits."""

    folder: Path
    model: MultiExitModel
    rows: list[ReferenceRow]
    logits: list[RowLogits]

    @staticmethod
    def of(model: MultiExitModel, rows: list[ReferenceRow], folder: Path) -> "Tiny":
        """Writes the graphs of a model, which gets the weights as they see them."""
        write_graphs(model, folder)
        return Tiny(folder, model, rows, [row_logits(model, row) for row in rows])

    def open(self, graph: str) -> onnxruntime.InferenceSession:
        return open_graph(self.folder / graph)

    def check(self, out: Feeds, picked: list[int], policies: list[Policy], tolerance: float = 1e-4) -> int:
        """Asserts that each row left where, why and with what the rule says; gives how many rows
        were compared."""
        compared = 0
        for place, (index, policy) in enumerate(zip(picked, policies)):
            row, logits, tasks = self.rows[index], self.logits[index], self.model.tasks
            if not decisive(logits, row, tasks, policy):
                continue
            compared += 1
            gone, length = exit_of(logits, row, tasks, policy), len(row.token_ids)
            assert (out["exit_layer"][place], REASONS[out["exit_reason"][place]]) == (gone.layer, gone.reason)
            assert out["entropy"][place] == pytest.approx(gone.entropy, abs=tolerance)
            if logits.pooled is not None:
                own = out["pooled_logits"][place, tasks.slice_of(row.task)]
                assert own == pytest.approx(logits.pooled[gone.layer - 1], abs=tolerance)
                assert not out["tag_ids"][place].any()
            else:
                assert out["tag_ids"][place, :length].tolist() == gone.tags
                assert not out["tag_ids"][place, length:].any()
        return compared


def agrees_with_reference(folder: Path) -> None:
    """Asserts that a package, read back, computes the logits of its reference vectors."""
    model, reference = load_package(folder), read_reference(folder)
    for item, pooled, tags in zip(reference["rows"], reference["pooledLogits"], reference["tagLogits"]):
        got = row_logits(model, _row(model, item))
        assert np.allclose(got.pooled if got.pooled is not None else got.tags, np.array(pooled or tags), atol=1e-4)
    assert {case["exitLayer"] for case in reference["cases"]} >= {1, 3}


def read_reference(folder: Path) -> dict[str, Any]:
    """The reference vectors of a package."""
    return json.loads(gzip.decompress((folder / "reference.json.gz").read_bytes()))


def write_cases(folder: Path, out: Path) -> list[int]:
    """Writes the reference cases of a package as rows for `epee_trainer.bench`; gives where each
    leaves."""
    reference = read_reference(folder)
    rows = [
        {**reference["rows"][case["row"]], **{key: case[key] for key in ("entropyThreshold", "patience")}} for case in reference["cases"]
    ]
    out.write_text(json.dumps(rows))
    return [case["exitLayer"] for case in reference["cases"]]


def _row(model: MultiExitModel, item: dict[str, Any]) -> ReferenceRow:
    if model.image is not None:
        shape = (model.image.channels, model.image.height, model.image.width)
        return ReferenceRow(item["task"], (), (), (0, 0), np.array(item["pixels"], np.float32).reshape(shape))
    return ReferenceRow(item["task"], tuple(item["tokenIds"]), tuple(item["wordMask"]), tuple(item["markers"]))
