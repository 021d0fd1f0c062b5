"""Teachers of the same family or another."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from epee_trainer.training.config import TrainConfig
from epee_trainer.training.loss import hard_labels
from epee_trainer.training.train import Trainer
from tests.support.made_data import image_keys, source, write_config


@pytest.mark.parametrize("teacher_family,student_family", [("bert", "gpt2"), ("gpt2", "albert"), ("vit", "vit")])
def test_a_model_of_another_family_teaches(teacher_family: str, student_family: str, data: Path, tmp_path: Path) -> None:
    tasks = [source("light", "image")] if teacher_family == "vit" else [source("mood", "classification"), source("pairs", "relation")]
    Trainer(
        TrainConfig.read(write_config(tmp_path / "teacher", data, family=teacher_family, tasks=tasks, **image_keys(teacher_family))),
        say=lambda _: None,
    ).train()
    path = write_config(
        tmp_path / "student", data, family=student_family, tasks=tasks, teacher="../teacher/run", **image_keys(student_family)
    )
    trainer = Trainer(TrainConfig.read(path), say=lambda _: None)
    rows = [row for rows in trainer.data.training.values() for row in rows]
    assert all(row.soft is not None and row.soft.sum() == pytest.approx(1, abs=1e-5) for row in rows)
    assert trainer._soft(rows[:3])[0].shape == (3, 2)
    trainer.train()


def test_a_teacher_of_another_family_teaches_tags_on_the_words_that_both_cut_alike(data: Path, tmp_path: Path) -> None:
    tasks = [source("events", "event")]
    Trainer(TrainConfig.read(write_config(tmp_path / "teacher", data, family="bert", tasks=tasks)), say=lambda _: None).train()
    path = write_config(tmp_path / "student", data, family="albert", tasks=tasks, teacher="../teacher/run", teacherShare=1)
    trainer = Trainer(TrainConfig.read(path), say=lambda _: None)
    [row, *_] = trainer.data.training["events"]
    groups = len(trainer.model.tasks.groups)
    assert row.soft.shape == (len(row.words), trainer.model.tasks.tag_labels)
    assert row.soft.sum(-1) == pytest.approx(groups, abs=1e-4)
    unread = replace(row, soft=np.where(np.arange(len(row.words))[:, None] == 0, np.nan, row.soft))
    soft, share = trainer._soft([row, unread, replace(row, soft=None)])
    assert share == 1 and soft.shape == (3 * len(row.words), trainer.model.tasks.tag_labels)
    labelled = torch.from_numpy(hard_labels(row, trainer.model.tasks["events"]))
    assert torch.equal(soft[len(row.words)], labelled[0]) and torch.equal(soft[-len(row.words) :], labelled)
    assert not torch.equal(labelled, soft[: len(row.words)])
    trainer.train()


def test_a_teacher_has_to_know_the_task_and_its_labels(data: Path, tmp_path: Path) -> None:
    tasks = [source("mood", "classification")]
    Trainer(TrainConfig.read(write_config(tmp_path / "teacher", data, family="bert", tasks=tasks)), say=lambda _: None).train()
    for other, message in (
        ([source("else", "classification")], "has no task 'else', only mood"),
        ([source("mood", "classification", labels=["good", "bad", "odd"])], "lacks the labels odd"),
    ):
        path = write_config(tmp_path / "student", data, family="gpt2", tasks=other, teacher="../teacher/run")
        with pytest.raises(ValueError, match=message):
            Trainer(TrainConfig.read(path), say=lambda _: None)
    path = write_config(tmp_path / "student", data, family="gpt2", tasks=tasks, teacher="../nowhere")
    with pytest.raises(FileNotFoundError, match=r"neither a finished run.*nor a model package"):
        Trainer(TrainConfig.read(path), say=lambda _: None)
