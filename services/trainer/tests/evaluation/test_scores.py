"""Scores."""

import numpy as np
import pytest

from epee_trainer.evaluation.scores import auroc, macro_f1


def test_scores() -> None:
    gold, answers = np.array([0, 0, 1, 2]), np.array([0, 1, 1, 2])
    assert macro_f1(answers, gold, 4) == pytest.approx(100 * (2 / 3 + 2 / 3 + 1) / 3)
    ramp = np.array([[0.9, 0.1], [0.6, 0.4], [0.6, 0.4], [0.2, 0.8]])
    assert auroc(ramp, np.array([0, 0, 1, 1])) == pytest.approx(87.5)
    assert np.isnan(auroc(ramp, np.array([1, 1, 1, 1])))
