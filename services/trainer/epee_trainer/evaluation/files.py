"""Scores a model that was trained on data files: policies chosen on its held-out training examples, everything reported on dev."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np

from epee_trainer.data.datasets import Example, FileData, RowMaker, TaskSource
from .notes import GRID, Evaluated, choose, depth, named_policies, pooled_of, span_decoder
from epee_trainer.model.exits import FULL, Policy
from epee_trainer.model.multi_exit import MultiExitModel
from epee_trainer.data.rows import Row
from .scores import SpanSet, auroc, f1, macro_f1
from .sweep import sweep
from epee_trainer.model.tasks import Task

_LIMIT = 0.5
"""Points of the task's score that the compared policies may lose on the held-out examples, in 90 % of resamples."""


def report_files(model: MultiExitModel, make: RowMaker, data: FileData) -> dict[str, Any]:
    """`policies` by task for the manifest, and by task `dev`: every layer's and every policy's scores, with mean exit layer, layer speed-up and share of exits
    by layer. `entropyOnly`, `patienceOnly` and `epee` are the fastest of their kind that lose at most half a point on the held-out examples."""
    found: dict[str, Any] = {"policies": {}, "tasks": {}}
    for source in data.sources:
        task = model.tasks[source.name]
        aside = evaluated(model, make, task, data.held_out(source))
        chosen = _policies(aside) if aside is not None else {"full": FULL}
        found["policies"][task.name] = {name: policy.to_json() for name, policy in chosen.items() if name in ("full", "careful", "fast")}
        found["tasks"][task.name] = _dev(model, make, data, source, chosen)
    return found


def evaluated(model: MultiExitModel, make: RowMaker, task: Task, examples: list[Example]) -> Evaluated | None:
    """All layers' answers for the examples that the model can read, with the counts behind the task's score; None without examples."""
    pairs = [(example, row) for example in examples if (row := make.row(task, example)) is not None]
    if not pairs:
        return None
    rows = [row for _, row in pairs]
    return pooled_of(model, rows, none=task.none) if task.pooled else _tagged(model, make, [example for example, _ in pairs], rows)


def _tagged(model: MultiExitModel, make: RowMaker, examples: list[Example], rows: list[Row]) -> Evaluated:
    seen = sweep(model, rows)
    gold: list[SpanSet] = [{span for group in example.spans for span in group} for example in examples]
    decode = span_decoder(make, [example.text for example in examples])
    found = [[set().union(*groups) for groups in decode(answers)] for answers in seen.answers]
    return Evaluated(seen, np.array([[(len(p), len(g), len(p & g)) for p, g in zip(layer, gold)] for layer in found]))


def _policies(aside: Evaluated) -> dict[str, Policy]:
    kinds = {
        "entropyOnly": [p for p in GRID if p.patience is None],
        "patienceOnly": [p for p in GRID if p.entropy_threshold is None],
        "epee": list(GRID),
    }
    return named_policies(aside) | {name: choose(aside, most_lost=_LIMIT, grid=grid) for name, grid in kinds.items()}


def _dev(model: MultiExitModel, make: RowMaker, data: FileData, source: TaskSource, policies: dict[str, Policy]) -> dict[str, Any]:
    task, examples = model.tasks[source.name], data.dev(source)
    if not task.pooled:
        unknown = Counter(span[0] for e in examples for group in e.spans for span in group if not any(f"B-{span[0]}" in g.labels for g in task.groups))
    else:
        unknown = Counter(example.label for example in examples if example.label not in task.labels)
    dev = evaluated(model, make, task, examples)
    if dev is None:
        return {"examples": 0, "unknownLabels": dict(unknown)}
    measure = "micro F1" if not task.pooled or task.none is not None else "accuracy"
    layers = [_scores(dev, task, np.full(len(dev.seen.rows), layer)) for layer in range(model.layers)]
    table: dict[str, Any] = {"examples": len(examples), "unread": len(examples) - len(dev.seen.rows), "unknownLabels": dict(unknown), "measure": measure}
    table["layers"] = {str(layer + 1): scores for layer, scores in enumerate(layers)}
    table["policies"] = {name: _under(dev, task, policy) for name, policy in policies.items()}
    return table


def _under(dev: Evaluated, task: Task, policy: Policy) -> dict[str, Any]:
    _, leaves = dev.seen.under(policy)
    shares = np.bincount(leaves, minlength=dev.seen.layers) / len(leaves)
    exits = {str(layer + 1): round(float(share), 4) for layer, share in enumerate(shares) if share}
    return {**_scores(dev, task, leaves), **depth(leaves, dev.seen.layers), **policy.to_json(), "exits": exits}


def _scores(dev: Evaluated, task: Task, leaves: np.ndarray) -> dict[str, float]:
    """`score`, by which policies are chosen and which `measure` names: micro F1 of spans, micro F1 without `none` where the task has it, else accuracy. Pooled tasks have accuracy and
    macro F1 too, images and tasks of two labels the area under the ROC curve."""
    found, total, right = dev.counts[leaves, np.arange(len(leaves))].sum(0)
    scores = {"score": f1(int(found), int(total), int(right))}
    if task.pooled:
        gold = np.array([row.label for row in dev.seen.rows])
        answers = np.array([int(dev.seen.answers[layer][row]) for row, layer in enumerate(leaves)])
        scores |= {"accuracy": 100.0 * float((answers == gold).mean()), "macroF1": macro_f1(answers, gold, len(task.labels))}
        if dev.seen.probabilities is not None and (task.kind == "image" or len(task.labels) == 2):
            scores["auroc"] = auroc(dev.seen.probabilities[leaves, np.arange(len(leaves))], gold)
    return {name: round(value, 2) for name, value in scores.items()}
