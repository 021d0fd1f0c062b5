"""The graphs' inputs, and what each layer reads of them for the rows that it still has."""

from dataclasses import dataclass

import numpy as np
from onnx import TensorProto, helper

from epee_trainer.model.backbones import ImageForm

from .builder import GraphBuilder
from .packing import ModelSpec

EXCLUDED = -1e9
"""In place of logits that do not count: they add nothing to probabilities and entropy."""

_Input = tuple[str, int, list[str | int]]
"""Name, element type, shape."""

_TASK_INPUT: _Input = ("task", TensorProto.INT64, ["B"])
_TEXT_INPUTS: tuple[_Input, ...] = (
    ("input_ids", TensorProto.INT64, ["B", "S"]),
    ("lengths", TensorProto.INT32, ["B"]),
    _TASK_INPUT,
    ("word_mask", TensorProto.FLOAT, ["B", "S"]),
    ("markers", TensorProto.INT64, ["B", 2]),
)
_POLICY_INPUTS: tuple[_Input, ...] = (("entropy_threshold", TensorProto.FLOAT, ["B"]), ("patience", TensorProto.INT64, ["B"]))


@dataclass(frozen=True)
class RowInputs:
    """What heads and exits read of R rows of S tokens. `picks` int64 [R, 1 or 3, 1], the places of
    the anchor ([CLS], or the last real token behind a causal encoder) and of both markers;
    `mean_weights` float32 [R, 1, S], 1/length at real tokens; `words` int64 [W, 2], row and place
    of the tokens that begin a word; `own_task` float32 [R, Cp], 1 at the labels of the row's own
    task, else 0; `entropy_scale` [R, 1], -1/ln(labels), 0 for tagging; `threshold` and `patience`
    float32 [R, 1]."""

    picks: str
    mean_weights: str
    words: str
    own_task: str
    entropy_scale: str
    threshold: str
    patience: str


