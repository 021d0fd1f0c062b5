"""Labelled examples as data files hold them, and the task that they make."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from epee_trainer.model.backbones import ImageForm
from epee_trainer.model.tasks import TagGroup, Task

from .jsonl import LABELLED, WITH_EVENTS, DataError, read_jsonl
from .npz import read_npz
from .rows import Span
from .sources import TaskSource

GROUPS = ("trigger", "main", "sub", "combination")
"""Tag groups of events."""

MAIN_ROLES = ("Subject", "Treatment", "Effect")

_FIELDS = {"classification": LABELLED, "relation": (*LABELLED, "head", "tail"), "event": WITH_EVENTS, "event-label": WITH_EVENTS}


@dataclass(frozen=True)
class Example:
    """One labelled text or image. `head` and `tail` of a relation; `spans` of an event, one tuple
    per group of `GROUPS`; `image` uint8 [H, W, C]."""

    id: str
    label: str
    text: str = ""
    head: tuple[int, int] = (0, 0)
    tail: tuple[int, int] = (0, 0)
    spans: tuple[tuple[Span, ...], ...] = ()
    image: np.ndarray | None = None


def read_examples(source: TaskSource, data: Path, split: str) -> list[Example]:
    """The examples of a source's `train` or `dev` file. Raises DataError naming file, line and
    field, FileNotFoundError. Only dev may have labels that the source's `labels` lack: they are
    never right there, but nothing can learn from them."""
    path: Path = data / getattr(source, split)
    if source.kind == "image":
        examples = [Example(id_, label, image=image) for id_, label, image in read_npz(path, split)]
    else:
        examples = [_example(source.kind, item) for item in read_jsonl(path, _FIELDS[source.kind])]
    if split == "train" and source.labels is not None and source.kind != "event":
        _check_labels(source, source.labels, examples, path)
    return examples


def _example(kind: str, item: dict[str, Any]) -> Example:
    if kind == "classification":
        return Example(item["id"], item["label"], item["text"])
    if kind == "relation":
        head, tail = ((item[name]["start"], item[name]["end"]) for name in ("head", "tail"))
        return Example(item["id"], item["label"], item["text"], head, tail)
    if kind == "event":
        return tagged(item)
    return Example(item["id"], _type_of(item), item["text"])


def _type_of(item: dict[str, Any]) -> str:
    return str(item["events"][0]["type"]) if item["events"] else "none"


def tagged(item: dict[str, Any]) -> Example:
    """A PHEE sentence with its triggers and arguments as spans by group, each once."""
    groups: list[dict[Span, None]] = [{} for _ in GROUPS]
    for event in item["events"]:
        trigger = event["trigger"]
        groups[0][(event["type"], trigger["start"], trigger["end"])] = None
        for argument in event["arguments"]:
            groups[group_of(argument["role"])][(argument["role"], argument["start"], argument["end"])] = None
    return Example(item["id"], _type_of(item), item["text"], spans=tuple(map(tuple, groups)))


def group_of(role: str) -> int:
    """Place in `GROUPS` of an argument's role."""
    return 1 if role in MAIN_ROLES else 3 if role == "Combination.Drug" else 2


def _check_labels(source: TaskSource, labels: tuple[str, ...], examples: list[Example], path: Path) -> None:
    unknown = next((i for i, example in enumerate(examples) if example.label not in labels), None)
    if unknown is None:
        return
    field = "events" if source.kind == "event-label" else "label"
    is_image = source.kind == "image"
    place = f"{path}: array 'labels': the label of image {unknown}" if is_image else f"{path}:{unknown + 1}: field '{field}': the label"
    raise DataError(f"{place} is not among the `labels` of task {source.name}: {', '.join(labels)}")


def bio_group(name: str, roles: Iterable[str]) -> TagGroup:
    """A group of BIO tags."""
    return TagGroup(name, ("O", *(f"{prefix}-{role}" for role in roles for prefix in "BI")))


def task_of(source: TaskSource, examples: list[Example], markers: dict[str, int], image: ImageForm | None) -> Task:
    """The task of a source, with the labels of its training examples: `none` first, the rest in
    alphabetical order. Raises ValueError where there is nothing to tell apart."""
    if source.kind == "event":
        roles = [sorted({span[0] for example in examples for span in example.spans[g]}) for g in range(len(GROUPS))]
        if not any(roles):
            raise ValueError(f"task {source.name}: {source.train} has no event")
        groups = tuple(bio_group(name, found) for name, found in zip(GROUPS, roles) if found)
        return Task(source.name, "tagging", source.maxTokens, groups=groups)
    labels = source.labels or tuple(sorted({e.label for e in examples}, key=lambda label: (label != "none", label)))
    if len(labels) < 2:
        there = f"one label alone ({labels[0]})" if labels else "no example"
        raise ValueError(f"task {source.name}: {source.train} has {there}; a model needs two labels to tell apart")
    relation = {"markerTokenIds": markers, "candidates": []} if source.kind == "relation" else None
    tokens = source.maxTokens if image is None else image.tokens
    return Task(source.name, source.task_kind, tokens, labels=labels, relation=relation)
