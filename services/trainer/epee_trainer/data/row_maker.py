"""Rows of labelled examples for one model."""

from collections.abc import Iterable
from pathlib import Path
from typing import Self

import numpy as np
import torch

from epee_trainer.model.backbones import ImageForm
from epee_trainer.model.multi_exit import MultiExitModel
from epee_trainer.model.tasks import Task, TaskSet

from .examples import Example
from .rows import Encoder, Row


class RowMaker:
    """Makes rows of examples for one model: with its tokenizer, or in its image form."""

    def __init__(self, tasks: TaskSet, encoder: Encoder | None, image: ImageForm | None = None):
        self.tasks = tasks
        self._encoder, self._image = encoder, image

    @classmethod
    def of(cls, model: MultiExitModel, folder: Path) -> Self:
        """For the model of a run folder or a model package."""
        encoder = None if model.backbone.reads_images else Encoder(folder / "tokenizer.json", model.backbone)
        return cls(model.tasks, encoder, model.image)

    @property
    def encoder(self) -> Encoder:
        """The tokenizer of a model of texts. Raises TypeError for one of images."""
        if self._encoder is None:
            raise TypeError("a model of images has no tokenizer")
        return self._encoder

    def row(self, task: Task, example: Example) -> Row | None:
        """A row, or None where a marked pair does not fit into the task's `maxTokens`. A label that
        the task lacks counts as label -1: never right."""
        if task.kind == "tagging":
            return self.encoder.tagging_row(task, example.text, [span for group in example.spans for span in group])
        label = task.labels.index(example.label) if example.label in task.labels else -1
        if self._image is not None and example.image is not None:
            return Row(task.name, [], label=label, pixels=pixels_of(example.image, self._image), size=self._image.tokens)
        if task.kind == "relation":
            return self.encoder.relation_row(task, example.text, example.head, example.tail, label)
        return self.encoder.pooled_row(task, example.text, label)

    def rows(self, task: str, examples: Iterable[Example]) -> list[Row]:
        """Rows of the examples that make one."""
        return [row for example in examples if (row := self.row(self.tasks[task], example)) is not None]


def pixels_of(image: np.ndarray, form: ImageForm) -> np.ndarray:
    """An image uint8 [H, W, C] as float32 [C, H, W]: resized, grey or colour, normalised."""
    values = image.astype(np.float32)
    if values.shape[2] == 3 and form.channels == 1:
        values = values @ np.array([[0.299], [0.587], [0.114]], np.float32)
    if values.shape[2] == 1 and form.channels == 3:
        values = np.repeat(values, 3, axis=2)
    size = (form.height, form.width)
    if values.shape[:2] != size:
        tensor = torch.from_numpy(values).permute(2, 0, 1).unsqueeze(0)
        resized = torch.nn.functional.interpolate(tensor, size, mode="bilinear", antialias=True, align_corners=False)
        values = resized[0].permute(1, 2, 0).round().clamp(0, 255).numpy()
    normalised = (values / 255 - np.array(form.mean, np.float32)) / np.array(form.std, np.float32)
    return np.ascontiguousarray(normalised.transpose(2, 0, 1), dtype=np.float32)
