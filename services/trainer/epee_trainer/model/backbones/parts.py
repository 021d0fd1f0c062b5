"""Which tensors go into a package, under which names: one list to pack and to read back."""

from dataclasses import dataclass
from enum import Enum


class Shape(Enum):
    """How a tensor is kept. `TABLE`: embeddings [entries, width], 8-bit, a scale per entry.
    `LINEAR`: a weight [outputs, inputs] and its bias, 8-bit, a scale per output. `NORM`: gamma and
    beta, fp32. `VECTOR`: one row, fp32."""

    TABLE = "table"
    LINEAR = "linear"
    NORM = "norm"
    VECTOR = "vector"


@dataclass(frozen=True)
class Part:
    """One entry of the weight file. `sources`: the parameter (`TABLE`, `VECTOR`) or the modules
    (`LINEAR`, `NORM`) of the encoder; several modules of a `LINEAR` are joined along their outputs.
    `transposed`: the module keeps its weight as [inputs, outputs] (GPT-2's Conv1D)."""

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


def layer(
    name: str, *, qkv: tuple[str, ...], linears: tuple[str, str, str], norms: tuple[str, str], transposed: bool = False
) -> list[Part]:
    """A transformer layer: linears attention output, intermediate, output; norms of both halves."""
    names = ("attention_out", "intermediate", "output")
    return [
        linear(f"{name}.qkv", *qkv, transposed=transposed),
        *(linear(f"{name}.{own}", source, transposed=transposed) for own, source in zip(names, linears)),
        *(norm(f"{name}.{own}", source) for own, source in zip(("attention_norm", "output_norm"), norms)),
    ]
