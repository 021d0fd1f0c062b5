"""The exit graph: after each layer, rows whose heads are sure leave the batch; the next layer gets
a smaller one.

Between layers, of R rows with S tokens (the longest of that layer): `hidden` [R x S, H]; `rows`
int64 [R], each row's place in the batch; `left` int64, which of the R stay; `count` float32 [R, 1],
the patience counter; `label` int64 [R, 1] and `tags` float32 [R, S, G], the vote. Of the rows that
left: `pooled` float32 [B, Cp + 2] (logits, entropy, exit code), `tagged` float32 [B, S0, 2 G] (tag
ids, probabilities).
"""

from collections.abc import Callable
from dataclasses import dataclass, fields, replace

import numpy as np
from onnx import TensorProto, ValueInfoProto, helper

from .builder import Built, GraphBuilder
from .encoder import GraphWeights, Precision, encoder_of
from .heads import Heads, Judged
from .inputs import GraphInputs, RowInputs
from .packing import ModelSpec
from .weights import WeightFile

_REASONS = 4
"""Exit code = layer x 4 + reason (0 entropy, 1 patience, 2 final): one column instead of two."""

_FINAL = 2

_NESTED = 3
"""Nested layers. The more, the fewer a finished batch passes by, but each keeps the hidden states
of those around it in memory; protobuf reads at most 32."""

_ANSWERS = ("pooled", "tagged")


_Pick = Callable[[str], str]


@dataclass(frozen=True)
class _State:
    """Value names of what passes from layer to layer, see above."""

    hidden: str
    rows: str
    left: str
    count: str
    label: str
    tags: str
    pooled: str
    tagged: str


def _type_of(name: str) -> int:
    return TensorProto.INT64 if name in ("rows", "left", "label") else TensorProto.FLOAT


