"""BERT (Devlin et al. 2019): post-norm, both directions, [CLS]."""

from collections.abc import Sequence
from typing import ClassVar

from torch import Tensor, nn
from transformers import BertConfig, BertModel

from .family import Backbone, common_keys
from .parts import Part, layer, norm, table, vector
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
    special_tokens: ClassVar = {"cls": ("[CLS]",), "sep": ("[SEP]",), "pad": ("[PAD]",), "mask": ("[MASK]",)}

    def config_of(self, sizes: Sizes) -> BertConfig:
        return BertConfig(vocab_size=sizes.vocabulary, max_position_embeddings=sizes.positions, **common_keys(sizes))

    def _embedded(self, encoder: BertModel, inputs: Tensor) -> Tensor:
        return encoder.embeddings(input_ids=inputs)

    def _layers(self, encoder: BertModel) -> Sequence[nn.Module]:
        return encoder.encoder.layer

    def embedding_parts(self) -> list[Part]:
        return EMBEDDINGS

    def layer_parts(self, config: BertConfig, number: int) -> list[Part]:
        source = f"encoder.layer.{number}"
        attention = f"{source}.attention"
        return layer(
            f"layer.{number}",
            qkv=tuple(f"{attention}.self.{part}" for part in ("query", "key", "value")),
            linears=(f"{attention}.output.dense", f"{source}.intermediate.dense", f"{source}.output.dense"),
            norms=(f"{attention}.output.LayerNorm", f"{source}.output.LayerNorm"),
        )
