"""What the export tests share: the tiny package, its model as the graphs see it, and a way to run rows through a graph."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnxruntime
import pytest

from epee_trainer.model.exits import Policy
from epee_trainer.export.package import write_graphs
from epee_trainer.export.reference import ReferenceRow, RowLogits, invented_rows, row_logits
from epee_trainer.export.tiny import tiny_model, tiny_tokenizer, write_tiny_package
from epee_trainer.model.multi_exit import MultiExitModel
from epee_trainer.model.tasks import TaskSet

REASONS = ("entropy", "patience", "final")


def open_graph(path: Path) -> onnxruntime.InferenceSession:
    """A session of one thread."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    # As the engine has it on processors without VNNI, where 8-bit products saturate otherwise.
    options.add_session_config_entry("session.x64quantprecision", "1")
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


def feeds(rows: list[ReferenceRow], tasks: TaskSet, policies: list[Policy] | None = None, *, layers: int = 3, pad: int = 0) -> dict[str, np.ndarray]:
    """A batch of rows as the graphs' inputs; without policies those of a graph without exits. `pad` adds columns of padding."""
    width = max(len(row.token_ids) for row in rows) + pad
    batch = {
        "input_ids": np.zeros((len(rows), width), np.int64),
        "lengths": np.array([len(row.token_ids) for row in rows], np.int32),
        "task": np.array([tasks.index(row.task) for row in rows], np.int64),
        "word_mask": np.zeros((len(rows), width), np.float32),
        "markers": np.array([row.markers for row in rows], np.int64),
    }
    for index, row in enumerate(rows):
        batch["input_ids"][index, : len(row.token_ids)] = row.token_ids
        batch["word_mask"][index, : len(row.token_ids)] = row.word_mask
    if policies is not None:
        batch["entropy_threshold"] = np.array([-1 if p.entropy_threshold is None else p.entropy_threshold for p in policies], np.float32)
        batch["patience"] = np.array([layers + 1 if p.patience is None else p.patience for p in policies], np.int64)
    return batch


def run(session: onnxruntime.InferenceSession, batch: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Outputs by name."""
    return dict(zip([output.name for output in session.get_outputs()], session.run(None, batch)))


@dataclass(frozen=True)
class Tiny:
    """The tiny package on disk, the model with its weights, rows of every task with their logits."""

    folder: Path
    model: MultiExitModel
    rows: list[ReferenceRow]
    logits: list[RowLogits]

    def open(self, graph: str) -> onnxruntime.InferenceSession:
        return open_graph(self.folder / graph)


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Tiny:
    """The tiny package, freshly written."""
    folder = write_tiny_package(tmp_path_factory.mktemp("tiny") / "package")
    model = tiny_model(tiny_tokenizer().get_vocab_size())
    write_graphs(model, tmp_path_factory.mktemp("same"))
    rows = invented_rows(model.tasks, vocabulary=tiny_tokenizer().get_vocab_size(), first_id=9, ends=(6, 7), per_task=6, seed=3)
    return Tiny(folder, model, rows, [row_logits(model, row) for row in rows])
