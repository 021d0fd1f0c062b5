"""Finished runs: what they were trained on, and their report."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from .checkpoint import load_model
from .corpora import held_out
from .datasets import FileData, RowMaker, TaskSource
from .evaluate import report
from .evaluate_files import report_files
from .mixture import TaskRows
from .model import MultiExitModel
from .rows import Encoder


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
    sources = tuple(TaskSource.read({key: value for key, value in item.items() if value is not None}, "tasks") for item in config["tasks"])
    return report_files(model, RowMaker(model.tasks, encoder, model.image), FileData(sources, data, config["heldOutPercent"]))


def _report_notes(model: MultiExitModel, encoder: Encoder, config: dict[str, Any], data: Path) -> dict[str, Any]:
    percent = config["heldOutPercent"]
    return report(model, TaskRows(encoder, model.tasks), data, lambda id_: held_out(id_, percent))
