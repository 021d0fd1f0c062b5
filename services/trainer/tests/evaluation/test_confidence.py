"""Confidences that mean what they say."""

import numpy as np
import pytest

from epee_trainer.evaluation.confidence import fit_scaling


def _scaled(p: float, scaling: tuple[float, float]) -> float:
    return float(1 / (1 + np.exp(-(scaling[0] * np.log(p / (1 - p)) + scaling[1]))))


def test_a_label_that_is_too_sure_is_less_so() -> None:
    random = np.random.default_rng(1)
    given = random.uniform(0.3, 0.99, 4000)
    seen = [("problem", float(p), bool(random.random() < p * 0.8)) for p in given]
    scaling = fit_scaling(seen)["problem"]
    assert _scaled(0.95, scaling) == pytest.approx(0.76, abs=0.05)
    assert _scaled(0.5, scaling) == pytest.approx(0.4, abs=0.05)


def test_a_label_of_few_spans_keeps_its_confidences() -> None:
    scaling = fit_scaling([("dose", 0.9, True), ("dose", 0.9, False)])["dose"]
    assert _scaled(0.9, scaling) == pytest.approx(0.9, abs=0.15)
