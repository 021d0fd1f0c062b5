"""Graphs without exits: logits of every layer, or the last head alone (what exits cost)."""

from collections.abc import Collection

from onnx import TensorProto, helper

from .builder import Built, GraphBuilder
from .encoder import GraphWeights, Precision, encoder_of
from .heads import Heads
from .inputs import GraphInputs
from .packing import ModelSpec
from .weights import WeightFile


def sweep_graph(spec: ModelSpec, file: WeightFile) -> Built:
    """All layers' logits: `all_pooled_logits` [L, B, Cp], `all_tag_logits` [L, B, S, Ct]. The main
    graph's builder, its inputs and its outputs."""
    return _depth_graph(spec, file, "fp32", range(spec.layers), ("all_pooled_logits", "all_tag_logits"))


def plain_graph(spec: ModelSpec, file: WeightFile, precision: Precision) -> Built:
    """The last layer's logits alone: `pooled_logits` [1, B, Cp], `tag_logits` [1, B, S, Ct]."""
    return _depth_graph(spec, file, precision, [spec.layers - 1], ("pooled_logits", "tag_logits"))


def states_graph(spec: ModelSpec, file: WeightFile) -> Built:
    """What the exit heads read after every layer, for comparisons: `all_states` [L, B, S, H]."""
    g = GraphBuilder("states")
    encoder, inputs = encoder_of(spec, GraphWeights(g, file), "fp32"), GraphInputs(g, spec, policies=False)
    hidden, seen = encoder.embed(g, inputs), []
    for layer in range(spec.layers):
        hidden, _ = encoder.layer(g, layer, hidden, inputs.lengths)
        seen.append(g.op("Unsqueeze", [hidden, g.ints(0)]))
    output = g.named("Concat", seen, "all_states", axis=0)
    return g, inputs.declared, [helper.make_tensor_value_info(output, TensorProto.FLOAT, ["L", "B", "S", spec.hidden])]


def _depth_graph(spec: ModelSpec, file: WeightFile, precision: Precision, answered: Collection[int], names: tuple[str, str]) -> Built:
    g = GraphBuilder("sweep")
    weights = GraphWeights(g, file)
    encoder, heads, inputs = encoder_of(spec, weights, precision), Heads(spec, weights), GraphInputs(g, spec, policies=False)
    rows = inputs.of_all(g)
    hidden = encoder.embed(g, inputs)
    pooled: list[str] = []
    tags: list[str] = []
    for layer in range(spec.layers):
        hidden, _ = encoder.layer(g, layer, hidden, inputs.lengths)
        if layer in answered:
            pooled.append(g.op("Unsqueeze", [heads.pooled_logits(g, layer, hidden, rows), g.ints(0)]))
            tags.append(g.op("Unsqueeze", [heads.tag_logits(g, layer, hidden), g.ints(0)]))
    shapes: list[list[str | int]] = [["L", "B", spec.tasks.pooled_labels], ["L", "B", "S", spec.tasks.tag_labels]]
    outputs = [g.named("Concat", values, name, axis=0) for values, name in zip((pooled, tags), names)]
    return g, inputs.declared, [helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name, shape in zip(outputs, shapes)]
