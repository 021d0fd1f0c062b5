"""Finished runs: what they were trained on, and their report."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from epee_trainer.model.checkpoint import load_model
from epee_trainer.data.corpora import held_out
from epee_trainer.data.datasets import FileData, RowMaker, TaskSource
from .notes import report
from .files import report_files
from epee_trainer.model.exits import Policy
from epee_trainer.recipes.clinical_notes.mixture import TaskRows
from epee_trainer.model.multi_exit import MultiExitModel
from epee_trainer.data.rows import Encoder
from .times import exit_times


def evaluate_run(run: Path, data: Path) -> dict[str, Any]:
    """Scores a finished run, chooses its named policies on held-out training documents and writes RUN/report.json. Raises FileNotFoundError where the run is not
    finished or data is missing."""
    if not (run / "model.safetensors").exists():
        raise FileNotFoundError(f"{run / 'model.safetensors'} is missing: the run is not finished; run `python -m epee_trainer train` with its config again")
    model = load_model(run)
    config = json.loads((run / "training.json").read_text())["config"]
    encoder = None if model.backbone.reads_images else Encoder(run / "tokenizer.json", model.backbone)
    found = _report_files(model, encoder, config, data) if config.get("tasks") else _report_notes(model, encoder, config, data)
    (run / "report.json").write_text(json.dumps(found, indent=1))
    return found


def _report_files(model: MultiExitModel, encoder: Encoder | None, config: dict[str, Any], data: Path) -> dict[str, Any]:
    return report_files(model, RowMaker(model.tasks, encoder, model.image), _files(config, data))


def _files(config: dict[str, Any], data: Path) -> FileData:
    sources = tuple(TaskSource.read({key: value for key, value in item.items() if value is not None}, "tasks") for item in config["tasks"])
    return FileData(sources, data, config["heldOutPercent"])


def time_run(run: Path, data: Path) -> dict[str, dict[str, Any]]:
    """By task of an evaluated run, for its policies `epee`, `careful` and `fast`: what the exits save in time, see times.py."""
    model = load_model(run)
    config, found = (json.loads((run / f"{name}.json").read_text()) for name in ("training", "report"))
    files = _files(config["config"], data)
    make = RowMaker(model.tasks, None if model.backbone.reads_images else Encoder(run / "tokenizer.json", model.backbone), model.image)
    times: dict[str, dict[str, Any]] = {}
    for source in files.sources:
        task = model.tasks[source.name]
        rows = [row for example in files.dev(source) if (row := make.row(task, example)) is not None]
        policies = found["tasks"][task.name].get("policies", {})
        times[task.name] = exit_times(model, rows, {name: Policy.from_json(policies[name]) for name in ("epee", "careful", "fast") if name in policies})
    return times


def _report_notes(model: MultiExitModel, encoder: Encoder, config: dict[str, Any], data: Path) -> dict[str, Any]:
    percent = config["heldOutPercent"]
    return report(model, TaskRows(encoder, model.tasks), data, lambda id_: held_out(id_, percent))
