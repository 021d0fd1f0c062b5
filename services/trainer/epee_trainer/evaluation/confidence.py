"""Confidences that mean what they say: a span that is given 0.9 is right nine times in ten."""

from collections.abc import Iterable

import numpy as np
import torch

from epee_trainer.data.rows import Row, collate, spans_of
from epee_trainer.model.multi_exit import MultiExitModel
from epee_trainer.model.tasks import TagGroup

Scaling = dict[str, tuple[float, float]]
"""By label: slope and intercept on the scale of log odds (Platt 1999)."""

_STIFFNESS = 4.0
"""How much a label's slope and intercept keep to 1 and 0 where it has few spans."""
_EDGE = 1e-4


@torch.inference_mode()
def confidences(model: MultiExitModel, rows: list[Row], group: int, *, batch_rows: int = 64) -> list[tuple[str, float, bool]]:
    """Label, confidence (the geometric mean of the probabilities of its words' tags, as the
    pipeline has it) and whether it is exactly right, of each span of a group at full depth."""
    found: list[tuple[str, float, bool]] = []
    part, labels = model.tasks.group_slices()[group], model.tasks.groups[group]
    ordered = sorted(rows, key=lambda row: row.length)
    for start in range(0, len(ordered), batch_rows):
        picked = ordered[start : start + batch_rows]
        batch, _, _ = collate(picked, model.tasks)
        p = model(batch, pooled=False).tags[-1][..., part].softmax(-1).numpy()
        for row, own in zip(picked, p):
            found += _spans(row, own[list(row.words)], labels, row.tags[group])
    return found


def _spans(row: Row, p: np.ndarray, labels: TagGroup, gold: Iterable[int]) -> Iterable[tuple[str, float, bool]]:
    words = [(i, i + 1) for i in range(len(row.words))]
    right = set(spans_of(gold, words, labels))
    for span in spans_of(p.argmax(-1), words, labels):
        label, first, after = span
        yield label, float(np.exp(np.log(p[first:after].max(-1)).mean())), span in right


def fit_scaling(seen: Iterable[tuple[str, float, bool]]) -> Scaling:
    """Scaling of each label: logistic regression of right or wrong on the log odds."""
    by_label: dict[str, list[tuple[float, bool]]] = {}
    for label, confidence, right in seen:
        by_label.setdefault(label, []).append((confidence, right))
    return {label: _fit(np.array([p for p, _ in own]), np.array([r for _, r in own])) for label, own in sorted(by_label.items())}


def _fit(p: np.ndarray, right: np.ndarray) -> tuple[float, float]:
    """Newton's method with a Gaussian prior around slope 1 and intercept 0."""
    clipped = p.clip(_EDGE, 1 - _EDGE)
    x = np.stack([np.log(clipped / (1 - clipped)), np.ones_like(p)], 1)
    prior = np.array([1.0, 0.0])
    w = prior.copy()
    for _ in range(50):
        q = 1 / (1 + np.exp(-x @ w))
        gradient = x.T @ (q - right) + _STIFFNESS * (w - prior)
        hessian = (x * (q * (1 - q))[:, None]).T @ x + _STIFFNESS * np.eye(2)
        w = w - np.linalg.solve(hessian, gradient)
    return round(float(w[0]), 4), round(float(w[1]), 4)
