"""Between the PyTorch model and the weight file: which tensor goes where, and the model with the weights as the graphs see them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch

from ..model import MultiExitModel
from ..tasks import TaskSet
from .weights import WeightFile, as_numpy


@dataclass(frozen=True)
class ModelSpec:
    """Sizes that the graphs are built from."""

    layers: int
    hidden: int
    heads: int
    vocabulary: int
    max_positions: int
    norm_epsilon: float
    tasks: TaskSet

    @staticmethod
    def of(model: MultiExitModel) -> ModelSpec:
        """The sizes of a model. Raises ValueError for an encoder that the graphs do not cover."""
        config = model.encoder.config
        if config.hidden_act != "gelu":
            raise ValueError(f"config.json: hidden_act must be gelu, not {config.hidden_act!r}")
        return ModelSpec(
            config.num_hidden_layers,
            config.hidden_size,
            config.num_attention_heads,
            config.vocab_size,
            config.max_position_embeddings,
            config.layer_norm_eps,
            model.tasks,
        )


_SELF = ("query", "key", "value")
_LINEARS = (("attention_out", "attention.output.dense"), ("intermediate", "intermediate.dense"), ("output", "output.dense"))


def pack_weights(model: MultiExitModel) -> WeightFile:
    """Quantises a model's matrices and lays all its tensors out for `weights.bin`."""
    state = {name: as_numpy(tensor) for name, tensor in model.state_dict().items()}
    spec, file = ModelSpec.of(model), WeightFile()
    file.add_table("embeddings.word", state["encoder.embeddings.word_embeddings.weight"])
    file.add_table("embeddings.position", state["encoder.embeddings.position_embeddings.weight"])
    file.add("embeddings.type", state["encoder.embeddings.token_type_embeddings.weight"][0])
    _add_norm(file, "embeddings.norm", state, "encoder.embeddings.LayerNorm")
    for layer in range(spec.layers):
        source = f"encoder.encoder.layer.{layer}"
        parts = [f"{source}.attention.self.{part}" for part in _SELF]
        file.add_linear(f"layer.{layer}.qkv", *(np.concatenate([state[f"{part}.{kind}"] for part in parts]) for kind in ("weight", "bias")))
        for name, torch_name in _LINEARS:
            file.add_linear(f"layer.{layer}.{name}", state[f"{source}.{torch_name}.weight"], state[f"{source}.{torch_name}.bias"])
        _add_norm(file, f"layer.{layer}.attention_norm", state, f"{source}.attention.output.LayerNorm")
        _add_norm(file, f"layer.{layer}.output_norm", state, f"{source}.output.LayerNorm")
        for name, torch_name in _heads(layer, spec.tasks):
            file.add_linear(f"layer.{layer}.{name}", state[f"{torch_name}.weight"], state[f"{torch_name}.bias"])
    return file


def _heads(layer: int, tasks: TaskSet) -> list[tuple[str, str]]:
    pooled = [("pooled_dense", f"pooled_heads.{layer}.dense"), ("pooled_out", f"pooled_heads.{layer}.out")] if tasks.pooled_labels else []
    return pooled + ([("tags", f"tag_heads.{layer}")] if tasks.tag_labels else [])


def _add_norm(file: WeightFile, name: str, state: dict[str, np.ndarray], source: str) -> None:
    file.add(f"{name}.gamma", state[f"{source}.weight"])
    file.add(f"{name}.beta", state[f"{source}.bias"])


def dequantise_into(model: MultiExitModel, file: WeightFile) -> MultiExitModel:
    """Puts the weights as the graphs compute with them into a PyTorch model, for reference outputs; gives that model."""
    state = model.state_dict()

    def put(name: str, array: np.ndarray) -> None:
        state[name].copy_(torch.from_numpy(array))

    with torch.no_grad():
        put("encoder.embeddings.word_embeddings.weight", file.dequantised("embeddings.word"))
        put("encoder.embeddings.position_embeddings.weight", file.dequantised("embeddings.position"))
        for layer in range(model.encoder.config.num_hidden_layers):
            for part, array in zip(_SELF, np.split(file.dequantised(f"layer.{layer}.qkv"), 3)):
                put(f"encoder.encoder.layer.{layer}.attention.self.{part}.weight", array)
            for name, torch_name in _LINEARS:
                put(f"encoder.encoder.layer.{layer}.{torch_name}.weight", file.dequantised(f"layer.{layer}.{name}"))
            for name, torch_name in _heads(layer, model.tasks):
                put(f"{torch_name}.weight", file.dequantised(f"layer.{layer}.{name}"))
    return model.eval()
