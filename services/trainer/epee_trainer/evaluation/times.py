"""What exits save in time: the exit graph, one thread, with a policy vs. full depth in turns."""

import copy
import json
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
from onnxruntime import InferenceSession

from epee_trainer.data.rows import Row, collate
from epee_trainer.export.exits import ExitGraph
from epee_trainer.export.package import save_graph
from epee_trainer.export.packing import ModelSpec, pack_weights
from epee_trainer.model.exits import FULL, Policy
from epee_trainer.model.multi_exit import MultiExitModel

from .runs import open_run
from .sessions import Feeds, open_session, policy_feeds

BATCH_ROWS = (8, 32)
MOST_ROWS = 192
ROUNDS = 3


def time_run(folder: Path, data: Path) -> dict[str, dict[str, Any]]:
    """`exit_times` of an evaluated run by task, for its policies `epee`, `careful` and `fast`."""
    run, report = open_run(folder), json.loads((folder / "report.json").read_text())
    files = run.files(data)
    times: dict[str, dict[str, Any]] = {}
    for source in files.sources:
        policies = report["tasks"][source.name].get("policies", {})
        chosen = {name: Policy.from_json(policies[name]) for name in ("epee", "careful", "fast") if name in policies}
        times[source.name] = exit_times(run.model, run.make.rows(source.name, files.dev(source)), chosen)
    return times


def exit_times(model: MultiExitModel, rows: list[Row], policies: dict[str, Policy]) -> dict[str, Any]:
    """By policy and batch size: `timeSpeedUp` (time at full depth over time with the policy, each
    batch with its median over the rounds) and `tokenSpeedUp` (the same of tokens x layers, all that
    exits could save). Rows are spread evenly over those given, batches hold rows of like length. A
    shorter rest is left out, and so is a batch size beyond the rows."""
    chosen = [rows[index * len(rows) // MOST_ROWS] for index in range(MOST_ROWS)] if len(rows) > MOST_ROWS else rows
    ordered = sorted(chosen, key=lambda row: row.length)
    with tempfile.TemporaryDirectory() as scratch:
        session = _session(model, Path(scratch))
        found: dict[str, Any] = {name: {} for name in policies}
        for size in BATCH_ROWS:
            batches = [ordered[start : start + size] for start in range(0, len(ordered) - size + 1, size)]
            if not batches:
                continue
            seconds, depths = _measure(session, [_feeds(model, batch) for batch in batches], [FULL, *policies.values()], model.layers)
            for name, own, depth in zip(policies, seconds[1:], depths[1:]):
                found[name][str(size)] = {"timeSpeedUp": round(seconds[0] / own, 3), "tokenSpeedUp": round(depths[0] / depth, 3)}
    return found


def _session(model: MultiExitModel, folder: Path) -> InferenceSession:
    spec, file = ModelSpec.of(model), pack_weights(copy.deepcopy(model))
    file.write(folder)
    save_graph(ExitGraph(spec, file, "fp32").build(), folder / "exit.onnx", "exit")
    return open_session(folder / "exit.onnx", threads=1)


def _feeds(model: MultiExitModel, rows: list[Row]) -> Feeds:
    batch, _, _ = collate(rows, model.tasks, pad_id=0, image=model.image)
    tasks = np.array([model.tasks.index(row.task) for row in rows], np.int64)
    if batch.pixels is not None:
        return {"task": tasks, "pixel_values": batch.pixels.numpy()}
    return {
        "task": tasks,
        "input_ids": batch.input_ids.numpy(),
        "lengths": batch.lengths.numpy().astype(np.int32),
        "word_mask": batch.word_mask.numpy().astype(np.float32),
        "markers": batch.markers.numpy(),
    }


def _measure(session: InferenceSession, batches: list[Feeds], policies: list[Policy], layers: int) -> tuple[list[float], list[float]]:
    """Seconds and tokens x layers of each policy, over all batches; in each round all policies run
    each batch, beginning with another one each time."""
    times: list[list[list[float]]] = [[[] for _ in batches] for _ in policies]
    for turn in range(ROUNDS + 1):
        depths = [0.0] * len(policies)
        for place, batch in enumerate(batches):
            rows = len(batch["task"])
            lengths = batch.get("lengths", np.ones(rows))
            for step in range(len(policies)):
                side = (step + turn + place) % len(policies)
                began = time.perf_counter()
                (exits,) = session.run(["exit_layer"], batch | policy_feeds([policies[side]] * rows, layers=layers))
                if turn > 0:
                    times[side][place].append(time.perf_counter() - began)
                depths[side] += float((exits * lengths).sum())
    return [sum(map(statistics.median, own)) for own in times], depths
