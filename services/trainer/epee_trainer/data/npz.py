"""Reads labelled images: an .npz, and the labels.json beside it that names the classes."""

import json
from pathlib import Path
from typing import Any

import numpy as np

from .jsonl import DataError


def labels_file(npz: Path) -> Path:
    """The file that names the classes of an .npz."""
    return npz.parent / "labels.json"


def read_npz(path: Path, split: str) -> list[tuple[str, str, np.ndarray]]:
    """Id, label and pixels (uint8 [H, W, C]) of each image. Ids are those of labels.json for the
    split, else SPLIT-NUMBER. Raises DataError naming array or field, FileNotFoundError."""
    images, labels = _arrays(path)
    described = _described(labels_file(path))
    names, ids = described["classes"], _ids(described, labels_file(path), split, len(images))
    # Python would take a negative label for one of the last classes.
    unnamed = np.flatnonzero((labels < 0) | (labels >= len(names)))
    if unnamed.size:
        label = f"label {labels[unnamed[0]]} of image {unnamed[0]}"
        raise DataError(f"{path}: array 'labels': {label} has no name among the {len(names)} classes of labels.json")
    return [(id_, names[int(label)], image) for id_, label, image in zip(ids, labels, images)]


def _arrays(path: Path) -> tuple[np.ndarray, np.ndarray]:
    try:
        with np.load(path) as arrays:
            found = {key: arrays[key] for key in ("images", "labels") if key in arrays}
    except FileNotFoundError:
        raise
    except Exception as error:  # zip, zlib, pickle and numpy raise errors of their own
        raise DataError(f"{path}: not an .npz of plain arrays ({type(error).__name__})") from None
    missing = [key for key in ("images", "labels") if key not in found]
    if missing:
        raise DataError(f"{path}: array {missing[0]!r} is missing")
    images, labels = found["images"], found["labels"].reshape(-1)
    if labels.dtype.kind not in "biu":
        raise DataError(f"{path}: array 'labels' must hold whole numbers, not {labels.dtype}")
    if images.dtype != np.uint8 or images.ndim not in (3, 4) or images.shape[3:] not in ((), (1,), (3,)) or len(images) != len(labels):
        shape = f"{images.dtype} {images.shape} and {len(labels)} labels"
        raise DataError(f"{path}: images must be uint8 [N, H, W] or [N, H, W, C], C 1 or 3, with a label each, not {shape}")
    return images if images.ndim == 4 else images[..., None], labels


def _described(path: Path) -> dict[str, Any]:
    try:
        described: Any = json.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        raise DataError(f"{path} is missing: its field 'classes' names the classes of the .npz beside it") from None
    except ValueError as error:
        raise DataError(f"{path}: not JSON in UTF-8 ({type(error).__name__})") from None
    classes = described.get("classes") if isinstance(described, dict) else None
    if not isinstance(classes, list) or not all(isinstance(name, str) and name for name in classes):
        raise DataError(f"{path}: field 'classes' must be a list of strings that are not empty")
    return dict(described)


def _ids(described: dict[str, Any], path: Path, split: str, images: int) -> list[str]:
    try:
        ids = described.get("splits", {}).get(split, {}).get("ids") or [f"{split}-{i}" for i in range(images)]
    except AttributeError:
        raise DataError(f"{path}: fields 'splits' and 'splits.{split}' must be objects") from None
    if not isinstance(ids, list) or len(ids) != images:
        count = len(ids) if isinstance(ids, list) else "no list"
        raise DataError(f"{path}: field 'splits.{split}.ids' must list an id for each of the {images} images, not {count}")
    return [str(id_) for id_ in ids]
