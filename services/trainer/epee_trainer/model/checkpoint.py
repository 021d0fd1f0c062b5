"""A trained model on disk: RUN/config.json (encoder), RUN/tasks.json, RUN/tokenizer.json (text), RUN/model.safetensors, RUN/training.json."""

import json
import shutil
from pathlib import Path
from typing import Any

from safetensors.torch import load_file, save_file

from .backbones import ImageForm, empty_encoder
from .multi_exit import MultiExitModel
from .tasks import TaskSet


def save_model(model: MultiExitModel, folder: Path, *, tokenizer: Path | None, training: dict[str, Any]) -> None:
    """Writes the model and what describes it; the weights last, under a temporary name first, so that a half-written folder never loads."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.json").write_text(json.dumps(model.encoder.config.to_dict(), indent=1, default=str))
    image = {} if model.image is None else {"image": model.image.to_json()}
    (folder / "tasks.json").write_text(json.dumps({"pooledWidth": model.pooled_width, **image, "tasks": model.tasks.to_json()}, indent=1))
    (folder / "training.json").write_text(json.dumps(training, indent=1))
    if tokenizer is not None and tokenizer.resolve() != (folder / "tokenizer.json").resolve():
        shutil.copyfile(tokenizer, folder / "tokenizer.json")
    partial = folder / "model.safetensors.partial"
    save_file({name: tensor.contiguous() for name, tensor in model.state_dict().items()}, str(partial))
    partial.replace(folder / "model.safetensors")


def load_any(folder: Path, key: str = "model") -> MultiExitModel:
    """The model of a run folder or of a model package (told by its manifest.json), in evaluation mode. Raises FileNotFoundError naming `key`, the key of the
    training config that names the folder, if it is neither."""
    if not any((folder / name).exists() for name in ("manifest.json", "model.safetensors")):
        raise FileNotFoundError(f"{key} {folder} is neither a finished run (model.safetensors) nor a model package (manifest.json)")
    from epee_trainer.export.reading import load_package  # needs onnx; training from a base does not

    return load_package(folder) if (folder / "manifest.json").exists() else load_model(folder)


def start_from(folder: Path, tasks: TaskSet) -> MultiExitModel:
    """A model to train on, with the weights of a run or a package. Raises ValueError where it was made for other tasks."""
    source = load_any(folder)
    if source.tasks.to_json() != tasks.to_json():
        raise ValueError(f"{folder} was trained for other tasks or labels; train from `base` alone")
    config = {**source.encoder.config.to_dict(), **dict.fromkeys(source.backbone.attention_dropout_keys, 0.0)}
    model = MultiExitModel(empty_encoder(config), tasks, source.pooled_width, source.image)
    model.load_state_dict(source.state_dict())
    return model


def load_model(folder: Path) -> MultiExitModel:
    """The model of a run folder, in evaluation mode. Raises FileNotFoundError naming what is missing."""
    described = json.loads((folder / "tasks.json").read_text())
    encoder = empty_encoder(json.loads((folder / "config.json").read_text()))
    image = ImageForm.from_json(described["image"]) if "image" in described else None
    model = MultiExitModel(encoder, TaskSet.from_json(described["tasks"]), described["pooledWidth"], image)
    model.load_state_dict(load_file(str(folder / "model.safetensors")))
    return model.eval()
