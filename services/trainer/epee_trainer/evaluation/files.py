"""Scores a model of data files: policies chosen on held-out training examples, scores on dev."""

from collections import Counter
from typing import Any

import numpy as np

from epee_trainer.data.examples import Example
from epee_trainer.data.files import FileData
from epee_trainer.data.row_maker import RowMaker
from epee_trainer.data.sources import TaskSource
from epee_trainer.model.exits import FULL, Policy
from epee_trainer.model.multi_exit import MultiExitModel
from epee_trainer.model.tasks import Task

from .policies import GRID, MOST_LOST, Evaluated, choose, depth, named_policies, pooled_of, tagging_of
from .scores import auroc, f1, macro_f1

_LIMIT = 0.5
"""Points that the compared policies may lose, as `choose` understands it."""


def report_files(model: MultiExitModel, make: RowMaker, data: FileData) -> dict[str, Any]:
    """`policies` by task for the manifest, and by task `dev`: every layer's and every policy's
    scores, with mean exit layer, layer speed-up and share of exits by layer. `entropyOnly`,
    `patienceOnly` and `epee` are the fastest of their kind that lose at most `_LIMIT`."""
    found: dict[str, Any] = {"policies": {}, "tasks": {}}
    for source in data.sources:
        task = model.tasks[source.name]
        aside = _evaluated(model, make, task, data.held_out(source))
        chosen = {"full": FULL} if aside is None else _policies(aside)
        found["policies"][task.name] = {name: p.to_json() for name, p in chosen.items() if name in ("full", *MOST_LOST)}
        found["tasks"][task.name] = _dev(model, make, data, source, chosen)
    return found


def _evaluated(model: MultiExitModel, make: RowMaker, task: Task, examples: list[Example]) -> Evaluated | None:
    """All layers' answers for the examples that the model can read; None without any."""
    if not task.pooled:
        return tagging_of(model, make, task.name, examples) if examples else None
    rows = make.rows(task.name, examples)
    return pooled_of(model, rows, none=task.none) if rows else None


def _policies(aside: Evaluated) -> dict[str, Policy]:
    kinds = {
        "entropyOnly": [p for p in GRID if p.patience is None],
        "patienceOnly": [p for p in GRID if p.entropy_threshold is None],
        "epee": GRID,
    }
    return named_policies(aside) | {name: choose(aside, most_lost=_LIMIT, grid=grid) for name, grid in kinds.items()}


def _dev(model: MultiExitModel, make: RowMaker, data: FileData, source: TaskSource, policies: dict[str, Policy]) -> dict[str, Any]:
    task, examples = model.tasks[source.name], data.dev(source)
    unknown = dict(Counter(label for example in examples for label in _unknown_labels(task, example)))
    dev = _evaluated(model, make, task, examples)
    if dev is None:
        return {"examples": 0, "unknownLabels": unknown}
    rows = len(dev.seen.rows)
    return {
        "examples": len(examples),
        "unread": len(examples) - rows,
        "unknownLabels": unknown,
        "measure": "micro F1" if not task.pooled or task.none is not None else "accuracy",
        "layers": {str(layer + 1): _scores(dev, task, np.full(rows, layer)) for layer in range(model.layers)},
        "policies": {name: _under(dev, task, policy) for name, policy in policies.items()},
    }


def _unknown_labels(task: Task, example: Example) -> list[str]:
    """The labels of an example that the task lacks."""
    if task.pooled:
        return [] if example.label in task.labels else [example.label]
    known = {label for group in task.groups for label in group.labels}
    return [span[0] for group in example.spans for span in group if f"B-{span[0]}" not in known]


def _under(dev: Evaluated, task: Task, policy: Policy) -> dict[str, Any]:
    _, leaves = dev.seen.under(policy)
    shares = np.bincount(leaves, minlength=dev.seen.layers) / len(leaves)
    exits = {str(layer + 1): round(float(share), 4) for layer, share in enumerate(shares) if share}
    return {**_scores(dev, task, leaves), **depth(leaves, dev.seen.layers), **policy.to_json(), "exits": exits}


def _scores(dev: Evaluated, task: Task, leaves: np.ndarray) -> dict[str, float]:
    """`score`, by which policies are chosen and which `measure` names: micro F1 of spans, micro F1
    without `none` where the task has it, else accuracy. Pooled tasks have accuracy and macro F1
    too, images and tasks of two labels the area under the ROC curve."""
    at = (leaves, np.arange(len(leaves)))
    found, total, right = dev.counts[at].sum(0)
    scores = {"score": f1(int(found), int(total), int(right))}
    if dev.seen.probabilities is not None:
        gold = np.array([row.label for row in dev.seen.rows])
        answers = np.array([int(dev.seen.answers[layer][row]) for row, layer in enumerate(leaves)])
        scores |= {"accuracy": 100.0 * float((answers == gold).mean()), "macroF1": macro_f1(answers, gold, len(task.labels))}
        if task.kind == "image" or len(task.labels) == 2:
            scores["auroc"] = auroc(dev.seen.probabilities[at], gold)
    return {name: round(value, 2) for name, value in scores.items()}
