"""The exit rule of EPEE over the logits of all layers: scores policies without running them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

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

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Self:
        """The reverse of `to_json`; other keys are ignored."""
        return cls(*(None if values[key] == "off" else values[key] for key in ("entropyThreshold", "patience")))


FULL = Policy()


def normalised_entropy(logits: np.ndarray) -> np.ndarray:
    """Entropy of softmax over the last axis / ln(labels): 0 to 1; NaN for what is not finite."""
    shifted = logits - logits.max(-1, keepdims=True)
    log_p = shifted - np.log(np.exp(shifted).sum(-1, keepdims=True))
    return -(np.exp(log_p) * log_p).sum(-1) / np.log(logits.shape[-1])


def exit_layers(entropy: np.ndarray, same_vote: np.ndarray, policy: Policy) -> np.ndarray:
    """Layer (from 0) after which each row leaves. `entropy` [L, B]; `same_vote` bool [L, B]:
    whether the answer is that of the layer before (layer 0 is ignored)."""
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
