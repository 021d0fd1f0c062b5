"""The encoders as fused ONNX Runtime operators, in fp32 (dequantised once at load) or int8."""

from abc import ABC, abstractmethod
from typing import Literal

from onnx import TensorProto

from epee_trainer.model.backbones import ImageForm

from .builder import GraphBuilder
from .inputs import GraphInputs
from .packing import ModelSpec
from .weights import WeightFile

Precision = Literal["fp32", "int8"]


class GraphWeights:
    """One graph's view of the weight file: an initialiser of each tensor that is used; each matrix
    is dequantised once, by Cast and Mul, which are folded when the model is loaded. Every branch
    holds what its own operators use: ONNX Runtime packs a weight for the processor only in the
    operator's graph or the one around it, and rewrites it under `x64quantprecision` only in the
    former."""

    def __init__(self, g: GraphBuilder, file: WeightFile, views: "dict[str, GraphWeights] | None" = None):
        self._g = g
        self._file = file
        self._views: dict[str, GraphWeights] = {} if views is None else views
        self._views[g.name] = self
        self._dequantised: dict[str, str] = {}
        self._uses: dict[str, int] = {}

    def of(self, g: GraphBuilder) -> "GraphWeights":
        """The same for another graph of the model."""
        return self._views.get(g.name) or GraphWeights(g, self._file, self._views)

    def quantised(self, name: str) -> str:
        """A linear layer's weight as stored. Where layers share it within one graph, each use has
        an initialiser of its own over the same bytes: ONNX Runtime's `x64quantprecision` rewrites
        the weight once an operator, and refuses to do so twice."""
        self._uses[name] = self._uses.get(name, 0) + 1
        return self._stored(f"{name}.weight", again=self._uses[name])

    def raw(self, name: str) -> str:
        """A tensor as stored."""
        return self._stored(name)

    def _stored(self, tensor: str, again: int = 1) -> str:
        # The outermost graph has the file's own names: a package is read back by them (reading.py).
        name = (f"{self._g.name}/{tensor}" if self._g.is_branch else tensor) + (f"@{again}" if again > 1 else "")
        if name not in self._g.initializers:
            made = self._file.external([tensor])[0]
            made.name = name
            self._g.initializers[name] = made
        return name

    def matrix(self, name: str) -> str:
        """A linear layer's weight as float32 [inputs, outputs]."""
        if name not in self._dequantised:
            values = self._g.op("Cast", [self.raw(f"{name}.weight")], to=TensorProto.FLOAT)
            self._dequantised[name] = self._g.op("Mul", [values, self.raw(f"{name}.scale")])
        return self._dequantised[name]

    def table(self, name: str) -> str:
        """A small embedding table as float32 [entries, hidden]."""
        values = self._g.op("Cast", [self.raw(f"{name}.weight")], to=TensorProto.FLOAT)
        scales = self._g.op("Unsqueeze", [self.raw(f"{name}.scale"), self._g.ints(1)])
        return self._g.op("Mul", [values, scales])


class Encoder(ABC):
    """Writes the encoder's parts into graphs. Activations are float32 [R, S, H] between layers;
    `lengths` is int32 [R], or nothing where no row is padded. Add and LayerNormalization take a
    sixth of the time of SkipLayerNormalization on ONNX Runtime's CPU provider. Between them
    activations are flat ([R x S, H]), a shape that the runtime does not fuse back."""

    def __init__(self, spec: ModelSpec, weights: GraphWeights, precision: Precision):
        self._spec = spec
        self._weights = weights
        self._precision = precision

    @abstractmethod
    def embed(self, g: GraphBuilder, inputs: GraphInputs) -> str:
        """What the first layer reads, [B, S, H]."""

    @abstractmethod
    def layer(self, g: GraphBuilder, layer: int, hidden: str, lengths: str) -> tuple[str, str]:
        """One transformer layer: what the heads read, as [R, S, H], and what the next layer reads,
        as [R x S, H]. Both are the same but after the last layer."""

    def flat(self, g: GraphBuilder, hidden: str) -> str:
        """[R, S, H] as [R x S, H]."""
        return g.op("Reshape", [hidden, g.ints(-1, self._spec.hidden)])

    def _words(self, g: GraphBuilder) -> str:
        """Word embeddings. The table stays in 8 bits: only the rows looked up are dequantised."""
        w = self._weights.of(g)
        quantised = g.op("Gather", [w.raw("embeddings.word.weight"), "input_ids"], axis=0)
        scales = g.op("Unsqueeze", [g.op("Gather", [w.raw("embeddings.word.scale"), "input_ids"], axis=0), g.ints(2)])
        return g.op("Mul", [g.op("Cast", [quantised], to=TensorProto.FLOAT), scales])

    def _feed_forward(self, g: GraphBuilder, name: str, value: str) -> str:
        widened = g.fused(self._spec.activation, [self._linear(g, f"{name}.intermediate", value)])
        return self._linear(g, f"{name}.output", widened)

    def _norm(self, g: GraphBuilder, name: str, value: str) -> str:
        w = self._weights.of(g)
        inputs = [value, w.raw(f"{name}.gamma"), w.raw(f"{name}.beta")]
        return g.op("LayerNormalization", inputs, axis=-1, epsilon=self._spec.norm_epsilon)

    def _attention(self, g: GraphBuilder, name: str, hidden: str, lengths: str) -> str:
        w = self._weights.of(g)
        # Behind a causal mask real tokens never see padding, which comes after them.
        attributes = {"num_heads": self._spec.heads, **({"unidirectional": 1} if self._spec.causal else {})}
        masked = [] if self._spec.causal or not lengths else [lengths]
        if self._precision == "fp32":
            return g.fused("Attention", [hidden, w.matrix(f"{name}.qkv"), w.raw(f"{name}.qkv.bias"), *masked], **attributes)
        quantised, scale, zero = g.ops("DynamicQuantizeLinear", [hidden], 3)
        inputs = [
            quantised,
            w.quantised(f"{name}.qkv"),
            w.raw(f"{name}.qkv.bias"),
            scale,
            w.raw(f"{name}.qkv.scale"),
            *(masked or [""]),
            zero,
        ]
        return g.fused("QAttention", inputs, **attributes)

    def _linear(self, g: GraphBuilder, name: str, value: str) -> str:
        w = self._weights.of(g)
        if self._precision == "fp32":
            return g.op("Gemm", [value, w.matrix(name), w.raw(f"{name}.bias")])
        return g.fused("DynamicQuantizeMatMul", [value, w.quantised(name), w.raw(f"{name}.scale"), "", w.raw(f"{name}.bias")])


