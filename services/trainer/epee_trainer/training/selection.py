"""Scores for orientation while a model trains."""

from typing import Any

from epee_trainer.data.rows import IGNORED, Row
from epee_trainer.evaluation.scores import micro_f1
from epee_trainer.evaluation.sweep import Sweep, sweep
from epee_trainer.model.multi_exit import MultiExitModel

_MOST_ROWS = 250
"""Rows of each kind that are scored while a model trains: enough to see where it goes."""


def selection_scores(model: MultiExitModel, selection: dict[str, list[Row]]) -> dict[str, Any]:
    """Scores by kind of rows at layers a quarter, half and all the way up. Of tags: micro F1 over
    (word, group) tags that are not `O`; of rows without any, the share in which no tag of the first
    group is seen. Of pooled tasks: micro F1 without `none`, where a task has it, else accuracy."""
    shown = sorted({max(0, model.layers // 4 - 1), max(0, model.layers // 2 - 1), model.layers - 1})
    seen = {name: sweep(model, rows[:_MOST_ROWS], bf16=True) for name, rows in selection.items() if rows}
    return {f"layer{layer + 1}": {name: round(_score(model, found, layer), 1) for name, found in seen.items()} for layer in shown}


def _score(model: MultiExitModel, seen: Sweep, layer: int) -> float:
    task, answers = model.tasks[seen.rows[0].task], seen.answers[layer]
    if task.pooled:
        return micro_f1([int(answer) for answer in answers], [row.label for row in seen.rows], none=task.none)
    if not any(tag > 0 for row in seen.rows for group in row.tags for tag in group):
        return 100 * sum(not tags[:, 0].any() for tags in answers) / len(seen.rows)
    predicted = [int(tag) for tags in answers for tag in tags.T.ravel()]
    gold = [tag for row in seen.rows for group in row.tags for tag in group]
    pairs = [(p, g) for p, g in zip(predicted, gold) if g != IGNORED]
    return micro_f1([p for p, _ in pairs], [g for _, g in pairs], none=0)
