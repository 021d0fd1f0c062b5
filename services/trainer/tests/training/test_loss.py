"""The joint loss."""

import pytest
import torch

from epee_trainer.data.rows import IGNORED
from epee_trainer.model.multi_exit import LayerLogits
from epee_trainer.model.tasks import TagGroup, Task, TaskSet
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


def _tag_loss(values: list[float], tag: int, open_labels: list[bool] | None) -> float:
    """Loss of one word with logits `values` in the first group, beside a word without loss."""
    tasks = TaskSet((Task("t", "tagging", 8, groups=(TagGroup("g", ("O", "B-a", "B-b")), TagGroup("h", ("O", "B-c")))),))
    logits = LayerLogits(torch.empty(0), torch.tensor([[[[*values, 0.0, 0.0], [0.0] * 5]]]))
    targets = torch.tensor([[[tag, IGNORED], [IGNORED, IGNORED]]])
    also = None if open_labels is None else torch.tensor([open_labels])
    weights = layer_weights("equal", 1)
    return joint_loss(logits, "t", tasks, torch.tensor([0]), targets, weights=weights, distill=0.0, open_labels=also).item()


def test_what_a_set_does_not_label_is_no_mistake() -> None:
    p = torch.tensor([1.0, 2.0, 0.5]).softmax(0)
    open_labels = [False, True, False, False, False]
    assert _tag_loss([1.0, 2.0, 0.5], 0, None) == pytest.approx(-p[0].log().item(), abs=1e-6)
    assert _tag_loss([1.0, 2.0, 0.5], 0, open_labels) == pytest.approx(-(p[0] + p[1]).log().item(), abs=1e-6)
    assert _tag_loss([1.0, 2.0, 0.5], 2, open_labels) == pytest.approx(-p[2].log().item(), abs=1e-6)
