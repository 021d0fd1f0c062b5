"""Weights of a package: quantised once to 8 bits, kept in one file that all graphs read."""

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch
from onnx import TensorProto, helper

WEIGHTS_FILE = "weights.bin"

_ALIGNMENT = 64
_PAGE = 4096


def quantise_rows(matrix: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """8-bit quantisation of rows: int8 [N, K], float32 scales [N], so that row ~ int8 * scale."""
    largest = np.abs(matrix).max(axis=1)
    scales = np.where(largest > 0, largest / 127, 1).astype(np.float32)
    return np.clip(np.rint(matrix / scales[:, None]), -127, 127).astype(np.int8), scales


@dataclass
class WeightFile:
    """Tensors in the order of the weight file; matrices are [inputs, outputs], as in ONNX."""

    tensors: dict[str, np.ndarray] = field(default_factory=dict)

    def add(self, name: str, array: np.ndarray) -> None:
        """Appends a tensor (int8 or float32)."""
        self.tensors[name] = np.ascontiguousarray(array)

    def add_linear(self, name: str, weight: np.ndarray, bias: np.ndarray) -> None:
        """Appends a linear layer given as [outputs, inputs]: int8, a scale per output, bias."""
        quantised, scales = quantise_rows(weight)
        self.add(f"{name}.weight", quantised.T)
        self.add(f"{name}.scale", scales)
        self.add(f"{name}.bias", bias.astype(np.float32))

    def add_table(self, name: str, weight: np.ndarray) -> None:
        """Appends an embedding table [entries, hidden] with a scale per entry."""
        quantised, scales = quantise_rows(weight)
        self.add(f"{name}.weight", quantised)
        self.add(f"{name}.scale", scales)

    def dequantised(self, name: str) -> np.ndarray:
        """A matrix as the graphs compute with it: [outputs, inputs], tables [entries, hidden]."""
        quantised, scales = self.tensors[f"{name}.weight"], self.tensors[f"{name}.scale"]
        rows = quantised if f"{name}.bias" not in self.tensors else quantised.T
        return rows.astype(np.float32) * scales[:, None]

    def offsets(self) -> dict[str, int]:
        """Where each tensor starts in the file; large ones on a memory page."""
        offsets, end = {}, 0
        for name, array in self.tensors.items():
            step = _PAGE if array.nbytes >= 16 * _PAGE else _ALIGNMENT
            offsets[name] = -(-end // step) * step
            end = offsets[name] + array.nbytes
        return offsets

    def write(self, folder: Path) -> Path:
        """Writes `weights.bin`."""
        path = folder / WEIGHTS_FILE
        with path.open("wb") as stream:
            for name, offset in self.offsets().items():
                stream.write(b"\0" * (offset - stream.tell()))
                stream.write(self.tensors[name].tobytes())
        return path

    def external(self, names: list[str]) -> list[TensorProto]:
        """ONNX initialisers that point into `weights.bin`."""
        offsets = self.offsets()
        return [_external_tensor(name, self.tensors[name], offsets[name]) for name in names]


def _external_tensor(name: str, array: np.ndarray, offset: int) -> TensorProto:
    tensor = TensorProto(name=name, data_type=helper.np_dtype_to_tensor_dtype(array.dtype), dims=array.shape)
    tensor.data_location = TensorProto.EXTERNAL
    for key, value in (("location", WEIGHTS_FILE), ("offset", offset), ("length", array.nbytes)):
        tensor.external_data.add(key=key, value=str(value))
    return tensor


def as_numpy(tensor: torch.Tensor) -> np.ndarray:
    """A detached float32 array."""
    return tensor.detach().to(torch.float32).cpu().numpy()
