"""Runs rows at full depth and keeps every layer's answer and entropy: all that a policy needs."""

from dataclasses import dataclass

import numpy as np
import torch

from epee_trainer.data.rows import Row, collate
from epee_trainer.model.exits import Policy, exit_layers, normalised_entropy
from epee_trainer.model.multi_exit import MultiExitModel


@dataclass(frozen=True)
class Sweep:
    """Per layer and row: `answers[l][b]` (label, or tags int [words, groups]), `entropy` [L, B],
    `same_vote` bool [L, B]; of pooled tasks `probabilities` float32 [L, B, labels]."""

    rows: list[Row]
    answers: list[list[np.ndarray]]
    entropy: np.ndarray
    same_vote: np.ndarray
    probabilities: np.ndarray | None = None

    @property
    def layers(self) -> int:
        """Depth of the model."""
        return len(self.answers)

    def under(self, policy: Policy) -> tuple[list[np.ndarray], np.ndarray]:
        """Each row's answer under a policy, and the layer (from 0) after which it left."""
        leaves = exit_layers(self.entropy, self.same_vote, policy)
        return [self.answers[layer][row] for row, layer in enumerate(leaves)], leaves


def bf16_works() -> bool:
    """Whether this processor multiplies bf16 itself; elsewhere autocast is far slower than fp32."""
    return bool(torch.backends.mkldnn.is_available() and torch.ops.mkldnn._is_mkldnn_bf16_supported())


@torch.inference_mode()
def sweep(model: MultiExitModel, rows: list[Row], *, batch_rows: int = 64, bf16: bool = False) -> Sweep:
    """Full-depth sweep over rows of one task. `bf16` is for orientation while training; reported
    scores use fp32. Raises ValueError without rows."""
    if not rows:
        raise ValueError("there are no rows to score: the data's dev split or its held-out part (heldOutPercent) is empty")
    model.eval()
    bf16 = bf16 and bf16_works()
    task, layers = model.tasks[rows[0].task], model.layers
    answers = [[np.empty(0)] * len(rows) for _ in range(layers)]
    entropy = np.zeros((layers, len(rows)))
    probabilities = np.zeros((layers, len(rows), len(task.labels)), np.float32) if task.pooled else None
    order = sorted(range(len(rows)), key=lambda i: rows[i].length)
    for start in range(0, len(order), batch_rows):
        picked = order[start : start + batch_rows]
        batch, _, _ = collate([rows[i] for i in picked], model.tasks, image=model.image)
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=bf16):
            logits = model(batch, pooled=task.pooled, tags=not task.pooled)
        if probabilities is not None:
            values = logits.pooled.float().numpy()[:, :, model.tasks.slice_of(task.name)]
            probabilities[:, picked], entropy[:, picked] = _softmax(values), normalised_entropy(values)
            found = list(np.moveaxis(values.argmax(-1), 1, 0))
        else:
            words = [list(rows[i].words) for i in picked]
            found, entropy[:, picked] = _tags(model, logits.tags.float().numpy(), words)
        for row, own in zip(picked, found):
            for layer in range(layers):
                answers[layer][row] = own[layer]
    same = np.zeros((layers, len(rows)), dtype=bool)
    for layer in range(1, layers):
        same[layer] = [np.array_equal(*pair) for pair in zip(answers[layer], answers[layer - 1])]
    return Sweep(rows, answers, entropy, same, probabilities)


def _softmax(values: np.ndarray) -> np.ndarray:
    exp = np.exp(values - values.max(-1, keepdims=True))
    return exp / exp.sum(-1, keepdims=True)


def _tags(model: MultiExitModel, values: np.ndarray, words: list[list[int]]) -> tuple[list[np.ndarray], np.ndarray]:
    """Tags [L, words, groups] of each row, and the entropy [L, B] of its least sure word."""
    parts = [values[..., part] for part in model.tasks.group_slices()]
    best = np.stack([part.argmax(-1) for part in parts], -1)
    entropy = np.stack([normalised_entropy(part) for part in parts], -1).max(-1)
    highest = [entropy[:, b, own].max(-1) if own else np.zeros(len(values)) for b, own in enumerate(words)]
    return [best[:, b, own] for b, own in enumerate(words)], np.stack(highest, -1)
