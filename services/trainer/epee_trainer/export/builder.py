"""A thin writer of ONNX graphs, so that the exporter reads like the model."""

from collections.abc import Sequence
from typing import Any, Self

import numpy as np
from onnx import GraphProto, ModelProto, NodeProto, TensorProto, ValueInfoProto, helper, numpy_helper

MICROSOFT = "com.microsoft"
"""Operator domain of ONNX Runtime's fused operators."""

OPSET = 17


Built = tuple["GraphBuilder", list[ValueInfoProto], list[ValueInfoProto]]
"""A main graph with its inputs and its outputs."""


class GraphBuilder:
    """The nodes and small constants of one (sub)graph. Value names are unique in the model."""

    def __init__(self, name: str, *, is_branch: bool = False):
        self.name = name
        self.is_branch = is_branch
        self.nodes: list[NodeProto] = []
        self.initializers: dict[str, TensorProto] = {}
        self._constants: dict[tuple[bytes, tuple[int, ...], str], str] = {}
        self._count = 0

    def child(self, name: str) -> Self:
        """The builder of a branch. Its nodes may read values of the graphs around it."""
        return type(self)(f"{self.name}/{name}", is_branch=True)

    def op(self, op_type: str, inputs: Sequence[str], *, domain: str = "", **attributes: Any) -> str:
        """Adds a node with one output and gives the output's name."""
        return self.ops(op_type, inputs, 1, domain=domain, **attributes)[0]

    def ops(self, op_type: str, inputs: Sequence[str], outputs: int, *, domain: str = "", **attributes: Any) -> list[str]:
        """Adds a node with several outputs and gives their names."""
        self._count += 1
        base = f"{self.name}/{op_type}_{self._count}"
        names = [base if outputs == 1 else f"{base}:{i}" for i in range(outputs)]
        self.nodes.append(helper.make_node(op_type, list(inputs), names, name=base, domain=domain, **attributes))
        return names

    def named(self, op_type: str, inputs: Sequence[str], output: str, **attributes: Any) -> str:
        """Adds a node whose one output is an output of the model; gives its name."""
        self.nodes.append(helper.make_node(op_type, list(inputs), [output], name=f"{self.name}/{output}", **attributes))
        return output

    def fused(self, op_type: str, inputs: Sequence[str], **attributes: Any) -> str:
        """Adds one of ONNX Runtime's fused operators."""
        return self.op(op_type, inputs, domain=MICROSOFT, **attributes)

    def const(self, value: Any, dtype: Any) -> str:
        """A small constant, stored once in this graph."""
        array = np.asarray(value, dtype=dtype)
        key = (array.tobytes(), array.shape, array.dtype.str)
        if key not in self._constants:
            name = f"{self.name}/const_{len(self._constants)}"
            self._constants[key] = name
            self.initializers[name] = numpy_helper.from_array(array, name)
        return self._constants[key]

    def ints(self, *values: int) -> str:
        """A one-dimensional int64 constant."""
        return self.const(values, np.int64)

    def graph(self, outputs: Sequence[ValueInfoProto], inputs: Sequence[ValueInfoProto] = ()) -> GraphProto:
        """The finished graph."""
        return helper.make_graph(self.nodes, self.name, list(inputs), list(outputs), list(self.initializers.values()))

    def branch(self, outputs: Sequence[tuple[str, int]]) -> GraphProto:
        """The graph as a branch of an `If`, with the names and element types of its outputs."""
        return self.graph([helper.make_tensor_value_info(name, kind, None) for name, kind in outputs])


def make_model(graph: GraphProto, description: str) -> ModelProto:
    """The model of a main graph."""
    opsets = [helper.make_opsetid("", OPSET), helper.make_opsetid(MICROSOFT, 1)]
    return helper.make_model(graph, opset_imports=opsets, ir_version=10, producer_name="epee-trainer", doc_string=description)
