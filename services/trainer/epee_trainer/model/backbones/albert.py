"""ALBERT (Lan et al. 2020): BERT whose layers share their weights, with narrow embeddings that one matrix widens."""

from __future__ import annotations

from collections.abc import Iterator

from torch import Tensor, nn
from transformers import AlbertConfig, AlbertModel

from .bert import EMBEDDINGS
from .family import Backbone, added_to_scores
from .parts import Part, linear, norm
from .sizes import Sizes


class Albert(Backbone):
    """One group of weights for all layers (or several groups, each for neighbouring layers)."""

    family = "albert"
    config_class = AlbertConfig
    model_class = AlbertModel
    special_tokens = {"cls": ("[CLS]",), "sep": ("[SEP]",), "pad": ("<pad>", "[PAD]"), "mask": ("[MASK]",)}

    def config_of(self, sizes: Sizes) -> AlbertConfig:
        return AlbertConfig(
            vocab_size=sizes.vocabulary,
            embedding_size=sizes.embedding,
            hidden_size=sizes.hidden,
            num_hidden_layers=sizes.layers,
            num_attention_heads=sizes.heads,
            intermediate_size=sizes.feed_forward,
            max_position_embeddings=sizes.positions,
            hidden_dropout_prob=sizes.dropout,
            attention_probs_dropout_prob=0.0,
        )

    def check(self, config: AlbertConfig) -> None:
        super().check(config)
        if config.inner_group_num != 1:
            raise ValueError(f"config.json: inner_group_num must be 1, not {config.inner_group_num}: a layer would be several, with one exit")

    def walk(self, encoder: AlbertModel, inputs: Tensor, mask: Tensor | None = None) -> Iterator[Tensor]:
        added = added_to_scores(mask)
        states = encoder.encoder.embedding_hidden_mapping_in(encoder.embeddings(inputs))
        for layer in range(encoder.config.num_hidden_layers):
            states = encoder.encoder.albert_layer_groups[_group(encoder.config, layer)](states, added)
            states = states[0] if isinstance(states, tuple) else states
            yield states

    def blocks(self, encoder: AlbertModel) -> list[nn.Module]:
        return [encoder.encoder]

    def layer_names(self, config: AlbertConfig) -> list[str]:
        return [f"group.{_group(config, layer)}" for layer in range(config.num_hidden_layers)]

    def embedding_parts(self) -> list[Part]:
        return [*EMBEDDINGS, linear("embeddings.widen", "encoder.embedding_hidden_mapping_in")]

    def layer_parts(self, config: AlbertConfig, layer: int) -> list[Part]:
        group = _group(config, layer)
        name, source = f"group.{group}", f"encoder.albert_layer_groups.{group}.albert_layers.0"
        return [
            linear(f"{name}.qkv", *(f"{source}.attention.{part}" for part in ("query", "key", "value"))),
            linear(f"{name}.attention_out", f"{source}.attention.dense"),
            linear(f"{name}.intermediate", f"{source}.ffn"),
            linear(f"{name}.output", f"{source}.ffn_output"),
            norm(f"{name}.attention_norm", f"{source}.attention.LayerNorm"),
            norm(f"{name}.output_norm", f"{source}.full_layer_layer_norm"),
        ]


def _group(config: AlbertConfig, layer: int) -> int:
    """The group of weights that a layer uses, as `transformers` counts."""
    return int(layer / (config.num_hidden_layers / config.num_hidden_groups))
