"""The exit graph: layer after layer, rows whose head is sure leave the batch, and the rest goes on in a smaller one.

State between layers, R rows of which some go on, S tokens (of the longest row then left):
`hidden` [R, S, H]; `rows` int64 [R], each row's place in the batch; `left` int64, which of the R go on; `count` int64 [R, 1], `label` int64 [R, 1] and
`tags` int64 [R, S, G], patience counter and vote; `pooled` float32 [B, Cp + 2] (logits, entropy, exit code) and `tagged` float32 [B, S0, 2 G] (tag ids,
probabilities) of the rows that are done.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
from onnx import TensorProto, helper

from .builder import GraphBuilder
from .encoder import Encoder, GraphWeights, Precision
from .heads import Heads, RowInputs
from .inputs import GraphInputs
from .packing import ModelSpec
from .weights import WeightFile

_REASONS = 4
"""Exit code = layer x 4 + reason (0 entropy, 1 patience, 2 final): one column instead of two."""

_FINAL = 2


@dataclass(frozen=True)
class _State:
    hidden: str
    rows: str
    left: str
    count: str
    label: str
    tags: str
    pooled: str
    tagged: str

    @staticmethod
    def types() -> list[int]:
        wide = {"hidden", "pooled", "tagged"}
        return [TensorProto.FLOAT if field.name in wide else TensorProto.INT64 for field in fields(_State)]

    def names(self) -> list[str]:
        return [getattr(self, field.name) for field in fields(self)]


@dataclass(frozen=True)
class _Judged:
    """What a layer's heads say of its rows: `entropy` [R, 1], votes, probabilities of the tags, and whether the vote is the layer's before (bool [R, 1])."""

    logits: str
    entropy: str
    label: str
    tags: str
    sure: str


class ExitGraph:
    """Builds the exit graph of one precision."""

    def __init__(self, spec: ModelSpec, file: WeightFile, precision: Precision):
        self._spec = spec
        self._root = GraphBuilder("exit")
        weights = GraphWeights(self._root, file)
        self._encoder = Encoder(spec, weights, precision)
        self._heads = Heads(spec, weights)
        self._inputs = GraphInputs(self._root, spec, policies=True)

    def build(self) -> tuple[GraphBuilder, list, list]:
        """The main graph's builder with its inputs and outputs."""
        g, layers = self._root, self._spec.layers
        state = self._first_layer(g)
        for layer in range(1, layers):
            state = self._guarded_layer(g, layer, state)
        return g, self._inputs.declared, self._outputs(g, state)

    def _first_layer(self, g: GraphBuilder) -> _State:
        inputs = self._inputs
        hidden = self._encoder.layer(g, 0, self._encoder.embed(g, "input_ids", inputs.tokens), "lengths")
        rows = g.op("Range", [g.const(0, np.int64), inputs.batch_scalar, g.const(1, np.int64)])
        judged = self._judge(g, 0, hidden, inputs.of_all(g, rows))
        count = g.op("ConstantOfShape", [g.op("Concat", [inputs.batch, g.ints(1)], axis=0)], value=helper.make_tensor("zero", TensorProto.INT64, [1], [0]))
        groups = len(self._spec.tasks.groups)
        pooled = self._zeros(g, inputs.batch, g.ints(self._spec.tasks.pooled_labels + 2))
        tagged = self._zeros(g, inputs.batch, inputs.tokens, g.ints(2 * groups))
        return self._decide(g, 0, judged, _State(hidden, rows, "", count, judged.label, judged.tags, pooled, tagged))

    def _zeros(self, g: GraphBuilder, *dims: str) -> str:
        return g.op("ConstantOfShape", [g.op("Concat", list(dims), axis=0)], value=helper.make_tensor("zero", TensorProto.FLOAT, [1], [0.0]))

    def _guarded_layer(self, g: GraphBuilder, layer: int, state: _State) -> _State:
        """The layer in an `If` on rows left: QAttention dies of zero rows, and a finished batch need not go on."""
        any_left = g.op("Greater", [g.op("Size", [state.left]), g.const(0, np.int64)])
        then, other = g.child(f"layer.{layer}"), g.child(f"layer.{layer}.done")
        after = self._later_layer(then, layer, state)
        types = _State.types()
        passed = [other.op("Identity", [name]) for name in state.names()]
        outputs = g.ops(
            "If",
            [any_left],
            len(types),
            then_branch=then.branch(list(zip(after.names(), types))),
            else_branch=other.branch(list(zip(passed, types))),
        )
        return _State(*outputs)

    def _later_layer(self, g: GraphBuilder, layer: int, before: _State) -> _State:
        rows = g.op("Gather", [before.rows, before.left], axis=0)
        lengths = g.op("Gather", ["lengths", rows], axis=0)
        tokens = g.op("Cast", [g.op("ReduceMax", [lengths], keepdims=1)], to=TensorProto.INT64)
        hidden = self._shrink(g, before, tokens)
        hidden = self._encoder.layer(g, layer, hidden, lengths)
        judged = self._judge(g, layer, hidden, self._inputs.of_some(g, rows, tokens))
        if layer == self._spec.layers - 1:
            return self._finish_all(g, layer, judged, before, rows)
        count = self._agreement(g, before, judged, tokens)
        state = _State(hidden, rows, "", count, judged.label, judged.tags, before.pooled, before.tagged)
        return self._decide(g, layer, judged, state)

    def _shrink(self, g: GraphBuilder, before: _State, tokens: str) -> str:
        """The rows that are left, cut to the longest of them: one copy by token."""
        size = g.op("Shape", [before.hidden], start=1, end=2)
        first = g.op("Unsqueeze", [g.op("Mul", [before.left, size]), g.ints(1)])
        places = g.op("Range", [g.const(0, np.int64), g.op("Squeeze", [tokens]), g.const(1, np.int64)])
        flat = g.op("Reshape", [before.hidden, g.ints(-1, self._spec.hidden)])
        return g.op("Gather", [flat, g.op("Add", [first, places])], axis=0)

    def _judge(self, g: GraphBuilder, layer: int, hidden: str, rows: RowInputs) -> _Judged:
        logits = self._heads.pooled_logits(g, layer, hidden, rows)
        pooled_entropy, label = self._heads.pooled_statistics(g, logits, rows.task)
        tag_entropy, tags, sure = self._heads.tag_statistics(g, self._heads.tag_logits(g, layer, hidden), rows.word_mask)
        return _Judged(logits, g.op("Add", [pooled_entropy, tag_entropy]), label, tags, sure)

    def _agreement(self, g: GraphBuilder, before: _State, judged: _Judged, tokens: str) -> str:
        """The patience counter: one more where label and tags are those of the layer before, else 0. A row has either; the other is 0 in both layers."""
        label = g.op("Gather", [before.label, before.left], axis=0)
        tags = g.op("Slice", [g.op("Gather", [before.tags, before.left], axis=0), g.ints(0), tokens, g.ints(1)])
        same_label = g.op("Equal", [label, judged.label])
        same_tags = g.op("Cast", [g.op("Equal", [tags, judged.tags])], to=TensorProto.INT32)
        all_tags = g.op("Unsqueeze", [g.op("ReduceMin", [same_tags], axes=[1, 2], keepdims=0), g.ints(1)])
        same = g.op("And", [same_label, g.op("Cast", [all_tags], to=TensorProto.BOOL)])
        count = g.op("Add", [g.op("Gather", [before.count, before.left], axis=0), g.const(1, np.int64)])
        return g.op("Where", [same, count, g.const(0, np.int64)])

    def _decide(self, g: GraphBuilder, layer: int, judged: _Judged, state: _State) -> _State:
        threshold, patience = self._inputs.policy(g, state.rows)
        sure = g.op("Less", [judged.entropy, threshold])
        # NaN is unequal to itself: a row whose logits are not finite never leaves early.
        steady = g.op("And", [g.op("GreaterOrEqual", [state.count, patience]), g.op("Equal", [judged.entropy, judged.entropy])])
        leaves = g.op("Or", [sure, steady])
        code = g.op("Add", [g.op("Cast", [g.op("Not", [sure])], to=TensorProto.FLOAT), g.const((layer + 1) * _REASONS, np.float32)])
        gone = self._which(g, leaves)
        pooled, tagged = self._scatter(g, judged, code, state, gone)
        left = self._which(g, g.op("Not", [leaves]))
        return _State(state.hidden, state.rows, left, state.count, state.label, state.tags, pooled, tagged)

    def _which(self, g: GraphBuilder, chosen: str) -> str:
        """Indices of the true ones of bool [R, 1]."""
        return g.op("Gather", [g.op("NonZero", [chosen]), g.const(0, np.int64)], axis=0)

    def _scatter(self, g: GraphBuilder, judged: _Judged, code: str, state: _State, gone: str) -> tuple[str, str]:
        """Writes the rows that leave into the outputs of the whole batch."""
        places = g.op("Unsqueeze", [g.op("Gather", [state.rows, gone], axis=0), g.ints(1)])
        packed = g.op("Concat", [judged.logits, judged.entropy, code], axis=1)
        pooled = g.op("ScatterND", [state.pooled, places, g.op("Gather", [packed, gone], axis=0)])
        tags = g.op("Cast", [g.op("Gather", [judged.tags, gone], axis=0)], to=TensorProto.FLOAT)
        tagged = g.op("Concat", [tags, g.op("Gather", [judged.sure, gone], axis=0)], axis=2)
        return pooled, g.op("ScatterND", [state.tagged, places, self._padded(g, tagged, state.tagged)])

    def _padded(self, g: GraphBuilder, tagged: str, whole: str) -> str:
        """Tags of cut rows, widened to the tokens of the whole batch."""
        missing = g.op("Sub", [g.op("Shape", [whole], start=1, end=2), g.op("Shape", [tagged], start=1, end=2)])
        return g.op("Pad", [tagged, g.op("Concat", [g.ints(0, 0, 0, 0), missing, g.ints(0)], axis=0)])

    def _finish_all(self, g: GraphBuilder, layer: int, judged: _Judged, before: _State, rows: str) -> _State:
        code = g.op("Where", [g.op("IsNaN", [judged.entropy]), *2 * [g.const((layer + 1) * _REASONS + _FINAL, np.float32)]])
        everyone = g.op("Range", [g.const(0, np.int64), g.op("Squeeze", [g.op("Shape", [rows])]), g.const(1, np.int64)])
        state = _State("", rows, "", "", "", "", before.pooled, before.tagged)
        pooled, tagged = self._scatter(g, judged, code, state, everyone)
        none = g.op("Identity", [before.left])
        return _State(*(g.op("Identity", [name]) for name in before.names()[:2]), none, *(g.op("Identity", [n]) for n in before.names()[3:6]), pooled, tagged)

    def _outputs(self, g: GraphBuilder, state: _State) -> list:
        labels, groups = self._spec.tasks.pooled_labels, len(self._spec.tasks.groups)
        logits, entropy, code = g.ops("Split", [state.pooled, g.ints(labels, 1, 1)], 3, axis=1)
        ids, sure = g.ops("Split", [state.tagged, g.ints(groups, groups)], 2, axis=2)
        whole = g.op("Cast", [g.op("Squeeze", [code, g.ints(1)])], to=TensorProto.INT64)
        named = [
            (g.named("Identity", [logits], "pooled_logits"), TensorProto.FLOAT, ["B", labels]),
            (g.named("Cast", [ids], "tag_ids", to=TensorProto.INT32), TensorProto.INT32, ["B", "S", groups]),
            (g.named("Identity", [sure], "tag_confidence"), TensorProto.FLOAT, ["B", "S", groups]),
            (g.named("Div", [whole, g.const(_REASONS, np.int64)], "exit_layer"), TensorProto.INT64, ["B"]),
            (g.named("Mod", [whole, g.const(_REASONS, np.int64)], "exit_reason"), TensorProto.INT64, ["B"]),
            (g.named("Squeeze", [entropy, g.ints(1)], "entropy"), TensorProto.FLOAT, ["B"]),
        ]
        return [helper.make_tensor_value_info(name, kind, shape) for name, kind, shape in named]
