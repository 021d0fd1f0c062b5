"""Standard scores: exact-span micro F1, micro F1 without `none`, accuracy."""

from typing import Iterable

import numpy as np

from epee_trainer.data.rows import spans_of
from epee_trainer.model.tasks import TagGroup


def f1(found: int, gold: int, right: int) -> float:
    """Micro F1 in percent from counts; 0 when nothing was right."""
    return 200.0 * right / (found + gold) if right else 0.0


SpanSet = set[tuple[str, int, int]]


def decoded(tags: np.ndarray, words: list[tuple[int, int]], groups: tuple[TagGroup, ...]) -> list[SpanSet]:
    """Spans by group of one sentence's tags [words, groups]."""
    return [set(spans_of(tags[:, g], words, group)) for g, group in enumerate(groups)]


def span_scores(predicted: list[list[SpanSet]], gold: list[list[SpanSet]]) -> dict[str, float]:
    """Exact-span micro F1 in percent over sentences: triggers, main arguments, sub-arguments (with `Combination.Drug`), and all together."""
    parts = {"trigger": (0,), "main": (1,), "sub": (2, 3), "all": (0, 1, 2, 3)}
    scores = {}
    for name, groups in parts.items():
        found = sum(len(p[g]) for p in predicted for g in groups)
        total = sum(len(t[g]) for t in gold for g in groups)
        right = sum(len(p[g] & t[g]) for p, t in zip(predicted, gold) for g in groups)
        scores[name] = f1(found, total, right)
    return scores


def micro_f1(predicted: Iterable[int], gold: Iterable[int], none: int | None = None) -> float:
    """Micro F1 in percent; with `none` given, that label counts as nothing found."""
    pairs = list(zip(predicted, gold))
    found = sum(p != none for p, _ in pairs)
    total = sum(g != none for _, g in pairs)
    right = sum(p == g and g != none for p, g in pairs)
    return f1(found, total, right)


def macro_f1(predicted: np.ndarray, gold: np.ndarray, labels: int) -> float:
    """Mean over the labels that occur of each label's F1, in percent."""
    present = [label for label in range(labels) if (gold == label).any() or (predicted == label).any()]
    parts = [f1(int((predicted == i).sum()), int((gold == i).sum()), int(((predicted == i) & (gold == i)).sum())) for i in present]
    return float(np.mean(parts)) if parts else 0.0


def auroc(probabilities: np.ndarray, gold: np.ndarray) -> float:
    """Area under the ROC curve in percent from probabilities [rows, labels]: of the second of two labels, else the mean over labels of each against the rest.
    Ties count half. Labels of which there are no rows, or only rows, are left out; NaN if all are."""
    columns = [1] if probabilities.shape[1] == 2 else range(probabilities.shape[1])
    areas = [_area(probabilities[:, i], gold == i) for i in columns if 0 < (gold == i).sum() < len(gold)]
    return float(np.mean(areas)) * 100.0 if areas else float("nan")


def _area(values: np.ndarray, positive: np.ndarray) -> float:
    """The share of pairs of a positive and a negative that stand in the right order, from ranks (Mann-Whitney)."""
    _, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(counts) - (counts - 1) / 2)[inverse]
    hits = int(positive.sum())
    return float((ranks[positive].sum() - hits * (hits + 1) / 2) / (hits * (len(values) - hits)))


def binary_scores(predicted: list[bool], gold: list[bool]) -> dict[str, float]:
    """Precision, recall and F1 in percent of a yes-or-no answer."""
    right = sum(p and g for p, g in zip(predicted, gold))
    return {
        "precision": 100.0 * right / max(1, sum(predicted)),
        "recall": 100.0 * right / max(1, sum(gold)),
        "f1": f1(sum(predicted), sum(gold), right),
    }
