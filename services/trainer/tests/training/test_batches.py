"""Batches of an epoch."""

from epee_trainer.data.files import TrainingData
from epee_trainer.data.rows import Row
from epee_trainer.recipes.clinical_notes.tasks import clinical_tasks
from epee_trainer.training.batches import epoch_batches
from epee_trainer.training.config import TrainConfig


def test_the_mixture_is_cut_into_batches_as_before() -> None:
    """`plan` of a checkpoint is compared with this: another order would refuse to resume runs of
    older versions."""

    def rows(task: str, sizes: range) -> list[Row]:
        return [Row(task, [0] * size) for size in sizes]

    data = TrainingData(
        {
            "events": rows("events", range(5, 60)),
            "negatives": rows("events", range(3, 40)),
            "abstracts": [],
            "relations": rows("relations", range(9, 70)),
            "sections": [],
        },
        {},
    )
    config = TrainConfig("x", "d", "r", 1, batchTokens=256, rowsPerEpoch={"negatives": 10})
    found = epoch_batches(data, config, 3)
    assert [(batch[0].task, len(batch), max(row.length for row in batch)) for batch in found[:4]] == [
        ("events", 8, 30),
        ("relations", 9, 28),
        ("events", 5, 50),
        ("relations", 3, 66),
    ]
    assert len(found) == 22
    assert sum(map(len, found)) == 55 + 10 + 61
    assert {task.name for task in clinical_tasks().tasks} == {"sections", "facts", "relations"}
