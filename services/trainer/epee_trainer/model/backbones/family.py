"""What the trainer and the exporter need to know of a family."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor, nn
from transformers import PretrainedConfig, PreTrainedModel

from .parts import Part
from .sizes import ImageForm, Sizes

ACTIVATIONS = {"gelu": "Gelu", "gelu_new": "FastGelu", "gelu_pytorch_tanh": "FastGelu"}
"""Activations that the exit graphs know: name in config.json, fused operator."""


class Backbone(ABC):
    """One family. `states` are what the exit heads read: `hidden_states` of `transformers` after each layer, the last one with the encoder's final norm
    where the family has one (GPT-2, ViT), so `last_hidden_state`."""

    family: str
    config_class: type[PretrainedConfig]
    model_class: type[PreTrainedModel]
    reads_images = False
    causal = False
    """Whether a token sees those before it alone. Pooled heads then read the last real token instead of the first, and words cannot be tagged."""
    final_norm = False
    special_tokens: dict[str, tuple[str, ...]] = {}
    """Names that the family's vocabularies give to `cls`, `sep`, `pad` and `mask`, most usual first."""
    attention_dropout_keys: tuple[str, ...] = ("attention_probs_dropout_prob",)

    @abstractmethod
    def config_of(self, sizes: Sizes) -> PretrainedConfig:
        """The configuration of an encoder of these sizes."""

    def check(self, config: PretrainedConfig) -> None:
        """Raises ValueError, naming the key, for an encoder that the exit graphs do not cover."""
        act = self.activation(config)
        if act not in ACTIVATIONS:
            raise ValueError(f"config.json: the activation must be one of {', '.join(ACTIVATIONS)}, not {act!r}")
        if config.hidden_size % config.num_attention_heads:
            raise ValueError(f"config.json: hidden size {config.hidden_size} is no multiple of {config.num_attention_heads} attention heads")

    def activation(self, config: PretrainedConfig) -> str:
        """Name of the feed-forward layers' activation."""
        return config.hidden_act

    def norm_epsilon(self, config: PretrainedConfig) -> float:
        """What layer norms add to the variance."""
        return config.layer_norm_eps

    def image_size(self, config: PretrainedConfig) -> tuple[int, int, int, int] | None:
        """Width, height, channels and patch of an image encoder."""
        return None

    def states(self, encoder: PreTrainedModel, inputs: Tensor, mask: Tensor | None) -> list[Tensor]:
        """States after each layer, L times [B, S, H]."""
        output = self._run(encoder, inputs, mask)
        return [*output.hidden_states[1:-1], output.last_hidden_state]

    def _run(self, encoder: PreTrainedModel, inputs: Tensor, mask: Tensor | None) -> Any:
        return encoder(input_ids=inputs, attention_mask=mask, output_hidden_states=True)

    @abstractmethod
    def walk(self, encoder: PreTrainedModel, inputs: Tensor, mask: Tensor | None = None) -> Iterator[Tensor]:
        """`states`, layer by layer: what comes after the last one taken is never computed. `mask` [B, S] is 1 at real tokens, 0 at padding behind them;
        without it there is no padding."""

    @abstractmethod
    def blocks(self, encoder: PreTrainedModel) -> list[nn.Module]:
        """Modules that hold the layers, for `torch.compile`."""

    @abstractmethod
    def layer_names(self, config: PretrainedConfig) -> list[str]:
        """Name of each layer's weights in the weight file; layers that share weights share the name."""

    @abstractmethod
    def embedding_parts(self) -> list[Part]:
        """Tensors before the first layer."""

    @abstractmethod
    def layer_parts(self, config: PretrainedConfig, layer: int) -> list[Part]:
        """Tensors of a layer, under `layer_names`."""

    def final_parts(self) -> list[Part]:
        """Tensors after the last layer."""
        return []

    def parts(self, config: PretrainedConfig, layer: int) -> list[Part]:
        """`layer_parts`, or nothing where an earlier layer has the same weights."""
        names = self.layer_names(config)
        return [] if names[layer] in names[:layer] else self.layer_parts(config, layer)

    def empty(self, config: PretrainedConfig) -> PreTrainedModel:
        """An encoder with random weights."""
        return self.model_class(config, add_pooling_layer=False)

    def load(self, folder: str, **changes: Any) -> PreTrainedModel:
        """An encoder with the weights of a Hugging Face folder."""
        return self.model_class.from_pretrained(folder, add_pooling_layer=False, **changes)

    def form(self, config: PretrainedConfig, mean: tuple[float, ...], std: tuple[float, ...]) -> ImageForm:
        """The image form of an encoder that reads images."""
        width, height, channels, patch = self.image_size(config)
        return ImageForm(width, height, channels, patch, mean, std)


def positions_like(ids: Tensor) -> Tensor:
    """Positions from 0 for rows [B, S]."""
    return torch.arange(ids.shape[1], device=ids.device).unsqueeze(0)


def added_to_scores(mask: Tensor | None) -> Tensor | None:
    """A mask [B, S] of ones and zeros as float [B, 1, 1, S], to be added to attention scores: nothing at ones, the lowest number at zeros."""
    return None if mask is None else (1.0 - mask[:, None, None, :].float()) * torch.finfo(torch.float32).min
