"""Model packages back into PyTorch: the weights that the graphs compute with, for measurements and for training on."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch
from onnx import external_data_helper, numpy_helper
from transformers import BertConfig, BertModel

from ..model import MultiExitModel
from ..tasks import TaskSet
from .packing import torch_names

Tensors = dict[str, np.ndarray]


def load_package(folder: Path) -> MultiExitModel:
    """The model of a package, in evaluation mode, with its 8-bit matrices dequantised. Raises FileNotFoundError where a file is missing."""
    manifest = json.loads((folder / "manifest.json").read_text())
    graph = onnx.load(str(folder / manifest["graphs"]["sweep"]), load_external_data=False)
    external_data_helper.load_external_data_for_model(graph, str(folder))
    tensors = {tensor.name: numpy_helper.to_array(tensor) for tensor in graph.graph.initializer}
    model = _empty_model(manifest, tensors, _norm_epsilon(graph))
    state = model.state_dict()
    with torch.no_grad():
        for name, array in torch_names(tensors, manifest["backbone"]["layers"]).items():
            state[name].copy_(torch.from_numpy(np.array(array)))
    return model.eval()


def _empty_model(manifest: dict[str, Any], tensors: Tensors, norm_epsilon: float) -> MultiExitModel:
    backbone = manifest["backbone"]
    config = BertConfig(
        vocab_size=backbone["vocabulary"],
        hidden_size=backbone["hidden"],
        num_hidden_layers=backbone["layers"],
        num_attention_heads=backbone["heads"],
        intermediate_size=tensors["layer.0.intermediate.scale"].shape[0],
        max_position_embeddings=tensors["embeddings.position.scale"].shape[0],
        layer_norm_eps=norm_epsilon,
    )
    width = tensors["layer.0.pooled_dense.scale"].shape[0]
    return MultiExitModel(BertModel(config, add_pooling_layer=False), TaskSet.from_json(manifest["tasks"]), width)


def _norm_epsilon(graph: onnx.ModelProto) -> float:
    node = next(node for node in graph.graph.node if node.op_type == "LayerNormalization")
    return next(attribute.f for attribute in node.attribute if attribute.name == "epsilon")
