"""The joint loss."""

import pytest
import torch

from epee_trainer.model.multi_exit import LayerLogits
from epee_trainer.model.tasks import Task, TaskSet
from epee_trainer.training.loss import joint_loss, layer_weights


def test_half_of_the_loss_can_be_the_last_layers() -> None:
    weights = layer_weights("half-last", 3)
    assert weights.tolist() == pytest.approx([1 / 12, 2 / 12, 3 / 12 + 6 / 12])


def test_soft_labels_take_their_share_of_the_loss() -> None:
    tasks = TaskSet((Task("t", "classification", 8, ("a", "b")),))
    logits = LayerLogits(torch.tensor([[[2.0, 0.0]]]), torch.empty(0))

    def loss(taught):
        return joint_loss(
            logits, "t", tasks, torch.tensor([0]), torch.empty(0), weights=layer_weights("equal", 1), distill=0.0, taught=taught
        ).item()

    hard = loss(None)
    other = loss((torch.tensor([[0.0, 1.0]]), 1.0))
    assert loss((torch.tensor([[0.0, 1.0]]), 0.25)) == pytest.approx(0.75 * hard + 0.25 * other, abs=1e-6)