class GraphInputs:
    """Declares the inputs and derives, once, the tables in which layers look their rows up. `batch`
    and `tokens` are int64 [1], `rows` int64 [B] counts up; `any_words` and `any_labels` say whether
    the batch has tagging rows and pooled rows. `lengths` is the input of that name, or nothing for
    images, which are all of one length."""

    def __init__(self, g: GraphBuilder, spec: ModelSpec, *, policies: bool):
        self._image = spec.image
        self.lengths = "lengths" if spec.image is None else ""
        first = "input_ids" if spec.image is None else "pixel_values"
        names = _inputs(spec.image) + (_POLICY_INPUTS if policies else ())
        self.declared = [helper.make_tensor_value_info(*entry) for entry in names]
        self.batch = g.op("Shape", [first], start=0, end=1)
        self.tokens = g.op("Shape", ["input_ids"], start=1, end=2) if spec.image is None else g.ints(spec.image.tokens)
        self.rows = g.op("Range", [g.const(0, np.int64), g.op("Squeeze", [self.batch]), g.const(1, np.int64)])
        self._labels = spec.tasks.pooled_labels
        self._picks = self._places(g, spec)
        if spec.image is None:
            self._token_table = g.op("Concat", [self._mean_weights(g), g.op("Unsqueeze", ["word_mask", g.ints(1)])], axis=1)
            self.any_words = g.op("Greater", [g.op("ReduceSum", ["word_mask"], keepdims=0), g.const(0, np.float32)])
        else:
            self._token_table = self.any_words = ""
        columns = self._task_columns(g, spec)
        self.any_labels = g.op("Less", [g.op("ReduceMin", [columns[1]], keepdims=0), g.const(0, np.float32)])
        self._row_table = g.op("Concat", [*columns, *self._policy_columns(g, policies)], axis=1)

    def _places(self, g: GraphBuilder, spec: ModelSpec) -> str:
        """Where pooled heads look, int64 [B, 1 or 3, 1]: anchor, with relations both markers."""
        if spec.causal:
            last = g.op("Sub", [g.op("Cast", ["lengths"], to=TensorProto.INT64), g.const(1, np.int64)])
            anchors = g.op("Unsqueeze", [last, g.ints(1)])
            places = g.op("Concat", [anchors, "markers"], axis=1) if spec.tasks.has_relations else anchors
        elif spec.tasks.has_relations:
            places = g.op("Pad", ["markers", g.ints(0, 1, 0, 0)])
        else:
            places = g.op("Expand", [g.const([[0]], np.int64), g.op("Concat", [self.batch, g.ints(1)], axis=0)])
        return g.op("Unsqueeze", [places, g.ints(2)])

    def _mean_weights(self, g: GraphBuilder) -> str:
        """1/length at real tokens, 0 at padding: float32 [B, 1, S]."""
        places = g.op("Range", [g.const(0, np.int64), g.op("Squeeze", [self.tokens]), g.const(1, np.int64)])
        lengths = g.op("Unsqueeze", [g.op("Cast", ["lengths"], to=TensorProto.INT64), g.ints(1)])
        real = g.op("Cast", [g.op("Less", [places, lengths])], to=TensorProto.FLOAT)
        return g.op("Unsqueeze", [g.op("Div", [real, g.op("Cast", [lengths], to=TensorProto.FLOAT)]), g.ints(1)])

    def _task_columns(self, g: GraphBuilder, spec: ModelSpec) -> list[str]:
        tasks = spec.tasks
        own = np.zeros((len(tasks.tasks), tasks.pooled_labels), dtype=np.float32)
        scale = np.zeros((len(tasks.tasks), 1), dtype=np.float32)
        for index, task in enumerate(tasks.tasks):
            if task.pooled:
                own[index, tasks.slice_of(task.name)] = 1
                scale[index] = -1 / np.log(len(task.labels))
        return [g.op("Gather", [g.const(table, np.float32), "task"], axis=0) for table in (own, scale)]

    def _policy_columns(self, g: GraphBuilder, policies: bool) -> list[str]:
        if not policies:
            # Two columns that nobody reads.
            if self._image is None:
                return [g.op("Cast", ["markers"], to=TensorProto.FLOAT)]
            return [g.op("Expand", [g.const([[0.0, 0.0]], np.float32), g.op("Concat", [self.batch, g.ints(1)], axis=0)])]
        patience = g.op("Cast", ["patience"], to=TensorProto.FLOAT)
        return [g.op("Unsqueeze", [column, g.ints(1)]) for column in ("entropy_threshold", patience)]

    def of_all(self, g: GraphBuilder) -> RowInputs:
        """While every row is there."""
        return self._row_inputs(g, self._picks, self._token_table, self._row_table)

    def of_some(self, g: GraphBuilder, rows: str, tokens: str) -> RowInputs:
        """For some rows (int64 [R], places in the batch), cut to `tokens` (int64 [1])."""
        table = ""
        if self._image is None:
            table = g.op("Slice", [g.op("Gather", [self._token_table, rows], axis=0), g.ints(0), tokens, g.ints(2)])
        picks, columns = (g.op("Gather", [value, rows], axis=0) for value in (self._picks, self._row_table))
        return self._row_inputs(g, picks, table, columns)

    def _row_inputs(self, g: GraphBuilder, picks: str, table: str, columns: str) -> RowInputs:
        if self._image is None:
            mean_weights, mask = g.ops("Split", [table, g.ints(1, 1)], 2, axis=1)
            words = g.op("NonZero", [g.op("Squeeze", [mask, g.ints(1)])])
        else:
            mean_weights, words = g.const(np.full((1, 1, self._image.tokens), 1 / self._image.tokens), np.float32), ""
        own, scale, threshold, patience = g.ops("Split", [columns, g.ints(self._labels, 1, 1, 1)], 4, axis=1)
        if words:
            words = g.op("Transpose", [words])
        return RowInputs(picks, mean_weights, words, own, scale, threshold, patience)


def _inputs(image: ImageForm | None) -> tuple[_Input, ...]:
    if image is None:
        return _TEXT_INPUTS
    return (("pixel_values", TensorProto.FLOAT, ["B", image.channels, image.height, image.width]), _TASK_INPUT)
