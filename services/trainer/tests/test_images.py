"""Images of an .npz as PNG files with their list."""

import json
import zlib

import numpy as np
import pytest

from epee_trainer.__main__ import main
from epee_trainer.images import png_of


def pixels_of(png: bytes, width: int, channels: int) -> np.ndarray:
    """The rows of a PNG without filters, whose pixels are one chunk."""
    start = png.index(b"IDAT") + 4
    rows = np.frombuffer(zlib.decompressobj().decompress(png[start:]), np.uint8).reshape(-1, 1 + width * channels)
    assert not rows[:, 0].any()
    return rows[:, 1:].reshape(len(rows), width, channels)


@pytest.fixture
def npz(tmp_path):
    images = np.random.default_rng(1).integers(0, 256, (3, 5, 4, 1)).astype(np.uint8)
    np.savez(tmp_path / "dev.npz", images=images, labels=np.array([0, 1, 1], np.uint8))
    (tmp_path / "labels.json").write_text(json.dumps({"classes": ["normal", "pneumonia"]}))
    return tmp_path / "dev.npz", images


def test_each_image_is_a_png_of_its_pixels_and_a_line_with_its_label(npz, tmp_path, capsys):
    path, images = npz
    assert main(["images", str(path), str(tmp_path / "out")]) == 0
    listed = tmp_path / "out" / "dev.jsonl"
    assert str(listed) in capsys.readouterr().out
    lines = [json.loads(line) for line in listed.read_text().splitlines()]
    assert lines[2] == {"id": "dev-2", "image": "dev/2.png", "label": "pneumonia"}
    assert [line["label"] for line in lines] == ["normal", "pneumonia", "pneumonia"]
    for line, image in zip(lines, images):
        png = (listed.parent / line["image"]).read_bytes()
        assert png.startswith(b"\x89PNG\r\n\x1a\n")
        assert (pixels_of(png, 4, 1) == image).all()


def test_ids_of_the_labels_file_are_kept(npz, tmp_path):
    path, _ = npz
    described = {"classes": ["normal", "pneumonia"], "splits": {"dev": {"ids": ["p1#0", "p1#1", "p2#0"]}}}
    (tmp_path / "labels.json").write_text(json.dumps(described))
    assert main(["images", str(path), str(tmp_path)]) == 0
    lines = (tmp_path / "dev.jsonl").read_text().splitlines()
    assert [json.loads(line)["id"] for line in lines] == ["p1#0", "p1#1", "p2#0"]


def test_colours_are_written_and_other_channels_refused():
    colours = np.arange(2 * 3 * 3, dtype=np.uint8).reshape(2, 3, 3)
    assert (pixels_of(png_of(colours), 3, 3) == colours).all()
    with pytest.raises(ValueError, match="2 channels"):
        png_of(colours[..., :2])


def test_a_file_without_labels_is_named(tmp_path, capsys):
    np.savez(tmp_path / "dev.npz", images=np.zeros((1, 2, 2), np.uint8))
    assert main(["images", str(tmp_path / "dev.npz"), str(tmp_path)]) == 2
    assert "dev.npz: array 'labels' is missing" in capsys.readouterr().err
