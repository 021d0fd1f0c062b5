"""Exit heads: logits, normalised entropy and vote of every row after a layer."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from onnx import TensorProto, helper

from .builder import GraphBuilder
from .encoder import GraphWeights
from .inputs import EXCLUDED, GraphInputs, RowInputs
from .packing import ModelSpec
from .tag_layout import Bucket, lay_out

_FLOAT = TensorProto.FLOAT
_Branch = Callable[[GraphBuilder, int, str, RowInputs], list[tuple[str, int]]]


@dataclass(frozen=True)
class Judged:
    """What the heads say of R rows after a layer: `logits` float32 [R, Cp]; `entropy` float32 [R,
    1]; `label` int64 [R, 1], 0 for tagging; `tags` and `sure` float32 [R, S, G], tag ids and their
    probabilities, 0 off the words. Groups are in the order of the tag layout."""

    logits: str
    entropy: str
    label: str
    tags: str
    sure: str


class Heads:
    """Writes the exit heads into graphs. Their matrices are small: fp32 in both precisions."""

    def __init__(self, spec: ModelSpec, weights: GraphWeights):
        self._spec = spec
        self._weights = weights
        self._sizes = [len(group.labels) for group in spec.tasks.groups]
        self.layout = lay_out(self._sizes)

    def judge(self, g: GraphBuilder, layer: int, hidden: str, rows: RowInputs, inputs: GraphInputs) -> Judged:
        """All that the exit rule and the outputs need after a layer. `hidden` is [R, S, H]. Either
        kind of head is skipped in a batch without such rows."""
        tasks = self._spec.tasks
        any_labels = inputs.any_labels if tasks.pooled_labels else None
        pooled = self._if(g, layer, "pooled", any_labels, self._pooled, self._no_pooled, hidden, rows)
        tagged = self._if(g, layer, "tags", inputs.any_words if tasks.groups else None, self._tagged, self._no_tags, hidden, rows)
        logits, pooled_entropy, label = pooled
        tag_entropy, tags, sure = tagged
        # A row has either a label or tags; the other's entropy is 0. The sum keeps NaN, a maximum
        # might not.
        return Judged(logits, g.op("Add", [pooled_entropy, tag_entropy]), label, tags, sure)

    def _if(
        self, g: GraphBuilder, layer: int, kind: str, wanted: str | None, then: _Branch, other: _Branch, hidden: str, rows: RowInputs
    ) -> list[str]:
        """The three values of a kind of head; `wanted` is None in a model without such tasks."""
        if wanted is None:
            return [name for name, _ in other(g, layer, hidden, rows)]
        branches = {}
        for key, write in (("then_branch", then), ("else_branch", other)):
            b = g.child(f"{kind}.{layer}.{key}")
            branches[key] = b.branch(write(b, layer, hidden, rows))
        return g.ops("If", [wanted], 3, **branches)

    def pooled_logits(self, g: GraphBuilder, layer: int, hidden: str, rows: RowInputs) -> str:
        """The anchor, in models of relations both markers, and the mean of the real tokens -> dense
        + GELU -> logits of all pooled tasks, float32 [R, Cp]."""
        if not self._spec.tasks.pooled_labels:
            return self._zeros(g, hidden, 0, dims=1)
        picked = g.op("GatherND", [hidden, rows.picks], batch_dims=1)
        mean = g.op("MatMul", [rows.mean_weights, hidden])
        pooled = g.op(
            "Reshape",
            [g.op("Concat", [picked, mean], axis=1), g.ints(-1, (4 if self._spec.tasks.has_relations else 2) * self._spec.hidden)],
        )
        dense = g.fused("Gelu", [self._linear(g, f"layer.{layer}.pooled_dense", pooled)])
        return self._linear(g, f"layer.{layer}.pooled_out", dense)

    def tag_logits(self, g: GraphBuilder, layer: int, hidden: str) -> str:
        """Logits of all tag groups for every token, in the model's order: float32 [R, S, Ct]."""
        if not self._spec.tasks.groups:
            return self._zeros(g, hidden, 0)
        w, name = self._weights.of(g), f"layer.{layer}.tags"
        return g.op("Add", [g.op("MatMul", [hidden, w.matrix(name)]), w.raw(f"{name}.bias")])

    def _linear(self, g: GraphBuilder, name: str, value: str) -> str:
        w = self._weights.of(g)
        return g.op("Gemm", [value, w.matrix(name), w.raw(f"{name}.bias")])

    def _pooled(self, g: GraphBuilder, layer: int, hidden: str, rows: RowInputs) -> list[tuple[str, int]]:
        """Logits of all pooled tasks; entropy and vote over own labels, 0 in tagging rows."""
        logits = self.pooled_logits(g, layer, hidden, rows)
        mine = g.op("Cast", [rows.own_task], to=TensorProto.BOOL)
        own = g.op("Where", [mine, logits, g.const(EXCLUDED, np.float32)])
        information, _ = _information(g, own, axis=1)
        entropy = g.op("Mul", [information, rows.entropy_scale])
        return [(logits, _FLOAT), (entropy, _FLOAT), (g.op("ArgMax", [own], axis=1, keepdims=1), TensorProto.INT64)]

    def _no_pooled(self, g: GraphBuilder, _layer: int, _hidden: str, rows: RowInputs) -> list[tuple[str, int]]:
        nothing = g.op("Mul", [rows.own_task, g.const(0, np.float32)])
        label = g.op("Cast", [rows.entropy_scale], to=TensorProto.INT64)
        return [(nothing, _FLOAT), (g.op("Identity", [rows.entropy_scale]), _FLOAT), (label, TensorProto.INT64)]

    def _tagged(self, g: GraphBuilder, layer: int, hidden: str, rows: RowInputs) -> list[tuple[str, int]]:
        """Row entropy (highest of words and groups), tags and their probabilities. Computed at
        words only, then spread over the tokens."""
        logits = g.op("Gemm", [g.op("GatherND", [hidden, rows.words]), *self._laid_out(g, layer)])
        widths = [len(bucket.groups) * bucket.width for bucket in self.layout.buckets]
        parts = g.ops("Split", [logits, g.ints(*widths)], len(widths), axis=1) if len(widths) > 1 else [logits]
        answers = [self._bucket_statistics(g, part, bucket) for part, bucket in zip(parts, self.layout.buckets)]
        values = g.op("Concat", [value for column in zip(*answers) for value in column], axis=1)
        groups = len(self._sizes)
        scale = [-1 / np.log(self._sizes[group]) for group in self.layout.order] + [1] * (2 * groups)
        values = g.op("Mul", [values, g.const(scale, np.float32)])
        spread = g.op("ScatterND", [self._zeros(g, hidden, 3 * groups), rows.words, values])
        entropies, tags, sure = g.ops("Split", [spread, g.ints(groups, groups, groups)], 3, axis=2)
        return [(max_keeping_nan(g, entropies), _FLOAT), (tags, _FLOAT), (sure, _FLOAT)]

    def _no_tags(self, g: GraphBuilder, _layer: int, hidden: str, rows: RowInputs) -> list[tuple[str, int]]:
        entropy = g.op("Mul", [rows.entropy_scale, g.const(0, np.float32)])
        nothing = self._zeros(g, hidden, len(self._sizes))
        return [(entropy, _FLOAT), (nothing, _FLOAT), (g.op("Identity", [nothing]), _FLOAT)]

    def _zeros(self, g: GraphBuilder, hidden: str, width: int, dims: int = 2) -> str:
        """float32 [R, S, width] for states [R, S, H]; with one of the `dims`, [R, width]."""
        shape = g.op("Concat", [g.op("Shape", [hidden], start=0, end=dims), g.ints(width)], axis=0)
        return g.op("ConstantOfShape", [shape], value=helper.make_tensor("zero", _FLOAT, [1], [0.0]))

    def _laid_out(self, g: GraphBuilder, layer: int) -> list[str]:
        """Weight and bias of the tag head in the columns of the layout; folded at load."""
        w, name = self._weights.of(g), f"layer.{layer}.tags"
        columns = g.const(self.layout.columns, np.int64)
        weight = g.op("Pad", [w.matrix(name), g.ints(0, 0, 0, 1)])
        bias = g.op("Pad", [w.raw(f"{name}.bias"), g.ints(0, 1), g.const(EXCLUDED, np.float32)])
        return [g.op("Gather", [weight, columns], axis=1), g.op("Gather", [bias, columns], axis=0)]

    def _bucket_statistics(self, g: GraphBuilder, logits: str, bucket: Bucket) -> tuple[str, str, str]:
        """Sum of p ln p, best label and its probability, each float32 [W, groups of the bucket]."""
        laid = g.op("Reshape", [logits, g.ints(-1, len(bucket.groups), bucket.width)])
        information, p = _information(g, laid, axis=2, keep=0)
        best = g.op("Cast", [g.op("ArgMax", [laid], axis=2, keepdims=0)], to=TensorProto.FLOAT)
        return information, best, g.op("ReduceMax", [p], axes=[2], keepdims=0)


def _information(g: GraphBuilder, logits: str, *, axis: int, keep: int = 1) -> tuple[str, str]:
    """Minus the entropy of softmax over an axis, and the probabilities. NaN stays NaN."""
    p = g.op("Softmax", [logits], axis=axis)
    log_p = g.op("LogSoftmax", [logits], axis=axis)
    return g.op("ReduceSum", [g.op("Mul", [p, log_p]), g.ints(axis)], keepdims=keep), p


def max_keeping_nan(g: GraphBuilder, values: str) -> str:
    """Highest of each row of [R, S, G] as [R, 1]. ReduceMax may skip NaN; a sum does not."""
    total = g.op("ReduceSum", [values, g.ints(1, 2)], keepdims=0)
    highest = g.op("ReduceMax", [values], axes=[1, 2], keepdims=0)
    kept = g.op("Add", [highest, g.op("Mul", [total, g.const(0, np.float32)])])
    return g.op("Unsqueeze", [kept, g.ints(1)])
