"""Exit heads: logits, normalised entropy and vote of every row after a layer."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from onnx import TensorProto

from .builder import GraphBuilder
from .encoder import GraphWeights
from .packing import ModelSpec

_EXCLUDED = -1e9
"""Put in place of the logits of other tasks: their probability is 0 and their share of the entropy too."""


@dataclass(frozen=True)
class RowInputs:
    """What the heads need of the rows in a layer (R rows, S tokens): `picks` int64 [R, 3], the positions of [CLS] and both markers; `mean_weights`
    float32 [R, 1, S], 1/length at real tokens; `task` int64 [R]; `word_mask` float32 [R, S, 1]; `rows_base` int64 [R, 1], a row's first token among R x S."""

    picks: str
    mean_weights: str
    task: str
    word_mask: str
    rows_base: str


class Heads:
    """Writes the exit heads into graphs. Their matrices are small and stay in fp32 in both precisions."""

    def __init__(self, spec: ModelSpec, weights: GraphWeights):
        self._spec = spec
        self._weights = weights

    def pooled_logits(self, g: GraphBuilder, layer: int, hidden: str, rows: RowInputs) -> str:
        """[CLS], both markers and the mean of the real tokens -> dense + GELU -> logits of all pooled tasks, float32 [R, Cp]."""
        w, name = self._weights, f"layer.{layer}"
        flat = g.op("Reshape", [hidden, g.ints(-1, self._spec.hidden)])
        picked = g.op("Gather", [flat, g.op("Add", [rows.picks, rows.rows_base])], axis=0)
        mean = g.op("MatMul", [rows.mean_weights, hidden])
        pooled = g.op("Reshape", [g.op("Concat", [picked, mean], axis=1), g.ints(-1, 4 * self._spec.hidden)])
        dense = g.op("MatMul", [pooled, w.matrix(f"{name}.pooled_dense")])
        active = g.fused("BiasGelu", [dense, w.raw(f"{name}.pooled_dense.bias")])
        return g.op("Gemm", [active, w.matrix(f"{name}.pooled_out"), w.raw(f"{name}.pooled_out.bias")])

    def pooled_statistics(self, g: GraphBuilder, logits: str, task: str) -> tuple[str, str]:
        """Entropy float32 [R, 1] and vote int64 [R, 1] over the labels of each row's own task; both 0 in tagging rows."""
        own, scale = self._task_tables()
        mine = g.op("Gather", [g.const(own, np.bool_), task], axis=0)
        masked = g.op("Where", [mine, logits, g.const(_EXCLUDED, np.float32)])
        entropy, _ = _entropy(g, masked, axis=1)
        factor = g.op("Gather", [g.const(scale, np.float32), task], axis=0)
        return g.op("Mul", [entropy, factor]), g.op("ArgMax", [masked], axis=1, keepdims=1)

    def tag_logits(self, g: GraphBuilder, layer: int, hidden: str) -> str:
        """Logits of all tag groups for every token, float32 [R, S, Ct]."""
        name = f"layer.{layer}.tags"
        return g.op("Add", [g.op("MatMul", [hidden, self._weights.matrix(name)]), self._weights.raw(f"{name}.bias")])

    def tag_statistics(self, g: GraphBuilder, logits: str, word_mask: str) -> tuple[str, str, str]:
        """Row entropy float32 [R, 1] (highest of words and groups), tags int64 [R, S, G] and their probability float32 [R, S, G]; 0 off the words."""
        sizes = [len(group.labels) for group in self._spec.tasks.groups]
        parts = g.ops("Split", [logits, g.ints(*sizes)], len(sizes), axis=2) if len(sizes) > 1 else [logits]
        entropies, tags, sure = [], [], []
        for part, size in zip(parts, sizes):
            entropy, p = _entropy(g, part, axis=2)
            entropies.append(g.op("Mul", [entropy, g.const(1 / np.log(size), np.float32)]))
            tags.append(g.op("ArgMax", [part], axis=2, keepdims=1))
            sure.append(g.op("ReduceMax", [p], axes=[2], keepdims=1))
        words = g.op("Cast", [word_mask], to=TensorProto.BOOL)
        masked = g.op("Where", [words, g.op("Concat", entropies, axis=2), g.const(0, np.float32)])
        ids = g.op("Where", [words, g.op("Concat", tags, axis=2), g.const(0, np.int64)])
        return _max_keeping_nan(g, masked), ids, g.op("Mul", [g.op("Concat", sure, axis=2), word_mask])

    def _task_tables(self) -> tuple[np.ndarray, np.ndarray]:
        """Which pooled labels are a task's own, bool [tasks, Cp], and 1/ln(labels) float [tasks, 1], 0 for tagging."""
        tasks = self._spec.tasks
        own = np.zeros((len(tasks.tasks), tasks.pooled_labels), dtype=bool)
        scale = np.zeros((len(tasks.tasks), 1))
        for index, task in enumerate(tasks.tasks):
            if task.pooled:
                own[index, tasks.slice_of(task.name)] = True
                scale[index] = 1 / np.log(len(task.labels))
        return own, scale


def _entropy(g: GraphBuilder, logits: str, *, axis: int) -> tuple[str, str]:
    """Entropy of softmax over the last axis, kept with size 1, and the probabilities. A non-finite logit gives NaN."""
    p = g.op("Softmax", [logits], axis=axis)
    log_p = g.op("LogSoftmax", [logits], axis=axis)
    return g.op("Neg", [g.op("ReduceSum", [g.op("Mul", [p, log_p]), g.ints(axis)], keepdims=1)]), p


def _max_keeping_nan(g: GraphBuilder, values: str) -> str:
    """Highest of each row of [R, S, G] as [R, 1]. ReduceMax may skip NaN; a sum does not."""
    total = g.op("ReduceSum", [values, g.ints(1, 2)], keepdims=0)
    highest = g.op("ReduceMax", [values], axes=[1, 2], keepdims=0)
    kept = g.op("Add", [highest, g.op("Mul", [total, g.const(0, np.float32)])])
    return g.op("Unsqueeze", [kept, g.ints(1)])
