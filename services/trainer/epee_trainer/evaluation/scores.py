"""Standard scores: exact-span micro F1, micro F1 without `none`, accuracy, macro F1, AUROC."""

from collections.abc import Iterable

import numpy as np

from epee_trainer.data.rows import Span, spans_of
from epee_trainer.model.tasks import TagGroup

SpanSet = set[Span]


def f1(found: int, gold: int, right: int) -> float:
    """Micro F1 in percent from counts; 0 when nothing was right."""
    return 200.0 * right / (found + gold) if right else 0.0


def decoded(tags: np.ndarray, words: list[tuple[int, int]], groups: tuple[TagGroup, ...]) -> list[SpanSet]:
    """Spans by group of one sentence's tags [words, groups]."""
    return [set(spans_of(tags[:, g], words, group)) for g, group in enumerate(groups)]


def micro_f1(predicted: Iterable[int], gold: Iterable[int], none: int | None = None) -> float:
    """Micro F1 in percent; with `none` given, that label counts as nothing found."""
    pairs = list(zip(predicted, gold))
    found = sum(p != none for p, _ in pairs)
    total = sum(g != none for _, g in pairs)
    right = sum(p == g and g != none for p, g in pairs)
    return f1(found, total, right)


def macro_f1(predicted: np.ndarray, gold: np.ndarray, labels: int) -> float:
    """Mean over the labels that occur of each label's F1, in percent."""
    sides = [(predicted == label, gold == label) for label in range(labels)]
    parts = [f1(int(p.sum()), int(g.sum()), int((p & g).sum())) for p, g in sides if p.any() or g.any()]
    return float(np.mean(parts)) if parts else 0.0


def auroc(probabilities: np.ndarray, gold: np.ndarray) -> float:
    """Area under the ROC curve in percent from probabilities [rows, labels]: of the second of two
    labels, else the mean over labels of each against the rest. Ties count half. Labels of which
    there are no rows, or only rows, are left out; NaN if all are."""
    columns = [1] if probabilities.shape[1] == 2 else range(probabilities.shape[1])
    areas = [_area(probabilities[:, i], gold == i) for i in columns if 0 < (gold == i).sum() < len(gold)]
    return float(np.mean(areas)) * 100.0 if areas else float("nan")


def _area(values: np.ndarray, positive: np.ndarray) -> float:
    """The share of pairs of a positive and a negative in the right order (Mann-Whitney)."""
    _, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(counts) - (counts - 1) / 2)[inverse]
    hits = int(positive.sum())
    return float((ranks[positive].sum() - hits * (hits + 1) / 2) / (hits * (len(values) - hits)))
