"""Soft labels from a trained model: each model reads the examples in its own way."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch

from epee_trainer.data.examples import Example
from epee_trainer.data.files import FileData, SoftLabels
from epee_trainer.data.row_maker import RowMaker
from epee_trainer.data.rows import collate
from epee_trainer.export.reading import load_any
from epee_trainer.model.multi_exit import MultiExitModel
from epee_trainer.model.tasks import Task


def soft_labels(folder: Path, data: FileData, student: RowMaker, *, temperature: float, say: Callable[[str], None]) -> SoftLabels:
    """For every task and training example, the probabilities of the teacher's last head at a
    temperature, in the student's order of labels: float32 [labels], or of a task that tags [words
    of the student, tag labels], NaN at words that the teacher's tokenizer cuts elsewhere. None
    where the teacher cannot read the example. `folder`: a run folder or a model package. Raises
    FileNotFoundError if it is neither, ValueError where the teacher lacks a task or its labels."""
    model = load_any(folder, "teacher")
    make = RowMaker.of(model, folder)
    found: SoftLabels = {}
    for source in data.sources:
        task, examples = student.tasks[source.name], data.examples[source.name]
        orders = _orders(folder, model, task)
        say(f"teacher {folder.name}: {len(examples)} examples of {source.name}")
        taught = _probabilities(model, make, model.tasks[source.name], examples, orders, temperature)
        if not task.pooled:
            pairs = zip(examples, taught)
            taught = [None if values is None else _on_words(make, student, example, values) for example, values in pairs]
        found[source.name] = taught
    return found


def _orders(folder: Path, model: MultiExitModel, student: Task) -> list[list[int]]:
    """Where the student's labels, by tag group, are in the teacher's logits."""
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
    """By tag group ('' of a pooled task): the place of each label in the logits."""
    named = {"": task.labels} if task.pooled else {group.name: group.labels for group in task.groups}
    parts = [model.tasks.slice_of(task.name)] if task.pooled else model.tasks.group_slices()
    return {name: dict(zip(labels, range(part.start, part.stop))) for (name, labels), part in zip(named.items(), parts)}


@torch.inference_mode()
def _probabilities(
    model: MultiExitModel, make: RowMaker, task: Task, examples: list[Example], orders: list[list[int]], temperature: float
) -> list[np.ndarray | None]:
    rows = [(i, row) for i, example in enumerate(examples) if (row := make.row(task, example)) is not None]
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
