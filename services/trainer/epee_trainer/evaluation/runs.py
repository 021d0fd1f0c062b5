"""Finished runs: what they were trained on, and their report."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from epee_trainer.data.files import FileData
from epee_trainer.data.row_maker import RowMaker
from epee_trainer.data.sources import TaskSource
from epee_trainer.model.checkpoint import load_model
from epee_trainer.model.multi_exit import MultiExitModel

from .files import report_files

Report = Callable[[MultiExitModel, RowMaker, Path, int], dict[str, Any]]
"""Scores a model on the data of a folder; the last argument: percent of documents held out."""


@dataclass(frozen=True)
class Run:
    """A finished run."""

    model: MultiExitModel
    make: RowMaker
    config: dict[str, Any]

    def files(self, data: Path) -> FileData:
        """The data files that it was trained on."""
        items = [{key: value for key, value in item.items() if value is not None} for item in self.config["tasks"]]
        return FileData(tuple(TaskSource.read(item, "tasks") for item in items), data, self.config["heldOutPercent"])


def open_run(folder: Path) -> Run:
    """A run folder. Raises FileNotFoundError where the run is not finished."""
    if not (folder / "model.safetensors").exists():
        hint = "the run is not finished; run `python -m epee_trainer train` with its config again"
        raise FileNotFoundError(f"{folder / 'model.safetensors'} is missing: {hint}")
    model = load_model(folder)
    config = json.loads((folder / "training.json").read_text())["config"]
    return Run(model, RowMaker.of(model, folder), config)


def evaluate_run(folder: Path, data: Path, *, recipe: Report | None = None) -> dict[str, Any]:
    """Scores a finished run, chooses its named policies on held-out training documents and writes
    RUN/report.json. `recipe` scores runs whose config has no `tasks`. Raises FileNotFoundError
    where the run is not finished or data is missing, ValueError for such a run without a recipe."""
    run = open_run(folder)
    if run.config.get("tasks"):
        found = report_files(run.model, run.make, run.files(data))
    elif recipe is not None:
        found = recipe(run.model, run.make, data, run.config["heldOutPercent"])
    else:
        raise ValueError(f"{folder} was trained without `tasks`: only the recipe of its data can score it")
    (folder / "report.json").write_text(json.dumps(found, indent=1))
    return found
