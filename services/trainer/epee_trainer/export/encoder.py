"""The BERT encoder as fused ONNX Runtime operators, in fp32 (weights dequantised once at load) or int8."""

from __future__ import annotations

from typing import Literal

import numpy as np
from onnx import TensorProto

from .builder import GraphBuilder
from .packing import ModelSpec
from .weights import WeightFile

Precision = Literal["fp32", "int8"]


class GraphWeights:
    """A model graph's view of the weight file: makes an initialiser of each tensor that is used, and dequantises each matrix once.

    Cast and Mul stand in the main graph over constants only, so that ONNX Runtime folds them when it loads the model.
    """

    def __init__(self, root: GraphBuilder, file: WeightFile):
        self._root = root
        self._file = file
        self._dequantised: dict[str, str] = {}

    def raw(self, name: str) -> str:
        """A tensor as stored."""
        if name not in self._root.initializers:
            self._root.initializers[name] = self._file.external([name])[0]
        return name

    def matrix(self, name: str) -> str:
        """A linear layer's weight as float32 [inputs, outputs]."""
        if name not in self._dequantised:
            values = self._root.op("Cast", [self.raw(f"{name}.weight")], to=TensorProto.FLOAT)
            self._dequantised[name] = self._root.op("Mul", [values, self.raw(f"{name}.scale")])
        return self._dequantised[name]

    def table(self, name: str) -> str:
        """A small embedding table as float32 [entries, hidden]."""
        values = self._root.op("Cast", [self.raw(f"{name}.weight")], to=TensorProto.FLOAT)
        scales = self._root.op("Unsqueeze", [self.raw(f"{name}.scale"), self._root.ints(1)])
        return self._root.op("Mul", [values, scales])


class Encoder:
    """Writes the encoder's parts into graphs. `hidden` values are float32 [rows, tokens, hidden]; `lengths` int32 [rows]."""

    def __init__(self, spec: ModelSpec, weights: GraphWeights, precision: Precision):
        self._spec = spec
        self._weights = weights
        self._precision = precision

    def embed(self, g: GraphBuilder, input_ids: str, tokens: str) -> str:
        """Word, position and type embeddings, normalised. The word table stays in 8 bits: only the rows looked up are dequantised."""
        w = self._weights
        quantised = g.op("Gather", [w.raw("embeddings.word.weight"), input_ids], axis=0)
        scales = g.op("Unsqueeze", [g.op("Gather", [w.raw("embeddings.word.scale"), input_ids], axis=0), g.ints(2)])
        words = g.op("Mul", [g.op("Cast", [quantised], to=TensorProto.FLOAT), scales])
        positions = g.op("Add", [w.table("embeddings.position"), w.raw("embeddings.type")])
        places = g.op("Slice", [positions, g.ints(0), tokens, g.ints(0)])
        summed = g.op("Add", [words, places])
        norm = [w.raw("embeddings.norm.gamma"), w.raw("embeddings.norm.beta")]
        return g.op("LayerNormalization", [summed, *norm], axis=-1, epsilon=self._spec.norm_epsilon)

    def layer(self, g: GraphBuilder, layer: int, hidden: str, lengths: str) -> str:
        """One transformer layer (post-norm)."""
        name = f"layer.{layer}"
        attended = self._attention(g, name, hidden, lengths)
        middle = self._linear_skip_norm(g, f"{name}.attention_out", f"{name}.attention_norm", attended, hidden)
        widened = self._linear_gelu(g, f"{name}.intermediate", middle)
        return self._linear_skip_norm(g, f"{name}.output", f"{name}.output_norm", widened, middle)

    def _attention(self, g: GraphBuilder, name: str, hidden: str, lengths: str) -> str:
        w, heads = self._weights, self._spec.heads
        if self._precision == "fp32":
            return g.fused("Attention", [hidden, w.matrix(f"{name}.qkv"), w.raw(f"{name}.qkv.bias"), lengths], num_heads=heads)
        quantised, scale, zero = g.ops("DynamicQuantizeLinear", [hidden], 3)
        inputs = [quantised, w.raw(f"{name}.qkv.weight"), w.raw(f"{name}.qkv.bias"), scale, w.raw(f"{name}.qkv.scale"), lengths, zero]
        return g.fused("QAttention", inputs, num_heads=heads)

    def _linear_gelu(self, g: GraphBuilder, name: str, value: str) -> str:
        w = self._weights
        if self._precision == "fp32":
            return g.fused("BiasGelu", [g.op("MatMul", [value, w.matrix(name)]), w.raw(f"{name}.bias")])
        return g.fused("Gelu", [self._quantised_linear(g, name, value, w.raw(f"{name}.bias"))])

    def _linear_skip_norm(self, g: GraphBuilder, name: str, norm: str, value: str, skip: str) -> str:
        w = self._weights
        product = g.op("MatMul", [value, w.matrix(name)]) if self._precision == "fp32" else self._quantised_linear(g, name, value, "")
        inputs = [product, skip, w.raw(f"{norm}.gamma"), w.raw(f"{norm}.beta"), w.raw(f"{name}.bias")]
        return g.fused("SkipLayerNormalization", inputs, epsilon=self._spec.norm_epsilon)

    def _quantised_linear(self, g: GraphBuilder, name: str, value: str, bias: str) -> str:
        w = self._weights
        return g.fused("DynamicQuantizeMatMul", [value, w.raw(f"{name}.weight"), w.raw(f"{name}.scale"), "", bias])
