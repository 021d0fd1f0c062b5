"""Chooses exit policies on held-out rows: the fewest layers for a bounded loss of score."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from epee_trainer.data.examples import Example
from epee_trainer.data.row_maker import RowMaker
from epee_trainer.data.rows import Row
from epee_trainer.model.exits import FULL, Policy
from epee_trainer.model.multi_exit import MultiExitModel

from .scores import SpanSet, decoded
from .sweep import Sweep, sweep

THRESHOLDS = (0.01, 0.02, 0.03, 0.05, 0.08, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.55, 0.6, 0.65, 0.7)
PATIENCE = (1, 2, 3, 4, 5, 6)
GRID = tuple(Policy(t, p) for t in (None, *THRESHOLDS) for p in (None, *PATIENCE))
"""Every pair that is tried; holds entropy alone, patience alone and full depth."""

RESAMPLES = 500

MOST_LOST = {"careful": 0.7, "fast": 2.0}
"""Points that the named policies may lose, as `choose` understands it."""

Spans = list[SpanSet]
"""Spans of a sentence, by tag group."""


@dataclass(frozen=True)
class Evaluated:
    """Rows of one task at all layers, with the counts behind micro F1: int [L, B, 3] of what was
    found, what is there, and what is right."""

    seen: Sweep
    counts: np.ndarray

    def scores(self, policy: Policy, weights: np.ndarray) -> np.ndarray:
        """Micro F1 in percent per line of `weights` [R, B], which say how often each row counts."""
        _, leaves = self.seen.under(policy)
        found, total, right = (weights @ self.counts[leaves, np.arange(len(leaves))]).T
        return 200.0 * right / np.maximum(1, found + total)


def pooled_of(model: MultiExitModel, rows: list[Row], none: int | None) -> Evaluated:
    """Rows of a pooled task, counted for micro F1 without `none` where given, else for accuracy."""
    seen = sweep(model, rows)
    gold = np.array([row.label for row in rows])
    answers = np.array(seen.answers, dtype=int)
    counts = np.stack([answers != none, np.broadcast_to(gold != none, answers.shape), (answers == gold) & (gold != none)], -1)
    return Evaluated(seen, counts.astype(int))


def tagging_of(model: MultiExitModel, make: RowMaker, task: str, examples: list[Example]) -> Evaluated:
    """Examples of a tagging task, counted by exact spans over all groups."""
    seen = sweep(model, make.rows(task, examples))
    gold, decode = gold_spans(examples), span_decoder(make, examples)
    counts = [[_span_counts(p, g) for p, g in zip(decode(answers), gold)] for answers in seen.answers]
    return Evaluated(seen, np.array(counts))


def gold_spans(examples: list[Example]) -> list[Spans]:
    """The labelled spans of each example."""
    return [[set(spans) for spans in example.spans] for example in examples]


def span_decoder(make: RowMaker, examples: list[Example]) -> Callable[[Sequence[np.ndarray]], list[Spans]]:
    """A function from tags to spans for these examples."""
    words = [make.encoder.encode(example.text).word_spans() for example in examples]
    return lambda answers: [decoded(tags, spans[: len(tags)], make.tasks.groups) for tags, spans in zip(answers, words)]


def _span_counts(predicted: Spans, gold: Spans) -> tuple[int, int, int]:
    found, there = SpanSet().union(*predicted), SpanSet().union(*gold)
    return len(found), len(there), len(found & there)


def depth(leaves: np.ndarray, layers: int) -> dict[str, float]:
    """Mean exit layer (from 1) and how many times fewer layers than full depth."""
    mean = float(leaves.mean() + 1)
    return {"meanExitLayer": round(mean, 2), "layerSpeedUp": round(layers / mean, 2)}


def choose(evaluated: Evaluated, *, most_lost: float, grid: Sequence[Policy] = GRID) -> Policy:
    """The policy of the grid with the fewest layers among those that lose at most `most_lost`
    points vs. full depth in 90 % of bootstrap resamples of these rows. The plain difference, on a
    few hundred rows, flatters the boldest policies."""
    rows = len(evaluated.seen.rows)
    weights = np.random.default_rng(1).multinomial(rows, np.full(rows, 1 / rows), size=RESAMPLES)
    full = evaluated.scores(FULL, weights)
    best, fewest = FULL, float(evaluated.seen.layers)
    for policy in grid:
        mean = float(evaluated.seen.under(policy)[1].mean() + 1)
        if mean < fewest and np.quantile(full - evaluated.scores(policy, weights), 0.9) <= most_lost:
            best, fewest = policy, mean
    return best


def named_policies(evaluated: Evaluated) -> dict[str, Policy]:
    """`full` and those of `MOST_LOST`."""
    return {"full": FULL, **{name: choose(evaluated, most_lost=points) for name, points in MOST_LOST.items()}}
