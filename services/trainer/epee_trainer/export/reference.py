"""Reference vectors for other implementations: PyTorch, and a plain reading of the exit rule."""

import gzip
import json
import math
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch

from epee_trainer.model.backbones import ImageForm
from epee_trainer.model.exits import Policy
from epee_trainer.model.multi_exit import Batch, MultiExitModel
from epee_trainer.model.tasks import Task, TaskSet

REASONS = ("entropy", "patience", "final")
"""Reasons of exits by their number in the exit graph."""

_DECIMALS = 6
_NEAR = 1e-4

POLICIES = (Policy(), Policy(0.5, None), Policy(0.9, None), Policy(0.99, None), Policy(None, 1), Policy(None, 3), Policy(0.9, 2))
"""Policies of the reference cases: full depth, each criterion alone, both."""


@dataclass(frozen=True)
class ReferenceRow:
    """One row: `word_mask` 1 at the first token of each word of a tagging row; `markers` of a
    relation row, else (0, 0). An image has no tokens, but normalised `pixels` float32 [C, H, W]."""

    task: str
    token_ids: tuple[int, ...]
    word_mask: tuple[int, ...]
    markers: tuple[int, int]
    pixels: np.ndarray | None = field(default=None, compare=False)


@dataclass(frozen=True)
class RowLogits:
    """A row's logits after each layer: `pooled` [L, labels of its task] or `tags` [L, S, labels of
    all groups]; the other is None."""

    pooled: np.ndarray | None
    tags: np.ndarray | None

    def decisions(self, row: ReferenceRow, tasks: TaskSet) -> list[list[np.ndarray]]:
        """By layer, the logits of each decision: of the label, or of each group at each word."""
        if self.pooled is not None:
            return [[logits] for logits in self.pooled]
        if self.tags is None:
            raise ValueError("a row has logits of a label or of tags")
        places = [(place, part) for place, word in enumerate(row.word_mask) if word for part in tasks.group_slices()]
        return [[logits[place, part] for place, part in places] for logits in self.tags]


@dataclass(frozen=True)
class RowExit:
    """Where and with what a row leaves: `layer` from 1, `reason` as in a result, `label` or `tags`
    (int [S][G], 0 off the words), the entropy there."""

    layer: int
    reason: str
    label: int | None
    tags: list[list[int]] | None
    entropy: float


@torch.inference_mode()
def row_logits(model: MultiExitModel, row: ReferenceRow) -> RowLogits:
    """Runs one row, unpadded, through the PyTorch model."""
    tokens = len(row.token_ids) if model.image is None else model.image.tokens
    batch = Batch(
        torch.tensor([row.token_ids]),
        torch.tensor([tokens]),
        torch.tensor([row.word_mask], dtype=torch.bool),
        torch.tensor([row.markers]),
        None if row.pixels is None else torch.from_numpy(row.pixels).unsqueeze(0),
    )
    task = model.tasks[row.task]
    logits = model(batch, pooled=task.pooled, tags=not task.pooled)
    if task.pooled:
        return RowLogits(logits.pooled[:, 0, model.tasks.slice_of(task.name)].numpy(), None)
    return RowLogits(None, logits.tags[:, 0].numpy())


def exit_of(logits: RowLogits, row: ReferenceRow, tasks: TaskSet, policy: Policy) -> RowExit:
    """Follows a row through the layers until it leaves."""
    layers = logits.decisions(row, tasks)
    before: list[int] | None = None
    count = 0
    for layer, decisions in enumerate(layers, start=1):
        entropy = max(map(entropy_of, decisions), default=0.0)
        vote = [int(np.argmax(decision)) for decision in decisions]
        count = count + 1 if vote == before else 0
        before = vote
        sure = policy.entropy_threshold is not None and entropy < policy.entropy_threshold
        steady = policy.patience is not None and count >= policy.patience and not math.isnan(entropy)
        if layer == len(layers) or sure or steady:
            reason = "final" if layer == len(layers) else "entropy" if sure else "patience"
            if logits.pooled is not None:
                return RowExit(layer, reason, vote[0], None, entropy)
            return RowExit(layer, reason, None, _tags(vote, row, len(tasks.groups)), entropy)
    raise ValueError("a model without layers has no exit")


def _tags(vote: list[int], row: ReferenceRow, groups: int) -> list[list[int]]:
    """The tags of all tokens, 0 off the words, from those of the words."""
    votes = iter(vote)
    return [[next(votes) if word else 0 for _ in range(groups)] for word in row.word_mask]