class ExitGraph:
    """Builds the exit graph of one precision."""

    def __init__(self, spec: ModelSpec, file: WeightFile, precision: Precision):
        self._spec = spec
        self._root = GraphBuilder("exit")
        weights = GraphWeights(self._root, file)
        self._encoder = encoder_of(spec, weights, precision)
        self._heads = Heads(spec, weights)
        self._inputs = GraphInputs(self._root, spec, policies=True)

    def build(self) -> Built:
        """The main graph's builder with its inputs and outputs."""
        g = self._root
        state = self._first_layer(g)
        for first in range(1, self._spec.layers, _NESTED):
            state = self._nested(g, first, min(first + _NESTED, self._spec.layers), state)
        return g, self._inputs.declared, self._outputs(g, state)

    def _nested(self, g: GraphBuilder, layer: int, end: int, state: _State) -> _State:
        """The state after all layers from `layer` to before `end`, each in an `If` on rows left
        within the one before: QAttention dies of zero rows, and a finished batch is done."""
        if layer == end:
            return state
        # Named after the main graph: names that grew from layer to layer would make up most of the
        # file.
        then, other = self._root.child(f"layer.{layer}"), self._root.child(f"layer.{layer}.none")
        after = self._nested(then, layer + 1, end, self._later_layer(then, layer, state))
        kept = _ANSWERS if end == self._spec.layers else tuple(field.name for field in fields(_State))
        passed = {name: self._passed(other, name, getattr(state, name)) for name in kept}
        branches = {
            "then_branch": then.branch([(getattr(after, name), _type_of(name)) for name in kept]),
            "else_branch": other.branch([(passed[name], _type_of(name)) for name in kept]),
        }
        any_left = g.op("Greater", [g.op("Size", [state.left]), g.const(0, np.int64)])
        return replace(state, **dict(zip(kept, g.ops("If", [any_left], len(kept), **branches))))

    def _passed(self, g: GraphBuilder, name: str, value: str) -> str:
        """What a finished batch hands on: its answers, and nothing in place of the rest, which
        nobody reads and which would cost a copy."""
        if name in _ANSWERS:
            return g.op("Identity", [value])
        return g.op("Identity", [g.const(np.zeros(0), np.int64 if _type_of(name) == TensorProto.INT64 else np.float32)])

    def _first_layer(self, g: GraphBuilder) -> _State:
        inputs, groups = self._inputs, len(self._spec.tasks.groups)
        states = self._encoder.layer(g, 0, self._encoder.embed(g, inputs), inputs.lengths)
        rows = inputs.of_all(g)
        judged = self._heads.judge(g, 0, states[0], rows, inputs)
        count = _zeros(g, inputs.batch, g.ints(1))
        pooled = _zeros(g, inputs.batch, g.ints(self._spec.tasks.pooled_labels + 2))
        tagged = _zeros(g, inputs.batch, inputs.tokens, g.ints(2 * groups))
        state = _State(states[1], inputs.rows, "", count, judged.label, judged.tags, pooled, tagged)
        if self._spec.layers == 1:
            return self._finish(g, 0, judged, state, inputs.tokens)
        return self._decide(g, 0, judged, rows, state, inputs.tokens)

    def _later_layer(self, g: GraphBuilder, layer: int, before: _State) -> _State:
        rows = g.op("Gather", [before.rows, before.left], axis=0)
        lengths, longest, tokens = self._lengths(g, rows)
        states = self._encoder.layer(g, layer, self._shrink(g, before, longest), lengths)
        inputs = self._inputs.of_some(g, rows, tokens)
        judged = self._heads.judge(g, layer, states[0], inputs, self._inputs)
        state = replace(before, hidden=states[1], rows=rows, label=judged.label, tags=judged.tags)
        if layer == self._spec.layers - 1:
            return self._finish(g, layer, judged, state, tokens)
        state = replace(state, count=self._agreement(g, before, judged, tokens))
        return self._decide(g, layer, judged, inputs, state, tokens)

    def _lengths(self, g: GraphBuilder, rows: str) -> tuple[str, str, str]:
        """Lengths of rows (nothing for images), and the longest as a number and as int64 [1]."""
        if self._spec.image is not None:
            return "", g.const(self._spec.image.tokens, np.int64), g.ints(self._spec.image.tokens)
        lengths = g.op("Gather", ["lengths", rows], axis=0)
        longest = g.op("Cast", [g.op("ReduceMax", [lengths], keepdims=0)], to=TensorProto.INT64)
        return lengths, longest, g.op("Reshape", [longest, g.ints(1)])

    def _shrink(self, g: GraphBuilder, before: _State, longest: str) -> str:
        """The rows that are left, cut to the longest of them, in one copy."""
        size = g.op("Shape", [before.tags], start=1, end=2)
        first = g.op("Unsqueeze", [g.op("Mul", [before.left, size]), g.ints(1)])
        places = g.op("Range", [g.const(0, np.int64), longest, g.const(1, np.int64)])
        return g.op("Gather", [before.hidden, g.op("Add", [first, places])], axis=0)

    def _agreement(self, g: GraphBuilder, before: _State, judged: Judged, tokens: str) -> str:
        """The patience counter: one more where the vote is that of the layer before, else 0."""
        label = g.op("Gather", [before.label, before.left], axis=0)
        same = g.op("Equal", [label, judged.label])
        if self._spec.tasks.groups:
            tags = g.op("Slice", [g.op("Gather", [before.tags, before.left], axis=0), g.ints(0), tokens, g.ints(1)])
            changed = g.op("ReduceSumSquare", [g.op("Sub", [tags, judged.tags])], axes=[1, 2], keepdims=0)
            same = g.op("And", [same, g.op("Equal", [g.op("Unsqueeze", [changed, g.ints(1)]), g.const(0, np.float32)])])
        more = g.op("Add", [g.op("Gather", [before.count, before.left], axis=0), g.const(1, np.float32)])
        return g.op("Where", [same, more, g.const(0, np.float32)])

    def _decide(self, g: GraphBuilder, layer: int, judged: Judged, rows: RowInputs, state: _State, tokens: str) -> _State:
        sure = g.op("Less", [judged.entropy, rows.threshold])
        # NaN is unequal to itself: a row whose logits are not finite never leaves early.
        finite = g.op("Equal", [judged.entropy, judged.entropy])
        steady = g.op("And", [g.op("GreaterOrEqual", [state.count, rows.patience]), finite])
        leaves = g.op("Or", [sure, steady])
        code = (layer + 1) * _REASONS
        codes = g.op("Where", [sure, g.const(code, np.float32), g.const(code + 1, np.float32)])
        gone = g.op("Reshape", [leaves, g.ints(-1)])
        pooled, tagged = self._scatter(g, judged, codes, state, lambda value: g.op("Compress", [value, gone], axis=0), tokens)
        left = g.op("Reshape", [g.op("NonZero", [g.op("Not", [gone])]), g.ints(-1)])
        return replace(state, left=left, pooled=pooled, tagged=tagged)

    def _finish(self, g: GraphBuilder, layer: int, judged: Judged, state: _State, tokens: str) -> _State:
        """After the last layer every row leaves."""
        shape = g.op("Shape", [judged.entropy])
        code = g.op("Expand", [g.const([[(layer + 1) * _REASONS + _FINAL]], np.float32), shape])
        pooled, tagged = self._scatter(g, judged, code, state, lambda value: value, tokens)
        return replace(state, pooled=pooled, tagged=tagged)

    def _scatter(self, g: GraphBuilder, judged: Judged, code: str, state: _State, leaving: _Pick, tokens: str) -> tuple[str, str]:
        """Writes the rows that leave into the outputs of the batch, tags of cut rows widened."""
        places = g.op("Unsqueeze", [leaving(state.rows), g.ints(1)])
        packed = g.op("Concat", [judged.logits, judged.entropy, code], axis=1)
        pooled = g.op("ScatterND", [state.pooled, places, leaving(packed)])
        answers = leaving(g.op("Concat", [judged.tags, judged.sure], axis=2))
        missing = g.op("Sub", [self._inputs.tokens, tokens])
        widened = g.op("Pad", [answers, g.op("Concat", [g.ints(0, 0, 0, 0), missing, g.ints(0)], axis=0)])
        return pooled, g.op("ScatterND", [state.tagged, places, widened])

    def _outputs(self, g: GraphBuilder, state: _State) -> list[ValueInfoProto]:
        labels, groups = self._spec.tasks.pooled_labels, len(self._spec.tasks.groups)
        logits, entropy, code = g.ops("Split", [state.pooled, g.ints(labels, 1, 1)], 3, axis=1)
        ids, sure = g.ops("Split", [state.tagged, g.ints(groups, groups)], 2, axis=2)
        ids, sure = (g.op("Gather", [value, g.ints(*self._heads.layout.restore)], axis=2) for value in (ids, sure))
        whole = g.op("Cast", [g.op("Squeeze", [code, g.ints(1)])], to=TensorProto.INT64)
        reasons = g.const(_REASONS, np.int64)
        named: list[tuple[str, int, list[str | int]]] = [
            (g.named("Identity", [logits], "pooled_logits"), TensorProto.FLOAT, ["B", labels]),
            (g.named("Cast", [ids], "tag_ids", to=TensorProto.INT32), TensorProto.INT32, ["B", "S", groups]),
            (g.named("Identity", [sure], "tag_confidence"), TensorProto.FLOAT, ["B", "S", groups]),
            (g.named("Div", [whole, reasons], "exit_layer"), TensorProto.INT64, ["B"]),
            (g.named("Mod", [whole, reasons], "exit_reason"), TensorProto.INT64, ["B"]),
            (g.named("Squeeze", [entropy, g.ints(1)], "entropy"), TensorProto.FLOAT, ["B"]),
        ]
        return [helper.make_tensor_value_info(name, kind, shape) for name, kind, shape in named]


def _zeros(g: GraphBuilder, *dims: str) -> str:
    return g.op("ConstantOfShape", [g.op("Concat", list(dims), axis=0)], value=helper.make_tensor("zero", TensorProto.FLOAT, [1], [0.0]))
