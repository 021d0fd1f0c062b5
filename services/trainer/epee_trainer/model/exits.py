"""The exit rule of EPEE over logits of all layers, for scoring policies without running them one by one."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Policy:
    """Entropy threshold and patience; None turns a criterion off."""

    entropy_threshold: float | None = None
    patience: int | None = None

    def to_json(self) -> dict[str, float | int | str]:
        """As the manifest writes it."""
        return {
            "entropyThreshold": "off" if self.entropy_threshold is None else self.entropy_threshold,
            "patience": "off" if self.patience is None else self.patience,
        }

    @staticmethod
    def from_json(values: dict[str, float | int | str]) -> "Policy":
        """From what `to_json` gave; other keys are ignored."""
        threshold, patience = values["entropyThreshold"], values["patience"]
        return Policy(None if threshold == "off" else threshold, None if patience == "off" else patience)


FULL = Policy()


def normalised_entropy(logits: np.ndarray) -> np.ndarray:
    """Entropy of softmax over the last axis divided by ln(labels): 0 to 1, NaN where a logit is not finite."""
    shifted = logits - logits.max(-1, keepdims=True)
    log_p = shifted - np.log(np.exp(shifted).sum(-1, keepdims=True))
    return -(np.exp(log_p) * log_p).sum(-1) / np.log(logits.shape[-1])


def exit_layers(entropy: np.ndarray, same_vote: np.ndarray, policy: Policy) -> np.ndarray:
    """Layer (from 0) after which each row leaves.

    `entropy` [L, B]; `same_vote` bool [L, B]: whether the answer equals the layer's before (row 0 is ignored).
    """
    layers, rows = entropy.shape
    leaves = np.full(rows, layers - 1)
    open_rows = np.ones(rows, dtype=bool)
    count = np.zeros(rows, dtype=int)
    for layer in range(layers - 1):
        count = np.where(same_vote[layer], count + 1, 0) if layer else count
        sure = np.zeros(rows, dtype=bool)
        if policy.entropy_threshold is not None:
            sure |= entropy[layer] < policy.entropy_threshold
        if policy.patience is not None:
            sure |= count >= policy.patience
        leaves[open_rows & sure] = layer
        open_rows &= ~sure
    return leaves
