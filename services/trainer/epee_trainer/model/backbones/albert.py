"""ALBERT (Lan et al. 2020): BERT with shared layers and narrow embeddings that a matrix widens."""

from collections.abc import Sequence
from typing import ClassVar

from torch import Tensor, nn
from transformers import AlbertConfig, AlbertModel

from .bert import EMBEDDINGS
from .family import Backbone, common_keys
from .parts import Part, layer, linear
from .sizes import Sizes


class Albert(Backbone):
    """One group of weights for all layers (or several groups, each for neighbouring layers)."""

    family = "albert"
    config_class = AlbertConfig
    model_class = AlbertModel
    special_tokens: ClassVar = {"cls": ("[CLS]",), "sep": ("[SEP]",), "pad": ("<pad>", "[PAD]"), "mask": ("[MASK]",)}

    def config_of(self, sizes: Sizes) -> AlbertConfig:
        text = {"vocab_size": sizes.vocabulary, "max_position_embeddings": sizes.positions, "embedding_size": sizes.embedding}
        return AlbertConfig(**text, **common_keys(sizes))

    def check(self, config: AlbertConfig) -> None:
        super().check(config)
        if config.inner_group_num != 1:
            inner = config.inner_group_num
            raise ValueError(f"config.json: inner_group_num must be 1, not {inner}: a layer would be several, with one exit")

    def _embedded(self, encoder: AlbertModel, inputs: Tensor) -> Tensor:
        return encoder.encoder.embedding_hidden_mapping_in(encoder.embeddings(inputs))

    def _layers(self, encoder: AlbertModel) -> Sequence[nn.Module]:
        config, groups = encoder.config, encoder.encoder.albert_layer_groups
        return [groups[_group(config, number)] for number in range(config.num_hidden_layers)]

    def layer_names(self, config: AlbertConfig) -> list[str]:
        return [f"group.{_group(config, number)}" for number in range(config.num_hidden_layers)]

    def embedding_parts(self) -> list[Part]:
        return [*EMBEDDINGS, linear("embeddings.widen", "encoder.embedding_hidden_mapping_in")]

    def layer_parts(self, config: AlbertConfig, number: int) -> list[Part]:
        group = _group(config, number)
        source = f"encoder.albert_layer_groups.{group}.albert_layers.0"
        return layer(
            f"group.{group}",
            qkv=tuple(f"{source}.attention.{part}" for part in ("query", "key", "value")),
            linears=(f"{source}.attention.dense", f"{source}.ffn", f"{source}.ffn_output"),
            norms=(f"{source}.attention.LayerNorm", f"{source}.full_layer_layer_norm"),
        )


def _group(config: AlbertConfig, number: int) -> int:
    """The group of weights that a layer uses, as `transformers` counts."""
    return int(number / (config.num_hidden_layers / config.num_hidden_groups))
