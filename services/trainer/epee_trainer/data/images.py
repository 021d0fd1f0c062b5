"""Images of an .npz as PNG files with a list of them, for `epee evaluate` and `epee calibrate`."""

import json
import struct
import zlib
from pathlib import Path

import numpy as np

from .npz import read_npz

_COLOUR_TYPES = {1: 0, 3: 2}
"""PNG's colour type by channels: grey, red-green-blue."""


def write_images(npz: Path, out: Path) -> Path:
    """Writes OUT/SPLIT/NUMBER.png and the list OUT/SPLIT.jsonl with one {id, image, label} per
    line, and gives the list. SPLIT is the name of the .npz; the labels.json beside it names the
    classes. Ids are those of labels.json, else SPLIT-NUMBER. Raises DataError, ValueError."""
    split = npz.stem
    images = read_npz(npz, split)
    (out / split).mkdir(parents=True, exist_ok=True)
    lines = []
    for number, (id_, label, pixels) in enumerate(images):
        image = f"{split}/{number}.png"
        (out / image).write_bytes(png_of(pixels))
        lines.append(json.dumps({"id": id_, "image": image, "label": label}, ensure_ascii=False))
    listed = out / f"{split}.jsonl"
    listed.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return listed


def png_of(image: np.ndarray) -> bytes:
    """A PNG (ISO 15948) of an image uint8 [H, W, C]. Raises ValueError where C is not 1 or 3."""
    height, width, channels = image.shape
    if channels not in _COLOUR_TYPES:
        raise ValueError(f"an image of {channels} channels cannot be written: grey (1) and red-green-blue (3) can")
    head = struct.pack(">IIBBBBB", width, height, 8, _COLOUR_TYPES[channels], 0, 0, 0)
    # Each row begins with its filter: 0, none.
    rows = b"".join(b"\0" + row.tobytes() for row in image)
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", head) + _chunk(b"IDAT", zlib.compress(rows, 9)) + _chunk(b"IEND", b"")


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
