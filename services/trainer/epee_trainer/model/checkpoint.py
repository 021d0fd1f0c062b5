"""A trained model on disk: RUN/config.json (encoder), RUN/tasks.json, RUN/tokenizer.json (text),
RUN/model.safetensors, RUN/training.json."""

import json
import shutil
from pathlib import Path
from typing import Any

from safetensors.torch import load_file, save_file

from .backbones import ImageForm, empty_encoder
from .multi_exit import MultiExitModel
from .tasks import TaskSet


def save_model(model: MultiExitModel, folder: Path, *, tokenizer: Path | None, training: dict[str, Any]) -> None:
    """Writes the model and what describes it. The weights come last, under a temporary name first,
    so that a half-written folder never loads."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.json").write_text(json.dumps(model.encoder.config.to_dict(), indent=1, default=str))
    image = {} if model.image is None else {"image": model.image.to_json()}
    described = {"pooledWidth": model.pooled_width, **image, "tasks": model.tasks.to_json()}
    (folder / "tasks.json").write_text(json.dumps(described, indent=1))
    (folder / "training.json").write_text(json.dumps(training, indent=1))
    if tokenizer is not None and tokenizer.resolve() != (folder / "tokenizer.json").resolve():
        shutil.copyfile(tokenizer, folder / "tokenizer.json")
    partial = folder / "model.safetensors.partial"
    save_file({name: tensor.contiguous() for name, tensor in model.state_dict().items()}, str(partial))
    partial.replace(folder / "model.safetensors")


def load_model(folder: Path) -> MultiExitModel:
    """The model of a run folder, in evaluation mode. Raises FileNotFoundError."""
    described = json.loads((folder / "tasks.json").read_text())
    encoder = empty_encoder(json.loads((folder / "config.json").read_text()))
    image = ImageForm.from_json(described["image"]) if "image" in described else None
    model = MultiExitModel(encoder, TaskSet.from_json(described["tasks"]), described["pooledWidth"], image)
    model.load_state_dict(load_file(str(folder / "model.safetensors")))
    return model.eval()