def decisive(logits: RowLogits, row: ReferenceRow, tasks: TaskSet, policy: Policy) -> bool:
    """Whether rounding cannot change a row's exit: no entropy and no two labels are close."""
    threshold = -1.0 if policy.entropy_threshold is None else policy.entropy_threshold
    layers = logits.decisions(row, tasks)
    near = any(abs(max(map(entropy_of, decisions), default=0.0) - threshold) < _NEAR for decisions in layers)
    return not near and not any(np.diff(np.sort(part)[-2:]) < _NEAR for decisions in layers for part in decisions)


def entropy_of(logits: np.ndarray) -> float:
    """Entropy of softmax(logits) divided by ln(labels), in double precision."""
    values = [float(value) for value in logits]
    top = max(values)
    log_sum = top + math.log(sum(math.exp(value - top) for value in values))
    return -sum(math.exp(value - log_sum) * (value - log_sum) for value in values) / math.log(len(values))


def invented_rows(
    tasks: TaskSet, *, vocabulary: int, first_id: int, ends: tuple[int, int], per_task: int = 4, seed: int = 11
) -> list[ReferenceRow]:
    """Rows of random tokens in several lengths for every task; `ends` are the ids of [CLS] and
    [SEP], ids below `first_id` are left to special tokens."""
    random = np.random.default_rng(seed)
    rows = []
    for task in tasks.tasks:
        for length in random.choice(np.arange(5, min(task.max_tokens, 40)), per_task, replace=False):
            ids = [ends[0], *random.integers(first_id, vocabulary, length - 2).tolist(), ends[1]]
            rows.append(_with_marks(task, ids, random))
    return rows


def invented_images(tasks: TaskSet, image: ImageForm, *, per_task: int = 4, seed: int = 11) -> list[ReferenceRow]:
    """Noisy gradients for every task, quantised to bytes, then normalised."""
    random = np.random.default_rng(seed)
    shape = (image.channels, image.height, image.width)
    mean, std = (np.array(values, np.float32)[:, None, None] for values in (image.mean, image.std))
    rows = []
    for task in tasks.tasks:
        for _ in range(per_task):
            slopes = random.normal(size=(image.channels, 2))
            ramp = slopes[:, :1, None] * np.linspace(-1, 1, image.height)[:, None] + slopes[:, 1:, None] * np.linspace(-1, 1, image.width)
            values = np.clip(128 + 60 * ramp + random.normal(0, 20, shape), 0, 255).astype(np.uint8)
            rows.append(ReferenceRow(task.name, (), (), (0, 0), ((values / np.float32(255) - mean) / std).astype(np.float32)))
    return rows


def _with_marks(task: Task, ids: list[int], random: np.random.Generator) -> ReferenceRow:
    mask, markers = [0] * len(ids), [0, 0]
    if task.kind == "tagging":
        mask = [0, *(random.random(len(ids) - 2) < 0.7).astype(int).tolist(), 0]
    if task.relation:
        markers = sorted(random.choice(np.arange(1, len(ids) - 1), 2, replace=False).tolist())
        names = task.marker_ids
        ids[markers[0]], ids[markers[1]] = names["headStart"], names["tailStart"]
    return ReferenceRow(task.name, tuple(ids), tuple(mask), (markers[0], markers[1]))


def write_reference(model: MultiExitModel, rows: list[ReferenceRow], path: Path) -> None:
    """Writes rows, their logits after every layer and their decisive exits under `POLICIES` as
    gzipped JSON; floats have six decimals."""
    logits = [row_logits(model, row) for row in rows]
    document = {
        "rows": [_row_json(row) for row in rows],
        "pooledLogits": [_rounded(one.pooled) for one in logits],
        "tagLogits": [_rounded(one.tags) for one in logits],
        "cases": [
            _case(index, exit_of(logits[index], row, model.tasks, policy), policy)
            for index, row in enumerate(rows)
            for policy in POLICIES
            if decisive(logits[index], row, model.tasks, policy)
        ],
    }
    text = json.dumps(document, separators=(",", ":")).encode()
    path.write_bytes(gzip.compress(text, mtime=0))


def _row_json(row: ReferenceRow) -> dict[str, Any]:
    if row.pixels is not None:
        return {"task": row.task, "pixels": np.round(row.pixels.astype(np.float64), _DECIMALS).ravel().tolist()}
    return {"task": row.task, "tokenIds": row.token_ids, "wordMask": row.word_mask, "markers": row.markers}


def _case(index: int, gone: RowExit, policy: Policy) -> dict[str, Any]:
    return {"row": index, **policy.to_json(), "exitLayer": gone.layer, "exitReason": gone.reason, "tagIds": gone.tags, "label": gone.label}


def _rounded(values: np.ndarray | None) -> list[Any] | None:
    return None if values is None else list(np.round(values.astype(np.float64), _DECIMALS).tolist())
