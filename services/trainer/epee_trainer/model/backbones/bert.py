"""BERT (Devlin et al. 2019): post-norm, both directions, [CLS]."""

from __future__ import annotations

from collections.abc import Iterator

from torch import Tensor, nn
from transformers import BertConfig, BertModel

from .family import Backbone, added_to_scores
from .parts import Part, linear, norm, table, vector
from .sizes import Sizes

EMBEDDINGS = [
    table("embeddings.word", "embeddings.word_embeddings.weight"),
    table("embeddings.position", "embeddings.position_embeddings.weight"),
    vector("embeddings.type", "embeddings.token_type_embeddings.weight"),
    norm("embeddings.norm", "embeddings.LayerNorm"),
]


class Bert(Backbone):
    """A layer of its own for each depth."""

    family = "bert"
    config_class = BertConfig
    model_class = BertModel
    special_tokens = {"cls": ("[CLS]",), "sep": ("[SEP]",), "pad": ("[PAD]",), "mask": ("[MASK]",)}

    def config_of(self, sizes: Sizes) -> BertConfig:
        return BertConfig(
            vocab_size=sizes.vocabulary,
            hidden_size=sizes.hidden,
            num_hidden_layers=sizes.layers,
            num_attention_heads=sizes.heads,
            intermediate_size=sizes.feed_forward,
            max_position_embeddings=sizes.positions,
            hidden_dropout_prob=sizes.dropout,
            attention_probs_dropout_prob=0.0,
        )

    def walk(self, encoder: BertModel, inputs: Tensor, mask: Tensor | None = None) -> Iterator[Tensor]:
        states, added = encoder.embeddings(input_ids=inputs), added_to_scores(mask)
        for layer in encoder.encoder.layer:
            states = layer(states, added)
            states = states[0] if isinstance(states, tuple) else states
            yield states

    def blocks(self, encoder: BertModel) -> list[nn.Module]:
        return [encoder.encoder]

    def layer_names(self, config: BertConfig) -> list[str]:
        return [f"layer.{layer}" for layer in range(config.num_hidden_layers)]

    def embedding_parts(self) -> list[Part]:
        return EMBEDDINGS

    def layer_parts(self, config: BertConfig, layer: int) -> list[Part]:
        name, source = f"layer.{layer}", f"encoder.layer.{layer}"
        return [
            linear(f"{name}.qkv", *(f"{source}.attention.self.{part}" for part in ("query", "key", "value"))),
            linear(f"{name}.attention_out", f"{source}.attention.output.dense"),
            linear(f"{name}.intermediate", f"{source}.intermediate.dense"),
            linear(f"{name}.output", f"{source}.output.dense"),
            norm(f"{name}.attention_norm", f"{source}.attention.output.LayerNorm"),
            norm(f"{name}.output_norm", f"{source}.output.LayerNorm"),
        ]
