"""Batches of an epoch: which rows are drawn, and in which order."""

import random
from dataclasses import replace

import torch
from torch import nn

from epee_trainer.data.files import TrainingData
from epee_trainer.data.rows import Row
from epee_trainer.model.multi_exit import Batch

from .config import TrainConfig


def epoch_batches(data: TrainingData, config: TrainConfig, epoch: int) -> list[list[Row]]:
    """One epoch: every batch of one task, tasks mixed by size."""
    chooser = random.Random(f"{config.seed}/{epoch}")
    limits = config.rowsPerEpoch or {}
    by_task: dict[str, list[Row]] = {}
    for kind, rows in data.training.items():
        drawn = chooser.sample(rows, min(limits.get(kind, len(rows)), len(rows)))
        if drawn:
            by_task.setdefault(drawn[0].task, []).extend(drawn)
    found = [batch for rows in by_task.values() for batch in _batches(rows, config.batchTokens, chooser)]
    chooser.shuffle(found)
    return found


def _batches(rows: list[Row], tokens: int, chooser: random.Random) -> list[list[Row]]:
    """Batches of similar length with at most `tokens` padded tokens."""
    found: list[list[Row]] = []
    longest = 0
    for row in sorted(rows, key=lambda row: row.length + chooser.uniform(-4, 4)):
        longest = max(longest, row.length)
        if not found or longest * (len(found[-1]) + 1) > tokens:
            found.append([])
            longest = row.length
        found[-1].append(row)
    return found


def shifted(batch: Batch, most: int) -> Batch:
    """Images moved together by up to `most` pixels each way; the edge is repeated."""
    if batch.pixels is None:
        return batch
    down, right = torch.randint(-most, most + 1, (2,)).tolist()
    height, width = batch.pixels.shape[2:]
    padded = nn.functional.pad(batch.pixels, (most, most, most, most), mode="replicate")
    return replace(batch, pixels=padded[:, :, most + down : most + down + height, most + right : most + right + width])
