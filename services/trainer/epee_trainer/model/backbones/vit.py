"""ViT (Dosovitskiy et al. 2021): [CLS] and patches of an image, pre-norm, both directions."""

from collections.abc import Sequence
from typing import Any

from torch import Tensor, nn
from transformers import ViTConfig, ViTModel

from .family import Backbone, common_keys
from .parts import Part, layer, linear, norm, table, vector
from .sizes import ImageForm, Sizes


class Vit(Backbone):
    """Images of one size."""

    family = "vit"
    config_class = ViTConfig
    model_class = ViTModel
    reads_images = True
    final_norm = True

    def config_of(self, sizes: Sizes) -> ViTConfig:
        image = sizes.image
        if image is None:
            raise TypeError("a ViT needs the form of its images")
        size = image.width if image.width == image.height else [image.height, image.width]
        return ViTConfig(image_size=size, patch_size=image.patch, num_channels=image.channels, **common_keys(sizes))

    def form(self, config: ViTConfig, mean: tuple[float, ...], std: tuple[float, ...]) -> ImageForm:
        size = config.image_size
        height, width = size if isinstance(size, (list, tuple)) else (size, size)
        return ImageForm(width, height, config.num_channels, config.patch_size, mean, std)

    def check(self, config: ViTConfig) -> None:
        super().check(config)
        image = self.form(config, (), ())
        pixels = f"an image of {image.width} x {image.height} pixels"
        if image.width % image.patch or image.height % image.patch:
            raise ValueError(f"config.json: patch_size {image.patch} does not divide {pixels}")
        if image.channels not in (1, 3):
            raise ValueError(f"config.json: num_channels must be 1 (grey) or 3 (colour), not {image.channels}")
        if image.tokens < 3:
            raise ValueError(f"config.json: patch_size {image.patch} leaves fewer than two patches of {pixels}")

    def _run(self, encoder: ViTModel, inputs: Tensor, mask: Tensor | None) -> Any:
        return encoder(pixel_values=inputs, output_hidden_states=True)

    def _embedded(self, encoder: ViTModel, inputs: Tensor) -> Tensor:
        return encoder.embeddings(inputs)

    def _layers(self, encoder: ViTModel) -> Sequence[nn.Module]:
        return encoder.layers

    def _finished(self, encoder: ViTModel, states: Tensor) -> Tensor:
        return encoder.layernorm(states)

    def blocks(self, encoder: ViTModel) -> list[nn.Module]:
        return list(encoder.layers)

    def embedding_parts(self) -> list[Part]:
        return [
            linear("embeddings.patch", "embeddings.patch_embeddings.projection"),
            vector("embeddings.cls", "embeddings.cls_token"),
            table("embeddings.position", "embeddings.position_embeddings"),
        ]

    def layer_parts(self, config: ViTConfig, number: int) -> list[Part]:
        source = f"layers.{number}"
        return layer(
            f"layer.{number}",
            qkv=tuple(f"{source}.attention.{part}_proj" for part in "qkv"),
            linears=(f"{source}.attention.o_proj", f"{source}.mlp.fc1", f"{source}.mlp.fc2"),
            norms=(f"{source}.layernorm_before", f"{source}.layernorm_after"),
        )

    def final_parts(self) -> list[Part]:
        return [norm("final_norm", "layernorm")]
