"""Runs rows at full depth and keeps every layer's answer, entropy and agreement with the layer before: all that a policy needs."""

from dataclasses import dataclass

import numpy as np
import torch

from epee_trainer.model.exits import Policy, exit_layers, normalised_entropy
from epee_trainer.model.multi_exit import MultiExitModel
from epee_trainer.data.rows import Row, collate


@dataclass(frozen=True)
class Sweep:
    """Per layer and row: `answers[l][b]` (label, or tags as an int array [words, groups]), `entropy` [L, B], `same_vote` bool [L, B], `confidence` alike `answers`;
    of pooled tasks `probabilities` float32 [L, B, labels]."""

    rows: list[Row]
    answers: list[list[np.ndarray]]
    confidence: list[list[np.ndarray]]
    entropy: np.ndarray
    same_vote: np.ndarray
    probabilities: np.ndarray | None = None

    @property
    def layers(self) -> int:
        """Depth of the model."""
        return self.entropy.shape[0]

    def under(self, policy: Policy) -> tuple[list[np.ndarray], np.ndarray]:
        """Each row's answer under a policy, and the layer (from 0) after which it left."""
        leaves = exit_layers(self.entropy, self.same_vote, policy)
        return [self.answers[layer][row] for row, layer in enumerate(leaves)], leaves


def bf16_works() -> bool:
    """Whether this processor multiplies bf16 itself; where it does not, autocast is far slower than fp32."""
    return torch.backends.mkldnn.is_available() and torch.ops.mkldnn._is_mkldnn_bf16_supported()


@torch.inference_mode()
def sweep(model: MultiExitModel, rows: list[Row], *, batch_rows: int = 64, bf16: bool = False) -> Sweep:
    """Full-depth sweep over rows of one task. `bf16` is for orientation while training; reported scores use fp32. Raises ValueError without rows."""
    if not rows:
        raise ValueError("there are no rows to score: the data's dev split or its held-out part (heldOutPercent) is empty")
    model.eval()
    bf16 = bf16 and bf16_works()
    task = model.tasks[rows[0].task]
    layers = model.layers
    answers: list[list[np.ndarray]] = [[np.empty(0)] * len(rows) for _ in range(layers)]
    confidence: list[list[np.ndarray]] = [[np.empty(0)] * len(rows) for _ in range(layers)]
    entropy = np.zeros((layers, len(rows)))
    probabilities = np.zeros((layers, len(rows), len(task.labels)), np.float32) if task.pooled else None
    order = sorted(range(len(rows)), key=lambda i: rows[i].length)
    for start in range(0, len(order), batch_rows):
        picked = order[start : start + batch_rows]
        batch, _, _ = collate([rows[i] for i in picked], model.tasks, image=model.image)
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=bf16):
            logits = model(batch, pooled=task.pooled, tags=not task.pooled)
        if task.pooled:
            values = logits.pooled.float().numpy()[:, :, model.tasks.slice_of(task.name)]
            probabilities[:, picked] = _softmax(values)
            _keep_pooled(values, picked, answers, confidence, entropy)
        else:
            _keep_tags(model, logits.tags.float().numpy(), rows, picked, answers, confidence, entropy)
    same = np.zeros((layers, len(rows)), dtype=bool)
    for layer in range(1, layers):
        same[layer] = [np.array_equal(answers[layer][i], answers[layer - 1][i]) for i in range(len(rows))]
    return Sweep(rows, answers, confidence, entropy, same, probabilities)


def _softmax(values: np.ndarray) -> np.ndarray:
    exp = np.exp(values - values.max(-1, keepdims=True))
    return exp / exp.sum(-1, keepdims=True)


def _keep_pooled(values, picked, answers, confidence, entropy) -> None:
    best, sure = values.argmax(-1), _softmax(values).max(-1)
    entropy[:, picked] = normalised_entropy(values)
    for layer in range(values.shape[0]):
        for b, row in enumerate(picked):
            answers[layer][row] = best[layer, b]
            confidence[layer][row] = sure[layer, b]


def _keep_tags(model, values, rows, picked, answers, confidence, entropy) -> None:
    slices = model.tasks.group_slices()
    best = np.stack([values[..., s].argmax(-1) for s in slices], -1)
    sure = np.stack([_softmax(values[..., s]).max(-1) for s in slices], -1)
    words_entropy = np.stack([normalised_entropy(values[..., s]) for s in slices], -1).max(-1)
    for b, row in enumerate(picked):
        words = list(rows[row].words)
        for layer in range(values.shape[0]):
            answers[layer][row] = best[layer, b, words]
            confidence[layer][row] = sure[layer, b, words]
            entropy[layer, row] = words_entropy[layer, b, words].max() if words else 0.0
