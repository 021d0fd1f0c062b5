"""Tasks from data files: each entry of a training config's `tasks` names files of one kind, which become a task with labels, examples and rows.

| kind | file | task |
|---|---|---|
| `classification` | JSON lines {id, text, label} | classification |
| `relation` | JSON lines {id, text, head{start, end}, tail{start, end}, label} | relation, with marker tokens around head and tail |
| `event` | JSON lines {id, text, events[{type, trigger, arguments}]} | tagging: triggers and arguments in four groups (PHEE) |
| `event-label` | the same | classification by the type of the first event (the label of EPEE's authors) |
| `image` | .npz with `images` uint8 [N, H, W(, C)] and `labels`, class names in the labels.json beside it | image |

Text files may be gzipped; offsets count code points, `end` is exclusive.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterable
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch

from epee_trainer.model.backbones import ImageForm
from .corpora import tagged
from .jsonl import LABELLED, WITH_EVENTS, DataError, read_jsonl
from .keys import Limits, key_problems
from epee_trainer.model.names import name_problem
from .npz import labels_file, read_npz
from .rows import Encoder, Row, Span
from epee_trainer.model.tasks import TagGroup, Task, TaskSet

KINDS = {"classification": "classification", "relation": "relation", "event": "tagging", "event-label": "classification", "image": "image"}
"""Kinds of data file, and the kind of task that each makes."""

_FIELDS = {
    "classification": LABELLED,
    "relation": (*LABELLED, "head", "tail"),
    "event": WITH_EVENTS,
    "event-label": WITH_EVENTS,
}
_DOCUMENT = r"^(.*)_[^_]*$"
_LIMITS: Limits = {"maxTokens": (3, 65_536)}
"""Those of the manifest (shared/engine/manifest-schema.ts)."""


@dataclass(frozen=True)
class TaskSource:
    """One entry of `tasks`. `train` and `dev` are relative to the config's `data`. `document`: regular expression whose first group is the part of an id that
    names its document (an id that it does not match is its own): rows of one document are held out together. `labels`: their order; as found, if left out."""

    name: str
    kind: str
    train: str
    dev: str
    maxTokens: int = 128
    document: str = _DOCUMENT
    labels: tuple[str, ...] | None = None

    @staticmethod
    def read(item: dict[str, Any], where: str) -> TaskSource:
        """Raises ValueError naming the key, after `where`."""
        if not isinstance(item, dict):
            raise ValueError(f"{where} must be an object, not {item!r}")
        known = {f.name for f in fields(TaskSource)}
        for key in ("name", "kind", "train", "dev"):
            if key not in item:
                raise ValueError(f"{where}.{key} is missing")
        if unknown := sorted(set(item) - known):
            raise ValueError(f"{where}.{unknown[0]} is unknown; known are {', '.join(sorted(known))}")
        if problems := key_problems(TaskSource, item, _LIMITS):
            raise ValueError("; ".join(f"{where}.{problem}" for problem in problems))
        if problem := name_problem(item["name"]):
            raise ValueError(f"{where}.name {problem}")
        if item["kind"] not in KINDS:
            raise ValueError(f"{where}.kind must be one of {', '.join(KINDS)}, not {item['kind']!r}")
        try:
            groups = re.compile(item.get("document", _DOCUMENT)).groups
        except re.error as error:
            raise ValueError(f"{where}.document is no regular expression: {error}") from None
        if groups < 1:
            raise ValueError(f"{where}.document needs a group: what is in the first one names the document")
        labels = item.get("labels")
        if labels is not None and item["kind"] == "event":
            raise ValueError(f"{where}.labels: of kind event, types and roles are taken from the training file")
        if labels is not None and not 1 < len(labels) == len(set(labels)):
            raise ValueError(f"{where}.labels must be two or more different labels, not {labels!r}")
        return TaskSource(**{**item, "labels": None if labels is None else tuple(labels)})

    @property
    def task_kind(self) -> str:
        """Kind of the task that the files make."""
        return KINDS[self.kind]

    def document_of(self, id_: str) -> str:
        """The document that an example belongs to."""
        found = re.match(self.document, id_)
        return found[1] if found else id_


@dataclass(frozen=True)
class Example:
    """One labelled text or image. `head` and `tail` of a relation, `spans` by tag group of an event; `image` uint8 [H, W, C]."""

    id: str
    label: str
    text: str = ""
    head: tuple[int, int] | None = None
    tail: tuple[int, int] | None = None
    spans: tuple[tuple[Span, ...], ...] = ()
    image: np.ndarray | None = None


def read_examples(source: TaskSource, data: Path, split: str) -> list[Example]:
    """The examples of a source's `train` or `dev` file. Raises DataError naming file, line and field, FileNotFoundError. Only dev may have labels that the
    source's `labels` lack: they are never right there, but nothing can learn from them."""
    path = data / getattr(source, split)
    if source.kind == "image":
        examples = [Example(id_, label, image=image) for id_, label, image in read_npz(path, split)]
    else:
        examples = [_example(source, item) for item in read_jsonl(path, _FIELDS[source.kind])]
    if split == "train" and source.labels is not None and source.kind != "event":
        _check_labels(source, examples, path)
    return examples


