"""Model packages back into PyTorch: the weights that the graphs compute with."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import external_data_helper, numpy_helper

from epee_trainer.model.backbones import ImageForm, empty_encoder
from epee_trainer.model.checkpoint import load_model
from epee_trainer.model.multi_exit import MultiExitModel
from epee_trainer.model.tasks import TaskSet

from .packing import restore_weights
from .weights import WeightFile

Tensors = dict[str, np.ndarray]


def load_any(folder: Path, key: str = "model") -> MultiExitModel:
    """The model of a run folder or of a model package, in evaluation mode. Raises FileNotFoundError
    if the folder is neither, naming `key`, the key of the training config that names the folder."""
    if (folder / "manifest.json").exists():
        return load_package(folder)
    if (folder / "model.safetensors").exists():
        return load_model(folder)
    raise FileNotFoundError(f"{key} {folder} is neither a finished run (model.safetensors) nor a model package (manifest.json)")


def load_package(folder: Path) -> MultiExitModel:
    """The model of a package, in evaluation mode, with its 8-bit matrices dequantised. Raises
    FileNotFoundError where a file is missing."""
    manifest, graph = _sweep_graph(folder)
    external_data_helper.load_external_data_for_model(graph, str(folder))
    tensors = {tensor.name: numpy_helper.to_array(tensor) for tensor in graph.graph.initializer}
    return restore_weights(_empty_model(manifest, tensors, _norm_epsilon(graph)), tensors)


def stored_weights(folder: Path) -> WeightFile:
    """The tensors of a package's weight file as they are stored, in their order. Raises
    FileNotFoundError where a file is missing."""
    _, graph = _sweep_graph(folder)
    stored = [tensor for tensor in graph.graph.initializer if external_data_helper.uses_external_data(tensor)]
    stored.sort(key=lambda tensor: next(int(entry.value) for entry in tensor.external_data if entry.key == "offset"))
    external_data_helper.load_external_data_for_model(graph, str(folder))
    return WeightFile({tensor.name: numpy_helper.to_array(tensor) for tensor in stored})


def _sweep_graph(folder: Path) -> tuple[dict[str, Any], onnx.ModelProto]:
    """The manifest and the graph that uses every tensor of the weight file by its name there."""
    manifest = json.loads((folder / "manifest.json").read_text())
    return manifest, onnx.load(str(folder / manifest["graphs"]["sweep"]), load_external_data=False)


def _empty_model(manifest: dict[str, Any], tensors: Tensors, norm_epsilon: float) -> MultiExitModel:
    backbone = manifest["backbone"]
    image = ImageForm.from_json(backbone["image"]) if "image" in backbone else None
    width = tensors["layer.0.pooled_dense.scale"].shape[0] if "layer.0.pooled_dense.scale" in tensors else 1
    return MultiExitModel(empty_encoder(_config(backbone, tensors, norm_epsilon)), TaskSet.from_json(manifest["tasks"]), width, image)


def _config(backbone: dict[str, Any], tensors: Tensors, norm_epsilon: float) -> dict[str, Any]:
    """The encoder's config.json: stored, but for BERT, whose tensors and sizes say all."""
    if "config" in backbone:
        return dict(backbone["config"])
    return {
        "model_type": "bert",
        "vocab_size": backbone["vocabulary"],
        "hidden_size": backbone["hidden"],
        "num_hidden_layers": backbone["layers"],
        "num_attention_heads": backbone["heads"],
        "intermediate_size": tensors["layer.0.intermediate.scale"].shape[0],
        "max_position_embeddings": tensors["embeddings.position.scale"].shape[0],
        "layer_norm_eps": norm_epsilon,
    }


def _norm_epsilon(graph: onnx.ModelProto) -> float:
    node = next(node for node in graph.graph.node if node.op_type == "LayerNormalization")
    return next(float(attribute.f) for attribute in node.attribute if attribute.name == "epsilon")
