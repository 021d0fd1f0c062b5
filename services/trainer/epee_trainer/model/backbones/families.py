"""The families by name, and encoders from folders and configurations."""

import json
from pathlib import Path
from typing import Any

from transformers import PretrainedConfig, PreTrainedModel

from .albert import Albert
from .bert import Bert
from .family import Backbone
from .gpt2 import Gpt2
from .vit import Vit

FAMILIES: dict[str, Backbone] = {family.family: family for family in (Bert(), Albert(), Gpt2(), Vit())}
"""What `family` may be in a training config, and `model_type` in a Hugging Face config.json."""


def backbone_of(config: PretrainedConfig) -> Backbone:
    """The family of an encoder's configuration. Raises ValueError for one that is not supported."""
    return _known(config.model_type, "config.json: model_type")


def family_of_folder(folder: Path) -> Backbone:
    """The family of a Hugging Face folder. Raises FileNotFoundError, ValueError (unknown)."""
    if not (folder / "config.json").exists():
        raise FileNotFoundError(f"{folder / 'config.json'} is missing: name a Hugging Face folder, or fetch one with fetch-base")
    return _known(json.loads((folder / "config.json").read_text()).get("model_type", "bert"), f"{folder / 'config.json'}: model_type")


def load_encoder(folder: Path) -> PreTrainedModel:
    """The encoder of a Hugging Face folder, without its pooler or task heads, without dropout in
    attention. Raises ValueError for one that the graphs do not cover."""
    family = family_of_folder(folder)
    family.check(family.config_class.from_pretrained(str(folder)))
    return family.load(str(folder), **dict.fromkeys(family.attention_dropout_keys, 0.0))


def empty_encoder(config: dict[str, Any]) -> PreTrainedModel:
    """An encoder with random weights from a config.json. Raises ValueError like `load_encoder`."""
    family = _known(config.get("model_type", "bert"), "config.json: model_type")
    read = family.config_class(**config)
    family.check(read)
    return family.empty(read)


def _known(name: str, where: str) -> Backbone:
    if name not in FAMILIES:
        raise ValueError(f"{where} is {name!r}; known are {', '.join(FAMILIES)}")
    return FAMILIES[name]