class PostNormEncoder(Encoder):
    """BERT and ALBERT: each sum is normalised, so heads and the next layer read the same."""

    def embed(self, g: GraphBuilder, inputs: GraphInputs) -> str:
        """Word, position and type embeddings, normalised; ALBERT's are then widened."""
        w = self._weights.of(g)
        words = self._words(g)
        positions = g.op("Add", [w.table("embeddings.position"), w.raw("embeddings.type")])
        places = g.op("Slice", [positions, g.ints(0), inputs.tokens, g.ints(0)])
        normalised = self._norm(g, "embeddings.norm", g.op("Add", [words, places]))
        return self._widened(g, normalised) if self._spec.family == "albert" else normalised

    def _widened(self, g: GraphBuilder, embedded: str) -> str:
        """In fp32 in both precisions: small, and every layer depends on it."""
        w = self._weights.of(g)
        return g.op("Add", [g.op("MatMul", [embedded, w.matrix("embeddings.widen")]), w.raw("embeddings.widen.bias")])

    def layer(self, g: GraphBuilder, layer: int, hidden: str, lengths: str) -> tuple[str, str]:
        """Attention, then feed-forward, each added to what it read and normalised."""
        name = self._spec.layer_names[layer]
        before = self.flat(g, hidden)
        attended = self.flat(g, self._attention(g, name, hidden, lengths))
        summed = g.op("Add", [self._linear(g, f"{name}.attention_out", attended), before])
        middle = self._norm(g, f"{name}.attention_norm", summed)
        summed = g.op("Add", [self._feed_forward(g, name, middle), middle])
        after = self._norm(g, f"{name}.output_norm", summed)
        return g.op("Reshape", [after, g.op("Shape", [hidden])]), after


class PreNormEncoder(Encoder):
    """GPT-2 and ViT: what a layer reads is normalised, sums are not, but the last for the heads."""

    def embed(self, g: GraphBuilder, inputs: GraphInputs) -> str:
        """GPT-2: words and positions. ViT: [CLS] and the patches, with positions."""
        w = self._weights.of(g)
        if self._spec.image is None:
            places = g.op("Slice", [w.table("embeddings.position"), g.ints(0), inputs.tokens, g.ints(0)])
            return g.op("Add", [self._words(g), places])
        cls = g.op("Expand", [w.raw("embeddings.cls"), g.op("Concat", [inputs.batch, g.ints(1, self._spec.hidden)], axis=0)])
        return g.op("Add", [g.op("Concat", [cls, self._patches(g, self._spec.image)], axis=1), w.table("embeddings.position")])

    def _patches(self, g: GraphBuilder, image: ImageForm) -> str:
        """The convolution over patches as one product in fp32: [B, patches, H]."""
        w = self._weights.of(g)
        down, across = image.height // image.patch, image.width // image.patch
        cut = g.op("Reshape", ["pixel_values", g.ints(-1, image.channels, down, image.patch, across, image.patch)])
        laid = g.op("Transpose", [cut], perm=[0, 2, 4, 1, 3, 5])
        flat = g.op("Reshape", [laid, g.ints(-1, image.channels * image.patch * image.patch)])
        projected = g.op("Gemm", [flat, w.matrix("embeddings.patch"), w.raw("embeddings.patch.bias")])
        return g.op("Reshape", [projected, g.ints(-1, down * across, self._spec.hidden)])

    def layer(self, g: GraphBuilder, layer: int, hidden: str, lengths: str) -> tuple[str, str]:
        """Attention, then feed-forward, each of normalised states and added to the others."""
        name, shape = self._spec.layer_names[layer], g.op("Shape", [hidden])
        before = self.flat(g, hidden)
        normalised = g.op("Reshape", [self._norm(g, f"{name}.attention_norm", before), shape])
        attended = self.flat(g, self._attention(g, name, normalised, lengths))
        middle = g.op("Add", [self._linear(g, f"{name}.attention_out", attended), before])
        after = g.op("Add", [self._feed_forward(g, name, self._norm(g, f"{name}.output_norm", middle)), middle])
        is_last = layer == self._spec.layers - 1
        return g.op("Reshape", [self._norm(g, "final_norm", after) if is_last else after, shape]), after


def encoder_of(spec: ModelSpec, weights: GraphWeights, precision: Precision) -> Encoder:
    """The encoder of a model's family."""
    return (PreNormEncoder if spec.family in ("gpt2", "vit") else PostNormEncoder)(spec, weights, precision)
