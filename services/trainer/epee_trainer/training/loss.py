"""The joint loss over all exits, and what a teacher adds to it."""

import numpy as np
import torch
from torch import Tensor, nn

from epee_trainer.data.rows import IGNORED, Row
from epee_trainer.model.multi_exit import LayerLogits
from epee_trainer.model.tasks import Task, TaskSet

Taught = tuple[Tensor, float]
"""A teacher's probabilities, [B, labels] or [words, tag labels], and their share."""


def layer_weights(kind: str, layers: int) -> Tensor:
    """Weight of each layer's loss, summing to 1; `kind` is `layerWeights` of a config."""
    rising = torch.arange(1, layers + 1).float()
    last = torch.eye(layers)[-1]
    weights = {"equal": torch.ones(layers), "asc": rising, "half-last": rising / rising.sum() + last, "last": last}[kind]
    return weights / weights.sum()


def joint_loss(
    logits: LayerLogits,
    task: str,
    tasks: TaskSet,
    labels: Tensor,
    targets: Tensor,
    *,
    weights: Tensor,
    distill: float,
    taught: Taught | None = None,
    open_labels: Tensor | None = None,
) -> Tensor:
    """sum_i w_i * ((1 - distill) * CE(labels) + distill * CE(last head)) over layers; the last
    layer learns from labels alone. A teacher's cross-entropy has its share of CE(labels).
    `open_labels` bool [B, tag labels]: what a word of tag `O` may be called as well; its loss is
    that of the sum of their probabilities."""
    if tasks[task].pooled:
        return _part_loss(logits.pooled[..., tasks.slice_of(task)].float(), labels, weights, distill, taught)
    words = (targets != IGNORED).any(-1)
    tags, gold, total = logits.tags[:, words].float(), targets[words], torch.zeros(())
    also = None if open_labels is None else open_labels.repeat_interleave(words.sum(1), 0)
    for group, part in enumerate(tasks.group_slices()):
        scored = gold[:, group] != IGNORED
        # Words that a group says nothing of count as words without loss, so that few of them do
        # not weigh as much as many.
        share = float(scored.float().mean())
        if share == 0:
            continue
        own = None if taught is None else (taught[0][scored][:, part], taught[1])
        right = None if also is None else also[scored][:, part]
        total = total + share * _part_loss(tags[:, scored][..., part], gold[scored, group], weights, distill, own, right)
    return total


def _part_loss(values: Tensor, gold: Tensor, weights: Tensor, distill: float, taught: Taught | None, also: Tensor | None = None) -> Tensor:
    layers, rows, _ = values.shape
    log_p = values.log_softmax(-1)
    if also is None:
        losses = nn.functional.nll_loss(log_p.flatten(0, 1), gold.repeat(layers), reduction="none").view(layers, rows)
    else:
        right = nn.functional.one_hot(gold, values.shape[-1]).bool() | (also & (gold == 0).unsqueeze(-1))
        losses = -log_p.masked_fill(~right, float("-inf")).logsumexp(-1)
    if taught is not None:
        probabilities, share = taught
        losses = (1 - share) * losses - share * (probabilities * log_p).sum(-1)
    hard = losses.mean(1)
    if distill:
        soft = -(log_p[-1].exp().detach() * log_p[:-1]).sum(-1).mean(1)
        hard = torch.cat([(1 - distill) * hard[:-1] + distill * soft, hard[-1:]])
    return (weights * hard).sum()


def soft_targets(rows: list[Row], task: Task) -> Tensor:
    """The teacher's probabilities; where it could not read a row or a word, the labels'."""
    return torch.from_numpy(np.concatenate([_taught_or_labelled(row, hard_labels(row, task)) for row in rows]))


def hard_labels(row: Row, task: Task) -> np.ndarray:
    """The labels of a row as probabilities: float32 [1, labels], of tags [words, tag labels]."""
    if task.pooled:
        return np.eye(len(task.labels), dtype=np.float32)[[row.label]]
    return np.concatenate([np.eye(len(group.labels), dtype=np.float32)[list(tags)] for group, tags in zip(task.groups, row.tags)], -1)


def _taught_or_labelled(row: Row, labelled: np.ndarray) -> np.ndarray:
    if row.soft is None:
        return labelled
    soft = row.soft.reshape(-1, labelled.shape[-1])[: len(labelled)]
    return np.where(np.isnan(soft), labelled, soft)
