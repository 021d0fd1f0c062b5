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


def torch_names(tensors: dict[str, np.ndarray], layers: int) -> dict[str, np.ndarray]:
    """The tensors of a weight file under the names and in the layout of the PyTorch model, matrices dequantised. Type embeddings other than the first stay out."""

    def table(name: str) -> np.ndarray:
        return tensors[f"{name}.weight"].astype(np.float32) * tensors[f"{name}.scale"][:, None]

    def linear(name: str) -> np.ndarray:
        return tensors[f"{name}.weight"].T.astype(np.float32) * tensors[f"{name}.scale"][:, None]

    found = {
        "encoder.embeddings.word_embeddings.weight": table("embeddings.word"),
        "encoder.embeddings.position_embeddings.weight": table("embeddings.position"),
        "encoder.embeddings.token_type_embeddings.weight": np.stack([tensors["embeddings.type"]] * 2),
        **_norm_names(tensors, "embeddings.norm", "encoder.embeddings.LayerNorm"),
    }
    for layer in range(layers):
        here = f"encoder.encoder.layer.{layer}"
        for kind, whole in (("weight", linear(f"layer.{layer}.qkv")), ("bias", tensors[f"layer.{layer}.qkv.bias"])):
            found.update({f"{here}.attention.self.{part}.{kind}": array for part, array in zip(_SELF, np.split(whole, 3))})
        for name, torch_name in _LINEARS:
            found[f"{here}.{torch_name}.weight"] = linear(f"layer.{layer}.{name}")
            found[f"{here}.{torch_name}.bias"] = tensors[f"layer.{layer}.{name}.bias"]
        found.update(_norm_names(tensors, f"layer.{layer}.attention_norm", f"{here}.attention.output.LayerNorm"))
        found.update(_norm_names(tensors, f"layer.{layer}.output_norm", f"{here}.output.LayerNorm"))
        for name, torch_name in (("pooled_dense", "pooled_heads.{}.dense"), ("pooled_out", "pooled_heads.{}.out"), ("tags", "tag_heads.{}")):
            found[f"{torch_name.format(layer)}.weight"] = linear(f"layer.{layer}.{name}")
            found[f"{torch_name.format(layer)}.bias"] = tensors[f"layer.{layer}.{name}.bias"]
    return found


def _norm_names(tensors: dict[str, np.ndarray], name: str, torch_name: str) -> dict[str, np.ndarray]:
    return {f"{torch_name}.weight": tensors[f"{name}.gamma"], f"{torch_name}.bias": tensors[f"{name}.beta"]}
