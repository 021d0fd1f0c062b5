"""Which tensors of an encoder go into a model package, and under which names: one list a family serves packing and reading back."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Shape(Enum):
    """How a tensor is kept. `TABLE`: embeddings [entries, width], 8-bit, a scale an entry. `LINEAR`: a weight [outputs, inputs] and its bias, 8-bit, a scale an
    output. `NORM`: gamma and beta, fp32. `VECTOR`: one row, fp32."""

    TABLE = "table"
    LINEAR = "linear"
    NORM = "norm"
    VECTOR = "vector"


@dataclass(frozen=True)
class Part:
    """One entry of the weight file. `sources`: the parameter (`TABLE`, `VECTOR`) or the modules (`LINEAR`, `NORM`) of the encoder; several modules of a `LINEAR`
    stand below one another. `transposed`: the module keeps its weight as [inputs, outputs] (GPT-2's Conv1D)."""

    name: str
    shape: Shape
    sources: tuple[str, ...]
    transposed: bool = False


def table(name: str, parameter: str) -> Part:
    """An embedding table."""
    return Part(name, Shape.TABLE, (parameter,))


def vector(name: str, parameter: str) -> Part:
    """One row; of a parameter with several rows the first."""
    return Part(name, Shape.VECTOR, (parameter,))


def norm(name: str, module: str) -> Part:
    """A layer normalisation."""
    return Part(name, Shape.NORM, (module,))


def linear(name: str, *modules: str, transposed: bool = False) -> Part:
    """A linear layer, or several with the same input."""
    return Part(name, Shape.LINEAR, modules, transposed)
