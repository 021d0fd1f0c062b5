"""GPT-2 (Radford et al. 2019): causal and pre-norm."""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn
from transformers import GPT2Config, GPT2Model

from .family import Backbone
from .parts import Part, layer, norm, table
from .sizes import Sizes


class Gpt2(Backbone):
    """Rows begin and end with <|endoftext|>: the last real token has seen the whole text."""

    family = "gpt2"
    config_class = GPT2Config
    model_class = GPT2Model
    causal = True
    final_norm = True
    special_tokens = dict.fromkeys(("cls", "sep", "pad"), ("<|endoftext|>",))
    attention_dropout_keys = ("attn_pdrop",)

    def config_of(self, sizes: Sizes) -> GPT2Config:
        return GPT2Config(
            vocab_size=sizes.vocabulary,
            n_positions=sizes.positions,
            n_embd=sizes.hidden,
            n_layer=sizes.layers,
            n_head=sizes.heads,
            n_inner=sizes.feed_forward,
            resid_pdrop=sizes.dropout,
            embd_pdrop=sizes.dropout,
            attn_pdrop=0.0,
            bos_token_id=None,
            eos_token_id=None,
        )

    def check(self, config: GPT2Config) -> None:
        super().check(config)
        for key, wanted in (("scale_attn_weights", True), ("scale_attn_by_inverse_layer_idx", False), ("add_cross_attention", False)):
            if getattr(config, key) != wanted:
                raise ValueError(f"config.json: {key} must be {str(wanted).lower()}: the exit graphs know no other attention")

    def activation(self, config: GPT2Config) -> str:
        return str(config.activation_function)

    def norm_epsilon(self, config: GPT2Config) -> float:
        return float(config.layer_norm_epsilon)

    def _run(self, encoder: GPT2Model, inputs: Tensor, mask: Tensor | None) -> Any:
        return encoder(input_ids=inputs, attention_mask=mask, output_hidden_states=True, use_cache=False)

    def _embedded(self, encoder: GPT2Model, inputs: Tensor) -> Tensor:
        positions = torch.arange(inputs.shape[1], device=inputs.device).unsqueeze(0)
        return encoder.drop(encoder.wte(inputs) + encoder.wpe(positions))

    def _layers(self, encoder: GPT2Model) -> Sequence[nn.Module]:
        return encoder.h

    def _finished(self, encoder: GPT2Model, states: Tensor) -> Tensor:
        return encoder.ln_f(states)

    def blocks(self, encoder: GPT2Model) -> list[nn.Module]:
        return list(encoder.h)

    def empty(self, config: GPT2Config) -> GPT2Model:
        return GPT2Model(config)

    def load(self, folder: str, **changes: Any) -> GPT2Model:
        return GPT2Model.from_pretrained(folder, **changes)

    def embedding_parts(self) -> list[Part]:
        return [table("embeddings.word", "wte.weight"), table("embeddings.position", "wpe.weight")]

    def layer_parts(self, config: GPT2Config, number: int) -> list[Part]:
        source = f"h.{number}"
        return layer(
            f"layer.{number}",
            qkv=(f"{source}.attn.c_attn",),
            linears=(f"{source}.attn.c_proj", f"{source}.mlp.c_fc", f"{source}.mlp.c_proj"),
            norms=(f"{source}.ln_1", f"{source}.ln_2"),
            transposed=True,
        )

    def final_parts(self) -> list[Part]:
        return [norm("final_norm", "ln_f")]