def _example(source: TaskSource, item: dict[str, Any]) -> Example:
    if source.kind == "classification":
        return Example(item["id"], item["label"], item["text"])
    if source.kind == "relation":
        head, tail = ((item[name]["start"], item[name]["end"]) for name in ("head", "tail"))
        return Example(item["id"], item["label"], item["text"], head, tail)
    label = item["events"][0]["type"] if item["events"] else "none"
    return Example(item["id"], label, item["text"], spans=tagged(item).spans if source.kind == "event" else ())


def _check_labels(source: TaskSource, examples: list[Example], path: Path) -> None:
    unknown = next((i for i, example in enumerate(examples) if example.label not in source.labels), None)
    if unknown is None:
        return
    place = f"{path}: array 'labels'" if source.kind == "image" else f"{path}:{unknown + 1}: field '{'events' if source.kind == 'event-label' else 'label'}'"
    of = f" of image {unknown}" if source.kind == "image" else ""
    raise DataError(f"{place}: the label{of} is not among the `labels` of task {source.name}: {', '.join(source.labels)}")


def bio_group(name: str, roles: Iterable[str]) -> TagGroup:
    """A group of BIO tags."""
    return TagGroup(name, ("O", *(f"{prefix}-{role}" for role in roles for prefix in "BI")))


def task_of(source: TaskSource, examples: list[Example], markers: dict[str, int], image: ImageForm | None) -> Task:
    """The task of a source, with the labels that its training examples have: `none` first, the rest in alphabetical order. Raises ValueError where there is nothing to tell
    apart."""
    if source.kind == "event":
        names = ("trigger", "main", "sub", "combination")
        roles = [sorted({span[0] for example in examples for span in example.spans[g]}) for g in range(len(names))]
        if not any(roles):
            raise ValueError(f"task {source.name}: {source.train} has no event")
        return Task(source.name, "tagging", source.maxTokens, groups=tuple(bio_group(name, found) for name, found in zip(names, roles) if found))
    found = {example.label for example in examples}
    labels = source.labels or tuple(sorted(found, key=lambda label: (label != "none", label)))
    if len(labels) < 2:
        there = f"one label alone ({labels[0]})" if labels else "no example"
        raise ValueError(f"task {source.name}: {source.train} has {there}; a model needs two labels to tell apart")
    relation = {"markerTokenIds": markers, "candidates": []} if source.kind == "relation" else None
    tokens = image.tokens if source.kind == "image" else source.maxTokens
    return Task(source.name, source.task_kind, tokens, labels=labels, relation=relation)


class RowMaker:
    """Makes rows of examples for one model: with its tokenizer, or in its image form."""

    def __init__(self, tasks: TaskSet, encoder: Encoder | None, image: ImageForm | None):
        self.tasks, self.encoder, self.image = tasks, encoder, image

    def row(self, task: Task, example: Example) -> Row | None:
        """A row, or None where a marked pair does not fit into the task's `maxTokens`. A label that the task lacks counts as label -1: never right."""
        if task.kind == "tagging":
            return self.encoder.tagging_row(task.name, example.text, [list(s) for s in _in_groups(example.spans, task)], task.groups, task.max_tokens)
        label = task.labels.index(example.label) if example.label in task.labels else -1
        if task.kind == "image":
            return Row(task.name, [], label=label, pixels=pixels_of(example.image, self.image), size=self.image.tokens)
        if task.kind == "relation":
            return self.encoder.relation_row(task.name, example.text, example.head, example.tail, label, task.relation["markerTokenIds"], task.max_tokens)
        return self.encoder.pooled_row(task.name, example.text, label, task.max_tokens)


