"""GPT-2 (Radford et al. 2019): causal and pre-norm."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from torch import Tensor, nn
from transformers import GPT2Config, GPT2Model

from .family import Backbone, positions_like
from .parts import Part, linear, norm, table
from .sizes import Sizes


class Gpt2(Backbone):
    """Rows begin and end with <|endoftext|>, so that the last real token has seen the whole text."""

    family = "gpt2"
    config_class = GPT2Config
    model_class = GPT2Model
    causal = True
    final_norm = True
    special_tokens = {name: ("<|endoftext|>",) for name in ("cls", "sep", "pad")}
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
        return config.activation_function

    def norm_epsilon(self, config: GPT2Config) -> float:
        return config.layer_norm_epsilon

    def _run(self, encoder: GPT2Model, inputs: Tensor, mask: Tensor | None) -> Any:
        return encoder(input_ids=inputs, attention_mask=mask, output_hidden_states=True, use_cache=False)

    def walk(self, encoder: GPT2Model, inputs: Tensor, mask: Tensor | None = None) -> Iterator[Tensor]:
        # No token sees padding behind it, so the mask changes nothing.
        states = encoder.drop(encoder.wte(inputs) + encoder.wpe(positions_like(inputs)))
        for layer, block in enumerate(encoder.h, start=1):
            states = block(states)
            states = states[0] if isinstance(states, tuple) else states
            yield encoder.ln_f(states) if layer == len(encoder.h) else states

    def blocks(self, encoder: GPT2Model) -> list[nn.Module]:
        return list(encoder.h)

    def empty(self, config: GPT2Config) -> GPT2Model:
        return GPT2Model(config)

    def load(self, folder: str, **changes: Any) -> GPT2Model:
        return GPT2Model.from_pretrained(folder, **changes)

    def layer_names(self, config: GPT2Config) -> list[str]:
        return [f"layer.{layer}" for layer in range(config.num_hidden_layers)]

    def embedding_parts(self) -> list[Part]:
        return [table("embeddings.word", "wte.weight"), table("embeddings.position", "wpe.weight")]

    def layer_parts(self, config: GPT2Config, layer: int) -> list[Part]:
        name, source = f"layer.{layer}", f"h.{layer}"
        return [
            linear(f"{name}.qkv", f"{source}.attn.c_attn", transposed=True),
            linear(f"{name}.attention_out", f"{source}.attn.c_proj", transposed=True),
            linear(f"{name}.intermediate", f"{source}.mlp.c_fc", transposed=True),
            linear(f"{name}.output", f"{source}.mlp.c_proj", transposed=True),
            norm(f"{name}.attention_norm", f"{source}.ln_1"),
            norm(f"{name}.output_norm", f"{source}.ln_2"),
        ]

    def final_parts(self) -> list[Part]:
        return [norm("final_norm", "ln_f")]
