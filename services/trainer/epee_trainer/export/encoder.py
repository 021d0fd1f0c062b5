"""The BERT encoder as fused ONNX Runtime operators, in fp32 (weights dequantised once at load) or int8."""

from __future__ import annotations

from typing import Literal

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
        self.root = root
        self._file = file
        self._dequantised: dict[str, str] = {}

    def raw(self, name: str) -> str:
        """A tensor as stored."""
        if name not in self.root.initializers:
            self.root.initializers[name] = self._file.external([name])[0]
        return name

    def matrix(self, name: str) -> str:
        """A linear layer's weight as float32 [inputs, outputs]."""
        if name not in self._dequantised:
            values = self.root.op("Cast", [self.raw(f"{name}.weight")], to=TensorProto.FLOAT)
            self._dequantised[name] = self.root.op("Mul", [values, self.raw(f"{name}.scale")])
        return self._dequantised[name]

    def table(self, name: str) -> str:
        """A small embedding table as float32 [entries, hidden]."""
        values = self.root.op("Cast", [self.raw(f"{name}.weight")], to=TensorProto.FLOAT)
        scales = self.root.op("Unsqueeze", [self.raw(f"{name}.scale"), self.root.ints(1)])
        return self.root.op("Mul", [values, scales])


class Encoder:
    """Writes the encoder's parts into graphs. Activations are float32 [R, S, H] between layers; `lengths` is int32 [R].

    Add and LayerNormalization stand where SkipLayerNormalization could: on ONNX Runtime's CPU provider they take a sixth of its time. Between them
    activations are flat ([R x S, H]), a shape that the runtime does not fuse back.
    """

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
        return self._norm(g, "embeddings.norm", g.op("Add", [words, places]))

    def layer(self, g: GraphBuilder, layer: int, hidden: str, lengths: str) -> tuple[str, str]:
        """One transformer layer (post-norm): the states as [R, S, H] and as [R x S, H]."""
        name = f"layer.{layer}"
        before = self.flat(g, hidden)
        attended = self.flat(g, self._attention(g, name, hidden, lengths))
        summed = g.op("Add", [self._linear(g, f"{name}.attention_out", attended), before])
        middle = self._norm(g, f"{name}.attention_norm", summed)
        widened = g.fused("Gelu", [self._linear(g, f"{name}.intermediate", middle)])
        summed = g.op("Add", [self._linear(g, f"{name}.output", widened), middle])
        after = self._norm(g, f"{name}.output_norm", summed)
        return g.op("Reshape", [after, g.op("Shape", [hidden])]), after

    def flat(self, g: GraphBuilder, hidden: str) -> str:
        """[R, S, H] as [R x S, H]."""
        return g.op("Reshape", [hidden, g.ints(-1, self._spec.hidden)])

    def _norm(self, g: GraphBuilder, name: str, value: str) -> str:
        inputs = [value, self._weights.raw(f"{name}.gamma"), self._weights.raw(f"{name}.beta")]
        return g.op("LayerNormalization", inputs, axis=-1, epsilon=self._spec.norm_epsilon)

    def _attention(self, g: GraphBuilder, name: str, hidden: str, lengths: str) -> str:
        w, heads = self._weights, self._spec.heads
        if self._precision == "fp32":
            return g.fused("Attention", [hidden, w.matrix(f"{name}.qkv"), w.raw(f"{name}.qkv.bias"), lengths], num_heads=heads)
        quantised, scale, zero = g.ops("DynamicQuantizeLinear", [hidden], 3)
        inputs = [quantised, w.raw(f"{name}.qkv.weight"), w.raw(f"{name}.qkv.bias"), scale, w.raw(f"{name}.qkv.scale"), lengths, zero]
        return g.fused("QAttention", inputs, num_heads=heads)

    def _linear(self, g: GraphBuilder, name: str, value: str) -> str:
        w = self._weights
        if self._precision == "fp32":
            return g.op("Gemm", [value, w.matrix(name), w.raw(f"{name}.bias")])
        return g.fused("DynamicQuantizeMatMul", [value, w.raw(f"{name}.weight"), w.raw(f"{name}.scale"), "", w.raw(f"{name}.bias")])
