"""Soft labels from a trained model, of the same family or another: each reads the same examples with its own tokenizer or image form."""

from __future__ import annotations

from pathlib import Path
from typing import Callable

import numpy as np
import torch

from .checkpoint import load_any
from .datasets import Example, FileData, RowMaker
from .model import MultiExitModel
from .rows import Encoder, Row, collate
from .tasks import Task


def open_teacher(folder: Path) -> tuple[MultiExitModel, RowMaker]:
    """The model of a run folder or of a model package, with what makes its rows. Raises FileNotFoundError if the folder is neither."""
    if not any((folder / name).exists() for name in ("manifest.json", "model.safetensors")):
        raise FileNotFoundError(f"teacher {folder} is neither a finished run (model.safetensors) nor a model package (manifest.json)")
    model = load_any(folder)
    encoder = None if model.backbone.reads_images else Encoder(folder / "tokenizer.json", model.backbone)
    return model, RowMaker(model.tasks, encoder, model.image)


def soft_labels(folder: Path, data: FileData, tasks, *, temperature: float, say: Callable[[str], None]) -> dict[str, list[np.ndarray | None]]:
    """For every task and training example, the probabilities of the teacher's last head at a temperature, in the student's order of labels; None where the
    teacher cannot read the example. Raises ValueError where the teacher lacks a task or its labels."""
    model, make = open_teacher(folder)
    found = {}
    for source in data.sources:
        student = tasks[source.name]
        order = _order(folder, model, student)
        say(f"teacher {folder.name}: {len(data.examples[source.name])} examples of {source.name}")
        found[source.name] = _probabilities(model, make, model.tasks[source.name], data.examples[source.name], order, temperature)
    return found


def _order(folder: Path, model: MultiExitModel, student: Task) -> list[int]:
    """Where each of the student's labels stands among the teacher's."""
    known = {task.name: task for task in model.tasks.tasks}
    if student.name not in known:
        raise ValueError(f"teacher {folder} has no task {student.name!r}, only {', '.join(known)}")
    missing = [label for label in student.labels if label not in known[student.name].labels]
    if missing:
        raise ValueError(f"teacher {folder}: its task {student.name!r} lacks the labels {', '.join(missing)}")
    return [known[student.name].labels.index(label) for label in student.labels]


@torch.inference_mode()
def _probabilities(model: MultiExitModel, make: RowMaker, task: Task, examples: list[Example], order: list[int], temperature: float) -> list[np.ndarray | None]:
    rows: list[tuple[int, Row]] = [(i, row) for i, example in enumerate(examples) if (row := make.row(task, example)) is not None]
    rows.sort(key=lambda pair: pair[1].length)
    found: list[np.ndarray | None] = [None] * len(examples)
    for start in range(0, len(rows), 64):
        picked = rows[start : start + 64]
        batch, _, _ = collate([row for _, row in picked], model.tasks, image=model.image)
        logits = model(batch, tags=False).pooled[-1][:, model.tasks.slice_of(task.name)][:, order]
        for (index, _), values in zip(picked, (logits / temperature).softmax(-1).numpy()):
            found[index] = values
    return found
