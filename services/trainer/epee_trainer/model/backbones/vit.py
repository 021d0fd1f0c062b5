"""ViT (Dosovitskiy et al. 2021): an image as a row of patches with [CLS] before them, pre-norm, both directions, no mask."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from torch import Tensor, nn
from transformers import ViTConfig, ViTModel

from .family import Backbone
from .parts import Part, linear, norm, table, vector
from .sizes import Sizes


class Vit(Backbone):
    """Images of one size."""

    family = "vit"
    config_class = ViTConfig
    model_class = ViTModel
    reads_images = True
    final_norm = True

    def config_of(self, sizes: Sizes) -> ViTConfig:
        image = sizes.image
        return ViTConfig(
            hidden_size=sizes.hidden,
            num_hidden_layers=sizes.layers,
            num_attention_heads=sizes.heads,
            intermediate_size=sizes.feed_forward,
            image_size=image.width if image.width == image.height else [image.height, image.width],
            patch_size=image.patch,
            num_channels=image.channels,
            hidden_dropout_prob=sizes.dropout,
            attention_probs_dropout_prob=0.0,
        )

    def image_size(self, config: ViTConfig) -> tuple[int, int, int, int]:
        size = config.image_size
        height, width = size if isinstance(size, (list, tuple)) else (size, size)
        return width, height, config.num_channels, config.patch_size

    def check(self, config: ViTConfig) -> None:
        super().check(config)
        width, height, channels, patch = self.image_size(config)
        if width % patch or height % patch:
            raise ValueError(f"config.json: patch_size {patch} does not divide an image of {width} x {height} pixels")
        if channels not in (1, 3):
            raise ValueError(f"config.json: num_channels must be 1 (grey) or 3 (colour), not {channels}")
        if width * height < 2 * patch * patch:
            raise ValueError(f"config.json: patch_size {patch} leaves fewer than two patches of an image of {width} x {height} pixels")

    def _run(self, encoder: ViTModel, inputs: Tensor, mask: Tensor | None) -> Any:
        return encoder(pixel_values=inputs, output_hidden_states=True)

    def walk(self, encoder: ViTModel, inputs: Tensor, mask: Tensor | None = None) -> Iterator[Tensor]:
        states = encoder.embeddings(inputs)
        for number, layer in enumerate(encoder.layers, start=1):
            states = layer(states)
            states = states[0] if isinstance(states, tuple) else states
            yield encoder.layernorm(states) if number == len(encoder.layers) else states

    def blocks(self, encoder: ViTModel) -> list[nn.Module]:
        return list(encoder.layers)

    def layer_names(self, config: ViTConfig) -> list[str]:
        return [f"layer.{layer}" for layer in range(config.num_hidden_layers)]

    def embedding_parts(self) -> list[Part]:
        return [
            linear("embeddings.patch", "embeddings.patch_embeddings.projection"),
            vector("embeddings.cls", "embeddings.cls_token"),
            table("embeddings.position", "embeddings.position_embeddings"),
        ]

    def layer_parts(self, config: ViTConfig, layer: int) -> list[Part]:
        name, source = f"layer.{layer}", f"layers.{layer}"
        return [
            linear(f"{name}.qkv", *(f"{source}.attention.{part}_proj" for part in "qkv")),
            linear(f"{name}.attention_out", f"{source}.attention.o_proj"),
            linear(f"{name}.intermediate", f"{source}.mlp.fc1"),
            linear(f"{name}.output", f"{source}.mlp.fc2"),
            norm(f"{name}.attention_norm", f"{source}.layernorm_before"),
            norm(f"{name}.output_norm", f"{source}.layernorm_after"),
        ]

    def final_parts(self) -> list[Part]:
        return [norm("final_norm", "layernorm")]
