"""Graphs in ONNX Runtime: sessions, and rows as the graphs' inputs."""

from pathlib import Path

import numpy as np
import onnxruntime

from epee_trainer.export.reference import ReferenceRow
from epee_trainer.model.exits import Policy
from epee_trainer.model.tasks import TaskSet

Feeds = dict[str, np.ndarray]
"""Values by input or output of a graph."""


def open_session(path: Path, *, threads: int = 0) -> onnxruntime.InferenceSession:
    """A session on the processor; 0 threads: as many as there are cores."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    # As the engine has it on processors without VNNI, where 8-bit products saturate otherwise.
    options.add_session_config_entry("session.x64quantprecision", "1")
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


def run_graph(session: onnxruntime.InferenceSession, batch: Feeds) -> Feeds:
    """Outputs by name."""
    return dict(zip([output.name for output in session.get_outputs()], session.run(None, batch)))


def batch_feeds(rows: list[ReferenceRow], tasks: TaskSet, policies: list[Policy] | None = None, *, layers: int = 3, pad: int = 0) -> Feeds:
    """A batch of rows as the graphs' inputs. `pad` adds columns of padding."""
    batch = {"task": np.array([tasks.index(row.task) for row in rows], np.int64)}
    if rows[0].pixels is not None:
        batch["pixel_values"] = np.stack([row.pixels for row in rows if row.pixels is not None])
    else:
        width = max(len(row.token_ids) for row in rows) + pad
        batch["input_ids"] = np.zeros((len(rows), width), np.int64)
        batch["lengths"] = np.array([len(row.token_ids) for row in rows], np.int32)
        batch["word_mask"] = np.zeros((len(rows), width), np.float32)
        batch["markers"] = np.array([row.markers for row in rows], np.int64)
        for index, row in enumerate(rows):
            batch["input_ids"][index, : len(row.token_ids)] = row.token_ids
            batch["word_mask"][index, : len(row.token_ids)] = row.word_mask
    return batch if policies is None else batch | policy_feeds(policies, layers=layers)


def policy_feeds(policies: list[Policy], *, layers: int) -> Feeds:
    """One policy per row as the exit graph's inputs; what is off never comes."""
    return {
        "entropy_threshold": np.array([-1 if p.entropy_threshold is None else p.entropy_threshold for p in policies], np.float32),
        "patience": np.array([layers + 1 if p.patience is None else p.patience for p in policies], np.int64),
    }
