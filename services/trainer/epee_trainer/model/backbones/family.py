"""What the trainer and the exporter need to know of a family."""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from typing import Any, ClassVar

import torch
from torch import Tensor, nn
from transformers import PretrainedConfig, PreTrainedModel

from .parts import Part
from .sizes import ImageForm, Sizes

ACTIVATIONS = {"gelu": "Gelu", "gelu_new": "FastGelu", "gelu_pytorch_tanh": "FastGelu"}
"""Activations that the exit graphs know: name in config.json, fused operator."""


class Backbone(ABC):
    """One family. `states` are what the exit heads read: `hidden_states` of `transformers` after
    each layer, the last one with the encoder's final norm where the family has one (GPT-2, ViT), as
    `last_hidden_state` has it."""

    family: str
    config_class: type[PretrainedConfig]
    model_class: type[PreTrainedModel]
    reads_images = False
    causal = False
    """Whether a token sees only those before it. Pooled heads then read the last real token instead
    of the first, and words cannot be tagged."""
    final_norm = False
    special_tokens: ClassVar[dict[str, tuple[str, ...]]] = {}
    """Names of `cls`, `sep`, `pad` and `mask` in the family's vocabularies, usual ones first."""
    attention_dropout_keys: tuple[str, ...] = ("attention_probs_dropout_prob",)

    @abstractmethod
    def config_of(self, sizes: Sizes) -> PretrainedConfig:
        """The configuration of an encoder of these sizes."""

    def check(self, config: PretrainedConfig) -> None:
        """Raises ValueError, naming the key, for an encoder that the exit graphs do not cover."""
        act, hidden, heads = self.activation(config), config.hidden_size, config.num_attention_heads
        if act not in ACTIVATIONS:
            raise ValueError(f"config.json: the activation must be one of {', '.join(ACTIVATIONS)}, not {act!r}")
        if hidden % heads:
            raise ValueError(f"config.json: hidden size {hidden} is no multiple of {heads} attention heads")

    def activation(self, config: PretrainedConfig) -> str:
        """Name of the feed-forward layers' activation."""
        return str(config.hidden_act)

    def norm_epsilon(self, config: PretrainedConfig) -> float:
        """What layer norms add to the variance."""
        return float(config.layer_norm_eps)

    def form(self, config: PretrainedConfig, mean: tuple[float, ...], std: tuple[float, ...]) -> ImageForm:
        """The image form of an encoder that reads images. Raises TypeError for text."""
        raise TypeError(f"{self.family} reads text")

    def states(self, encoder: PreTrainedModel, inputs: Tensor, mask: Tensor | None) -> list[Tensor]:
        """States after each layer, L times [B, S, H]."""
        output = self._run(encoder, inputs, mask)
        return [*output.hidden_states[1:-1], output.last_hidden_state]

    def _run(self, encoder: PreTrainedModel, inputs: Tensor, mask: Tensor | None) -> Any:
        return encoder(input_ids=inputs, attention_mask=mask, output_hidden_states=True)

    def walk(self, encoder: PreTrainedModel, inputs: Tensor, mask: Tensor | None = None) -> Iterator[Tensor]:
        """`states`, layer by layer: what comes after the last one taken is never computed. `mask`
        [B, S] is 1 at real tokens, 0 at padding behind them; without it there is no padding."""
        states, layers = self._embedded(encoder, inputs), self._layers(encoder)
        # Without a mask, no token sees padding behind it.
        more = () if self.causal or self.reads_images else (_added_to_scores(mask),)
        for number, layer in enumerate(layers, start=1):
            found = layer(states, *more)
            states = found[0] if isinstance(found, tuple) else found
            yield self._finished(encoder, states) if number == len(layers) else states

    @abstractmethod
    def _embedded(self, encoder: PreTrainedModel, inputs: Tensor) -> Tensor:
        """What the first layer reads."""

    @abstractmethod
    def _layers(self, encoder: PreTrainedModel) -> Sequence[nn.Module]:
        """The layers in order; layers that share weights are the same module."""

    def _finished(self, encoder: PreTrainedModel, states: Tensor) -> Tensor:
        """The last layer's states with the final norm, where the family has one."""
        return states

    def blocks(self, encoder: PreTrainedModel) -> list[nn.Module]:
        """Modules that hold the layers, for `torch.compile`."""
        return [encoder.encoder]

    def layer_names(self, config: PretrainedConfig) -> list[str]:
        """Name of each layer's weights in the weight file; one name where layers share weights."""
        return [f"layer.{layer}" for layer in range(config.num_hidden_layers)]

    @abstractmethod
    def embedding_parts(self) -> list[Part]:
        """Tensors before the first layer."""

    @abstractmethod
    def layer_parts(self, config: PretrainedConfig, number: int) -> list[Part]:
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


def common_keys(sizes: Sizes) -> dict[str, Any]:
    """Sizes by the keys that BERT, ALBERT and ViT share in config.json."""
    return {
        "hidden_size": sizes.hidden,
        "num_hidden_layers": sizes.layers,
        "num_attention_heads": sizes.heads,
        "intermediate_size": sizes.feed_forward,
        "hidden_dropout_prob": sizes.dropout,
        "attention_probs_dropout_prob": 0.0,
    }


def _added_to_scores(mask: Tensor | None) -> Tensor | None:
    """A mask [B, S] of ones and zeros as float [B, 1, 1, S], to be added to attention scores:
    nothing at ones, the lowest number at zeros."""
    return None if mask is None else (1.0 - mask[:, None, None, :].float()) * torch.finfo(torch.float32).min