def _in_groups(spans: tuple[tuple[Span, ...], ...], task: Task) -> list[list[Span]]:
    """Each group's spans, of the labels that it has."""
    every = [span for group in spans for span in group]
    return [[span for span in every if f"B-{span[0]}" in group.labels] for group in task.groups]


def pixels_of(image: np.ndarray, form: ImageForm) -> np.ndarray:
    """An image uint8 [H, W, C] as the model wants it: float32 [C, H, W], resized (bilinear), grey or colour, normalised."""
    values = image.astype(np.float32)
    if values.shape[2] == 3 and form.channels == 1:
        values = values @ np.array([[0.299], [0.587], [0.114]], np.float32)
    if values.shape[2] == 1 and form.channels == 3:
        values = np.repeat(values, 3, axis=2)
    if values.shape[:2] != (form.height, form.width):
        tensor = torch.from_numpy(values).permute(2, 0, 1).unsqueeze(0)
        resized = torch.nn.functional.interpolate(tensor, (form.height, form.width), mode="bilinear", antialias=True, align_corners=False)
        values = resized[0].permute(1, 2, 0).round().clamp(0, 255).numpy()
    normalised = (values / 255 - np.array(form.mean, np.float32)) / np.array(form.std, np.float32)
    return np.ascontiguousarray(normalised.transpose(2, 0, 1), dtype=np.float32)


@dataclass(frozen=True)
class TrainingData:
    """What a run learns from: rows by kind (each kind of one task, tasks mixed by size), and rows held out for choosing thresholds."""

    training: dict[str, list[Row]]
    selection: dict[str, list[Row]]


def _check_files(sources: tuple[TaskSource, ...], data: Path) -> None:
    """Raises FileNotFoundError naming the config's key: of dev, which is read after the last epoch alone, before the first."""
    for i, source in enumerate(sources):
        for split in ("train", "dev"):
            path = data / getattr(source, split)
            for needed in (path, labels_file(path)) if source.kind == "image" else (path,):
                if not needed.is_file():
                    raise FileNotFoundError(f"tasks.{i}.{split}: file {needed} is missing")


class FileData:
    """The data of a config with `tasks`. Raises FileNotFoundError where a file for training or dev is missing, DataError."""

    def __init__(self, sources: tuple[TaskSource, ...], data: Path, held_out_percent: int):
        self.sources, self._data, self._percent = sources, data, held_out_percent
        _check_files(sources, data)
        self.examples = {source.name: read_examples(source, data, "train") for source in sources}

    @property
    def has_relations(self) -> bool:
        """Whether rows need marker tokens."""
        return any(source.kind == "relation" for source in self.sources)

    def texts(self) -> Iterable[str]:
        """All training texts, each once, for a vocabulary."""
        return dict.fromkeys(example.text for examples in self.examples.values() for example in examples)

    def tasks(self, markers: dict[str, int], image: ImageForm | None) -> TaskSet:
        """The tasks, as the manifest lists them."""
        return TaskSet(tuple(task_of(source, self.examples[source.name], markers, image) for source in self.sources))

    def is_held_out(self, source: TaskSource, example: Example) -> bool:
        """Whether an example is kept aside for choosing thresholds, by a hash of its document."""
        return zlib.crc32(source.document_of(example.id).encode()) % 100 < self._percent

    def held_out(self, source: TaskSource) -> list[Example]:
        """The training examples that are kept aside."""
        return [example for example in self.examples[source.name] if self.is_held_out(source, example)]

    def dev(self, source: TaskSource) -> list[Example]:
        """The examples that scores are reported on."""
        return read_examples(source, self._data, "dev")

    def rows(self, make: RowMaker, soft: dict[str, list[np.ndarray | None]] | None = None) -> TrainingData:
        """All rows; with a teacher's probabilities (by task, one an example) on those for training."""
        training: dict[str, list[Row]] = {}
        selection: dict[str, list[Row]] = {}
        for source in self.sources:
            task, taught = make.tasks[source.name], (soft or {}).get(source.name)
            training[source.name], selection[source.name] = [], []
            for index, example in enumerate(self.examples[source.name]):
                row = make.row(task, example)
                if row is None:
                    continue
                if self.is_held_out(source, example):
                    selection[source.name].append(row)
                else:
                    training[source.name].append(row if taught is None else replace(row, soft=taught[index]))
            if not training[source.name]:
                raise ValueError(f"task {source.name}: none of the {len(self.examples[source.name])} examples of {source.train} makes a row for training: raise maxTokens")
        return TrainingData(training, selection)
