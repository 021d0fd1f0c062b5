"""The graphs' inputs, and what each layer reads of them for the rows that it still has."""

from __future__ import annotations

import numpy as np
from onnx import TensorProto, helper

from .builder import GraphBuilder
from .heads import RowInputs
from .packing import ModelSpec

_INPUTS = (
    ("input_ids", TensorProto.INT64, ["B", "S"]),
    ("lengths", TensorProto.INT32, ["B"]),
    ("task", TensorProto.INT64, ["B"]),
    ("word_mask", TensorProto.FLOAT, ["B", "S"]),
    ("markers", TensorProto.INT64, ["B", 2]),
)
_POLICY_INPUTS = (("entropy_threshold", TensorProto.FLOAT, ["B"]), ("patience", TensorProto.INT64, ["B"]))


class GraphInputs:
    """Declares the inputs and derives, once, the tables that layers look their rows up in."""

    def __init__(self, g: GraphBuilder, spec: ModelSpec, *, policies: bool):
        names = _INPUTS + (_POLICY_INPUTS if policies else ())
        self.declared = [helper.make_tensor_value_info(*entry) for entry in names]
        self.batch = g.op("Shape", ["input_ids"], start=0, end=1)
        self.tokens = g.op("Shape", ["input_ids"], start=1, end=2)
        self.batch_scalar = g.op("Squeeze", [self.batch])
        self._picks = g.op("Pad", ["markers", g.ints(0, 1, 0, 0)])
        self._token_table = g.op("Concat", [self._mean_weights(g), g.op("Unsqueeze", ["word_mask", g.ints(1)])], axis=1)
        if policies:
            self._threshold = g.op("Unsqueeze", ["entropy_threshold", g.ints(1)])
            self._patience = g.op("Unsqueeze", ["patience", g.ints(1)])

    def _mean_weights(self, g: GraphBuilder) -> str:
        """1/length at real tokens, 0 at padding: float32 [B, 1, S]."""
        places = g.op("Range", [g.const(0, np.int64), g.op("Squeeze", [self.tokens]), g.const(1, np.int64)])
        lengths = g.op("Unsqueeze", [g.op("Cast", ["lengths"], to=TensorProto.INT64), g.ints(1)])
        real = g.op("Cast", [g.op("Less", [g.op("Unsqueeze", [places, g.ints(0)]), lengths])], to=TensorProto.FLOAT)
        return g.op("Unsqueeze", [g.op("Div", [real, g.op("Cast", [lengths], to=TensorProto.FLOAT)]), g.ints(1)])

    def of_all(self, g: GraphBuilder, rows: str) -> RowInputs:
        """Inputs of the heads while every row is there."""
        return self._row_inputs(g, rows, self._picks, self._token_table, "task", self.tokens)

    def of_some(self, g: GraphBuilder, rows: str, tokens: str) -> RowInputs:
        """Inputs of the heads for some rows (int64 [R], places in the batch), cut to `tokens` (int64 [1])."""
        table = g.op("Slice", [g.op("Gather", [self._token_table, rows], axis=0), g.ints(0), tokens, g.ints(2)])
        picks, task = (g.op("Gather", [value, rows], axis=0) for value in (self._picks, "task"))
        return self._row_inputs(g, rows, picks, table, task, tokens)

    def _row_inputs(self, g: GraphBuilder, rows: str, picks: str, table: str, task: str, tokens: str) -> RowInputs:
        mean_weights, mask = g.ops("Split", [table, g.ints(1, 1)], 2, axis=1)
        word_mask = g.op("Transpose", [mask], perm=[0, 2, 1])
        order = g.op("Range", [g.const(0, np.int64), g.op("Squeeze", [g.op("Shape", [rows])]), g.const(1, np.int64)])
        base = g.op("Unsqueeze", [g.op("Mul", [order, tokens]), g.ints(1)])
        return RowInputs(picks, mean_weights, task, word_mask, base)

    def policy(self, g: GraphBuilder, rows: str) -> tuple[str, str]:
        """Entropy threshold float32 [R, 1] and patience int64 [R, 1] of some rows."""
        return g.op("Gather", [self._threshold, rows], axis=0), g.op("Gather", [self._patience, rows], axis=0)
