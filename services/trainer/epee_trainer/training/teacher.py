"""Soft labels from a trained model, of the same family or another: each reads the same examples with its own tokenizer or image form."""

from __future__ import annotations

from pathlib import Path
from typing import Callable

import numpy as np
import torch

from epee_trainer.model.checkpoint import load_any
from epee_trainer.data.datasets import Example, FileData, RowMaker
from epee_trainer.model.multi_exit import MultiExitModel
from epee_trainer.data.rows import Encoder, Row, collate
from epee_trainer.model.tasks import Task


def open_teacher(folder: Path) -> tuple[MultiExitModel, RowMaker]:
    """The model of a run folder or of a model package, with what makes its rows. Raises FileNotFoundError if the folder is neither."""
    model = load_any(folder, "teacher")
    encoder = None if model.backbone.reads_images else Encoder(folder / "tokenizer.json", model.backbone)
    return model, RowMaker(model.tasks, encoder, model.image)


def soft_labels(folder: Path, data: FileData, student: RowMaker, *, temperature: float, say: Callable[[str], None]) -> dict[str, list[np.ndarray | None]]:
    """For every task and training example, the probabilities of the teacher's last head at a temperature, in the student's order of labels: float32 [labels], or of
    a task that tags [words of the student, tag labels], NaN at words that the teacher's tokenizer cuts elsewhere. None where the teacher cannot read the
    example. Raises ValueError where the teacher lacks a task or its labels."""
    model, make = open_teacher(folder)
    found = {}
    for source in data.sources:
        task, examples = student.tasks[source.name], data.examples[source.name]
        orders = _orders(folder, model, task)
        say(f"teacher {folder.name}: {len(examples)} examples of {source.name}")
        taught = _probabilities(model, make, model.tasks[source.name], examples, orders, temperature)
        if not task.pooled:
            taught = [_on_words(make, student, example, values) for example, values in zip(examples, taught)]
        found[source.name] = taught
    return found


def _orders(folder: Path, model: MultiExitModel, student: Task) -> list[list[int]]:
    """Where the labels of the student's task, or of each of its tag groups, stand in the teacher's logits."""
    known = {task.name: task for task in model.tasks.tasks}
    if student.name not in known:
        raise ValueError(f"teacher {folder} has no task {student.name!r}, only {', '.join(known)}")
    own = _label_places(model, known[student.name])
    wanted = {group.name: group.labels for group in student.groups} or {"": student.labels}
    missing = [label for name, labels in wanted.items() for label in labels if label not in own.get(name, {})]
    if missing:
        raise ValueError(f"teacher {folder}: its task {student.name!r} lacks the labels {', '.join(missing)}")
    return [[own[name][label] for label in labels] for name, labels in wanted.items()]


def _label_places(model: MultiExitModel, task: Task) -> dict[str, dict[str, int]]:
    """By tag group ('' of a pooled task): the place of each label in the pooled logits, or in the tag logits."""
    if task.pooled:
        return {"": {label: model.tasks.slice_of(task.name).start + i for i, label in enumerate(task.labels)}}
    return {group.name: {label: s.start + i for i, label in enumerate(group.labels)} for group, s in zip(task.groups, model.tasks.group_slices())}


@torch.inference_mode()
def _probabilities(
    model: MultiExitModel, make: RowMaker, task: Task, examples: list[Example], orders: list[list[int]], temperature: float
) -> list[np.ndarray | None]:
    rows: list[tuple[int, Row]] = [(i, row) for i, example in enumerate(examples) if (row := make.row(task, example)) is not None]
    rows.sort(key=lambda pair: pair[1].length)
    found: list[np.ndarray | None] = [None] * len(examples)
    for start in range(0, len(rows), 64):
        picked = rows[start : start + 64]
        batch, _, _ = collate([row for _, row in picked], model.tasks, image=model.image)
        logits = model(batch, pooled=task.pooled, tags=not task.pooled)
        last = (logits.pooled if task.pooled else logits.tags)[-1] / temperature
        values = torch.cat([last[..., order].softmax(-1) for order in orders], -1).numpy()
        for (index, row), own in zip(picked, values):
            found[index] = own if task.pooled else own[list(row.words)]
    return found


def _on_words(teacher: RowMaker, student: RowMaker, example: Example, values: np.ndarray) -> np.ndarray:
    """A teacher's probabilities [its words, labels] at the student's words."""
    by_span = dict(zip(teacher.encoder.encode(example.text).word_spans(), values))
    unknown = np.full(values.shape[-1], np.nan, np.float32)
    return np.array([by_span.get(span, unknown) for span in student.encoder.encode(example.text).word_spans()])
