"""The data of a training run: what it learns from, and what is held out."""

import zlib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

import numpy as np

from epee_trainer.model.backbones import ImageForm
from epee_trainer.model.tasks import TaskSet

from .examples import Example, read_examples, task_of
from .npz import labels_file
from .row_maker import RowMaker
from .rows import Row
from .sources import TaskSource

SoftLabels = dict[str, list[np.ndarray | None]]
"""A teacher's probabilities by task, one entry per training example (see training/teacher.py)."""


@dataclass(frozen=True)
class TrainingData:
    """Rows to learn from, by kind (each of one task), and rows held out for choosing thresholds."""

    training: dict[str, list[Row]]
    selection: dict[str, list[Row]]


class RunData(Protocol):
    """Where the rows of a run come from: the files of a config's `tasks`, or a recipe."""

    @property
    def has_relations(self) -> bool:
        """Whether rows need marker tokens."""

    def texts(self) -> Iterable[str]:
        """All training texts, each once, for a vocabulary."""

    def tasks(self, markers: dict[str, int], image: ImageForm | None) -> TaskSet:
        """The tasks, as the manifest lists them."""

    def rows(self, make: RowMaker, soft: SoftLabels | None = None) -> TrainingData:
        """All rows, with a teacher's probabilities on those for training."""


class FileData:
    """The data of a config with `tasks`. Raises FileNotFoundError, DataError."""

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

    def rows(self, make: RowMaker, soft: SoftLabels | None = None) -> TrainingData:
        """All rows, with a teacher's probabilities on those for training. Raises ValueError where
        no example of a task makes a row for training."""
        found = TrainingData({}, {})
        for source in self.sources:
            name, examples = source.name, self.examples[source.name]
            found.selection[name] = make.rows(name, self.held_out(source))
            taught = (soft or {}).get(name) or [None] * len(examples)
            pairs = [(example, own) for example, own in zip(examples, taught) if not self.is_held_out(source, example)]
            rows = [(make.row(make.tasks[name], example), own) for example, own in pairs]
            found.training[name] = [row if own is None else replace(row, soft=own) for row, own in rows if row is not None]
            if not found.training[name]:
                none = f"none of the {len(examples)} examples of {source.train} makes a row for training"
                raise ValueError(f"task {name}: {none}: raise maxTokens")
        return found


def _check_files(sources: tuple[TaskSource, ...], data: Path) -> None:
    """Raises FileNotFoundError naming the config's key. Dev is read after the last epoch: without
    this, its absence would show only then."""
    for i, source in enumerate(sources):
        for split in ("train", "dev"):
            path: Path = data / getattr(source, split)
            for needed in (path, labels_file(path)) if source.kind == "image" else (path,):
                if not needed.is_file():
                    raise FileNotFoundError(f"tasks.{i}.{split}: file {needed} is missing")
