"""Between the PyTorch model and the weight file: which tensor goes where."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Self

import numpy as np
import torch

from epee_trainer.model.backbones import ImageForm, Part, Shape
from epee_trainer.model.backbones.family import ACTIVATIONS
from epee_trainer.model.backbones.parts import linear
from epee_trainer.model.multi_exit import MultiExitModel
from epee_trainer.model.tasks import TaskSet

from .weights import WeightFile, as_numpy


@dataclass(frozen=True)
class ModelSpec:
    """What the graphs are built from. `layer_names`: name of each layer's weights in the weight
    file, the same for layers that share them; `activation`: the fused operator."""

    family: str
    layers: int
    hidden: int
    heads: int
    norm_epsilon: float
    activation: str
    causal: bool
    layer_names: tuple[str, ...]
    tasks: TaskSet
    image: ImageForm | None = None

    @classmethod
    def of(cls, model: MultiExitModel) -> Self:
        """The sizes of a model. Raises ValueError for an encoder that the graphs do not cover."""
        config, backbone = model.encoder.config, model.backbone
        backbone.check(config)
        return cls(
            family=backbone.family,
            layers=config.num_hidden_layers,
            hidden=config.hidden_size,
            heads=config.num_attention_heads,
            norm_epsilon=backbone.norm_epsilon(config),
            activation=ACTIVATIONS[backbone.activation(config)],
            causal=backbone.causal,
            layer_names=tuple(backbone.layer_names(config)),
            tasks=model.tasks,
            image=model.image,
        )


def model_parts(model: MultiExitModel) -> Iterator[tuple[str, Part]]:
    """Every entry of the weight file in its order, with the prefix of its sources' names."""
    config, backbone = model.encoder.config, model.backbone
    yield from (("encoder.", part) for part in backbone.embedding_parts())
    for layer in range(model.layers):
        yield from (("encoder.", part) for part in backbone.parts(config, layer))
        yield from (("", part) for part in _heads(layer, model.tasks))
    yield from (("encoder.", part) for part in backbone.final_parts())


def _heads(layer: int, tasks: TaskSet) -> list[Part]:
    found = []
    if tasks.pooled_labels:
        found += [
            linear(f"layer.{layer}.{name}", f"pooled_heads.{layer}.{source}")
            for name, source in (("pooled_dense", "dense"), ("pooled_out", "out"))
        ]
    return found + ([linear(f"layer.{layer}.tags", f"tag_heads.{layer}")] if tasks.tag_labels else [])


def pack_weights(model: MultiExitModel) -> WeightFile:
    """Quantises a model's matrices and lays all its tensors out for `weights.bin`. Raises
    ValueError for an encoder that the graphs do not cover."""
    ModelSpec.of(model)
    state, file = {name: as_numpy(tensor) for name, tensor in model.state_dict().items()}, WeightFile()
    for prefix, part in model_parts(model):
        _pack(file, part, [f"{prefix}{source}" for source in part.sources], state)
    return file


def _pack(file: WeightFile, part: Part, sources: list[str], state: dict[str, np.ndarray]) -> None:
    if part.shape is Shape.TABLE:
        array = state[sources[0]]
        file.add_table(part.name, array.reshape(-1, array.shape[-1]))
    elif part.shape is Shape.VECTOR:
        array = state[sources[0]]
        file.add(part.name, array.reshape(-1, array.shape[-1])[0])
    elif part.shape is Shape.NORM:
        file.add(f"{part.name}.gamma", state[f"{sources[0]}.weight"])
        file.add(f"{part.name}.beta", state[f"{sources[0]}.bias"])
    else:
        weights = [_outputs_first(state[f"{source}.weight"], part) for source in sources]
        biases = [state.get(f"{source}.bias", np.zeros(len(weight), np.float32)) for source, weight in zip(sources, weights)]
        file.add_linear(part.name, np.concatenate(weights), np.concatenate(biases))


def _outputs_first(weight: np.ndarray, part: Part) -> np.ndarray:
    """A weight as [outputs, inputs]; a convolution over patches is linear in their pixels."""
    return weight.T if part.transposed else weight.reshape(len(weight), -1)


def restore_weights(model: MultiExitModel, tensors: dict[str, np.ndarray]) -> MultiExitModel:
    """Puts the tensors of a weight file into a PyTorch model, matrices dequantised: the model
    computes what the graphs compute. Gives that model, in evaluation mode."""
    state = model.state_dict()
    with torch.no_grad():
        for prefix, part in model_parts(model):
            for name, array in _restored(part, [f"{prefix}{source}" for source in part.sources], tensors).items():
                if name in state:
                    shaped = np.broadcast_to(array, state[name].shape) if part.shape is Shape.VECTOR else array.reshape(state[name].shape)
                    state[name].copy_(torch.from_numpy(np.array(shaped)))
    return model.eval()


def dequantise_into(model: MultiExitModel, file: WeightFile) -> MultiExitModel:
    """`restore_weights` from a weight file that has just been packed."""
    return restore_weights(model, file.tensors)


def _restored(part: Part, sources: list[str], tensors: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    if part.shape is Shape.TABLE:
        return {sources[0]: tensors[f"{part.name}.weight"].astype(np.float32) * tensors[f"{part.name}.scale"][:, None]}
    if part.shape is Shape.VECTOR:
        return {sources[0]: tensors[part.name]}
    if part.shape is Shape.NORM:
        return {f"{sources[0]}.weight": tensors[f"{part.name}.gamma"], f"{sources[0]}.bias": tensors[f"{part.name}.beta"]}
    weights = np.split(tensors[f"{part.name}.weight"].T.astype(np.float32) * tensors[f"{part.name}.scale"][:, None], len(sources))
    biases = np.split(tensors[f"{part.name}.bias"], len(sources))
    found = {f"{source}.weight": weight.T if part.transposed else weight for source, weight in zip(sources, weights)}
    return {**found, **{f"{source}.bias": bias for source, bias in zip(sources, biases)}}
