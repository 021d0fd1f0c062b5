"""Training on from a run folder or a model package."""

from pathlib import Path

import pytest
import torch
from conftest import Tiny

from epee_trainer.model.checkpoint import load_any, save_model, start_from
from epee_trainer.export.tiny import tiny_tasks, tiny_tokenizer
from epee_trainer.recipes.clinical_notes.mixture import clinical_tasks
from epee_trainer.training.train import TrainConfig


def test_training_goes_on_from_a_package(tiny: Tiny) -> None:
    model = start_from(tiny.folder, tiny_tasks())
    shipped = load_any(tiny.folder).state_dict()
    assert all(torch.equal(tensor, shipped[name]) for name, tensor in model.state_dict().items())
    assert model.encoder.config.attention_probs_dropout_prob == 0.0
    assert all(parameter.requires_grad for parameter in model.parameters())


def test_training_goes_on_from_a_run(tiny: Tiny, tmp_path: Path) -> None:
    tokenizer = tmp_path / "tokenizer.json"
    tiny_tokenizer().save(str(tokenizer))
    save_model(tiny.model, tmp_path / "run", tokenizer=tokenizer, training={})
    model = start_from(tmp_path / "run", tiny_tasks())
    assert all(torch.equal(tensor, tiny.model.state_dict()[name]) for name, tensor in model.state_dict().items())


def test_a_model_of_other_tasks_is_refused(tiny: Tiny) -> None:
    with pytest.raises(ValueError, match="other tasks"):
        start_from(tiny.folder, clinical_tasks())


def test_paths_of_a_configuration_are_relative_to_it(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text('{"name": "a", "base": "base", "data": "data", "run": "run", "epochs": 1, "init": "../package"}')
    config = TrainConfig.read(tmp_path / "a.json")
    assert config.init == str((tmp_path / "../package").resolve())
    assert config.abstracts == 0


def test_every_configuration_can_be_read() -> None:
    for path in (Path(__file__).parents[2] / "epee_trainer" / "recipes").glob("*.json"):
        assert TrainConfig.read(path).epochs > 0
