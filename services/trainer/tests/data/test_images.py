"""Images of an .npz as PNG files with their list."""

import json
import zlib

import numpy as np
import pytest

from epee_trainer.cli import main
from epee_trainer.data.images import png_of
from epee_trainer.data.jsonl import DataError
from epee_trainer.data.npz import read_npz


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


@pytest.mark.parametrize(
    "labels,described,message",
    [
        (
            [0, 1, -1],
            {"classes": ["a", "b"]},
            "dev.npz: array 'labels': label -1 of image 2 has no name among the 2 classes of labels.json",
        ),
        ([0, 1, 2], {"classes": ["a", "b"]}, "dev.npz: array 'labels': label 2 of image 2 has no name among the 2 classes of labels.json"),
        ([0.0, 1.0, 0.5], {"classes": ["a", "b"]}, "dev.npz: array 'labels' must hold whole numbers, not float64"),
        ([0, 1, 1], {"names": ["a", "b"]}, "labels.json: field 'classes' must be a list of strings"),
        ([0, 1, 1], {"classes": [0, 1]}, "labels.json: field 'classes' must be a list of strings"),
        (
            [0, 1, 1],
            {"classes": ["a", "b"], "splits": {"dev": {"ids": ["p1"]}}},
            "labels.json: field 'splits.dev.ids' must list an id for each of the 3 images, not 1",
        ),
        ([0, 1, 1], {"classes": ["a", "b"], "splits": []}, "labels.json: fields 'splits' and 'splits.dev' must be objects"),
        ([0, 1, 1], None, "labels.json is missing: its field 'classes'"),
    ],
)
def test_labels_without_a_name_and_names_that_are_none_are_refused(labels, described, message, tmp_path):
    np.savez(tmp_path / "dev.npz", images=np.zeros((3, 2, 2), np.uint8), labels=np.array(labels))
    if described is not None:
        (tmp_path / "labels.json").write_text(json.dumps(described))
    with pytest.raises(DataError) as refused:
        read_npz(tmp_path / "dev.npz", "dev")
    assert message in str(refused.value) and str(refused.value).startswith(str(tmp_path))


def test_what_is_no_npz_is_named(tmp_path):
    (tmp_path / "text.npz").write_text("no archive")
    (tmp_path / "empty.npz").write_bytes(b"")
    np.savez(tmp_path / "whole.npz", images=np.zeros((3, 2, 2), np.uint8), labels=np.zeros(3, np.uint8))
    (tmp_path / "cut.npz").write_bytes((tmp_path / "whole.npz").read_bytes()[:-30])
    with (tmp_path / "array.npz").open("wb") as stream:
        np.save(stream, np.zeros(3))
    for name in ("text", "empty", "cut", "array"):
        with pytest.raises(DataError, match=rf"{name}\.npz: not an \.npz of plain arrays"):
            read_npz(tmp_path / f"{name}.npz", "dev")
    (tmp_path / "labels.json").write_text("{")
    with pytest.raises(DataError, match=r"labels\.json: not JSON"):
        read_npz(tmp_path / "whole.npz", "dev")


def test_images_of_two_channels_are_refused(tmp_path):
    np.savez(tmp_path / "dev.npz", images=np.zeros((3, 2, 2, 2), np.uint8), labels=np.zeros(3, np.uint8))
    with pytest.raises(DataError, match=r"dev\.npz: images must be uint8 .*C 1 or 3.* not uint8 \(3, 2, 2, 2\)"):
        read_npz(tmp_path / "dev.npz", "dev")
