"""Data files: what is read, and what is refused by file, line and field."""

import gzip
import json
from pathlib import Path

import numpy as np
import pytest

from epee_trainer.data.examples import read_examples
from epee_trainer.data.files import FileData
from epee_trainer.data.jsonl import WITH_EVENTS, DataError, read_jsonl
from epee_trainer.data.row_maker import pixels_of
from epee_trainer.data.sources import TaskSource
from epee_trainer.model.backbones import ImageForm
from tests.support.made_data import event_line, source

LINE = '{"id": "1", "text": "x", "label": "a"}'


@pytest.mark.parametrize(
    "kind,line,message",
    [
        ("classification", '{"id": "1", "text": "x"}', r"t:2: field 'label' is missing"),
        ("classification", '{"id": "1", "text": "x", "label": 3}', r"t:2: field 'label' must be a string"),
        (
            "relation",
            '{"id": "1", "text": "x", "label": "a", "head": {"start": 0}, "tail": {}}',
            r"t:2: field 'head\.end' must be a whole number",
        ),
        (
            "relation",
            '{"id": "1", "text": "x", "label": "a", "head": {"start": 0, "end": 9}, "tail": {"start": 0, "end": 1}}',
            r"t:2: field 'head' runs from 0 to 9, the text has 1",
        ),
        (
            "relation",
            '{"id": "1", "text": "xy", "label": "a", "head": {"start": 0, "end": 1, "text": "y"}, "tail": {"start": 0, "end": 1}}',
            r"t:2: field 'head' has another 'text'",
        ),
        ("event", '{"id": "1", "text": "x", "events": [{}]}', r"t:2: field 'events\.0\.type' must be a string"),
        ("event", '{"id": "1", "text": "x", "events": null}', "t:2: field 'events' must be a list"),
        ("event-label", '{"id": "1", "text": "x", "events": {}}', "t:2: field 'events' must be a list"),
        (
            "event",
            event_line(trigger={"start": 3, "end": 9}),
            r"t:2: field 'events\.0\.trigger' runs from 3 to 9, the text has 4 characters",
        ),
        ("event", event_line(trigger={"start": 2, "end": 2}), r"t:2: field 'events\.0\.trigger' runs from 2 to 2"),
        (
            "event",
            event_line(trigger={"start": 0, "end": 2, "text": "rd"}),
            r"t:2: field 'events\.0\.trigger' has another 'text' than the characters from 0 to 2",
        ),
        (
            "event",
            event_line(arguments=[{"role": "Effect", "start": 0, "end": 4}, {"role": "Effect", "start": -1, "end": 4}]),
            r"t:2: field 'events\.0\.arguments\.1' runs from -1",
        ),
        ("event", event_line(arguments=[{"start": 0, "end": 4}]), r"t:2: field 'events\.0\.arguments\.0\.role' must be a string"),
        (
            "event",
            event_line(arguments=[{"role": "Effect", "start": False, "end": 4}]),
            r"t:2: field 'events\.0\.arguments\.0\.start' must be a whole number",
        ),
        ("event", event_line(arguments=None), r"t:2: field 'events\.0\.arguments' must be a list"),
        ("classification", '{"id": "1", "text": 5, "label": "a"}', "t:2: field 'text' must be a string"),
        ("classification", '{"id": "1", "text": "\\ud83d", "label": "a"}', "t:2: field 'text' has half a surrogate pair"),
        ("classification", '{"id": null, "text": "x", "label": "a"}', "t:2: field 'id' must be a string or a number"),
        ("classification", '["id", "text", "label"]', "t:2: not a JSON object"),
        ("classification", '{"id": "1", "text": "x", "label": ""}', "t:2: field 'label' must be a string that is not empty"),
    ],
)
def test_bad_lines_name_file_line_and_field(kind: str, line: str, message: str, tmp_path: Path) -> None:
    good = {"id": "0", "text": "y", "label": "a", "head": {"start": 0, "end": 1}, "tail": {"start": 0, "end": 1}, "events": []}
    (tmp_path / "t").write_text(f"{json.dumps(good)}\n{line}\n")
    with pytest.raises(DataError, match=message):
        read_examples(TaskSource("x", kind, "t", "t"), tmp_path, "train")


def packed(*lines: str) -> bytes:
    return gzip.compress("\n".join(lines).encode())


@pytest.mark.parametrize(
    "name,content,message",
    [
        ("t.jsonl.gz", packed(LINE, LINE)[:-12], r"t\.jsonl\.gz:\d: not gzip, or cut short or damaged \(EOFError\)"),
        ("t.jsonl.gz", LINE.encode(), r"t\.jsonl\.gz:1: not gzip, or cut short or damaged \(BadGzipFile\)"),
        ("t.jsonl", LINE.encode() + b'\n{"id": "2", "text": "\xff", "label": "a"}', r"t\.jsonl:2: not UTF-8 \(byte 22\)"),
    ],
)
def test_files_that_cannot_be_read_are_named_with_the_line(name: str, content: bytes, message: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(DataError, match=message):
        read_examples(TaskSource("x", "classification", name, name), tmp_path, "train")


def test_numbers_as_ids_become_text_and_a_byte_order_mark_is_passed_over(tmp_path: Path) -> None:
    (tmp_path / "t").write_bytes(b"\xef\xbb\xbf" + LINE.replace('"1"', "17").encode())
    [example] = read_examples(TaskSource("x", "classification", "t", "t"), tmp_path, "train")
    assert example.id == "17" and example.label == "a"


def test_the_mixtures_sentences_are_checked_too(tmp_path: Path) -> None:
    (tmp_path / "phee.jsonl").write_text(event_line(trigger={"start": 0, "end": 5}))
    with pytest.raises(DataError, match=r"phee\.jsonl:1: field 'events\.0\.trigger' runs from 0 to 5"):
        list(read_jsonl(tmp_path / "phee.jsonl", WITH_EVENTS))


@pytest.mark.parametrize(
    "kind,labels,message",
    [
        (
            "classification",
            ["good", "odd"],
            r"reviews\.train\.jsonl\.gz:2: field 'label': the label is not among the `labels` of task x: good, odd",
        ),
        ("event-label", ["none", "odd"], r"events\.train\.jsonl\.gz:1: field 'events': the label is not among"),
        ("image", ["dark", "odd"], r"train\.npz: array 'labels': the label of image 1 is not among the `labels` of task x: dark, odd"),
    ],
)
def test_labels_that_a_task_lacks_are_named_in_train_and_counted_in_dev(kind: str, labels: list[str], message: str, data: Path) -> None:
    mine = TaskSource.read(source("x", kind, labels=labels), "tasks.0")
    with pytest.raises(DataError, match=message):
        read_examples(mine, data, "train")
    assert any(example.label not in labels for example in read_examples(mine, data, "dev"))


def test_documents_are_held_out_whole(data: Path) -> None:
    pairs = TaskSource.read(source("pairs", "relation", document=r"^(d\d+)\."), "tasks.0")
    files = FileData((pairs,), data, 40)
    aside = {pairs.document_of(e.id) for e in files.held_out(pairs)}
    rest = {pairs.document_of(e.id) for e in files.examples["pairs"] if not files.is_held_out(pairs, e)}
    assert aside and rest and not aside & rest


def test_images_are_resized_turned_grey_or_coloured_and_normalised() -> None:
    colour = np.zeros((4, 4, 3), np.uint8)
    colour[..., 0] = 255
    grey = pixels_of(colour, ImageForm(2, 2, 1, 1, (0.0,), (0.5,)))
    assert grey.shape == (1, 2, 2) and grey == pytest.approx(0.299 / 0.5, abs=0.01)
    back = pixels_of(np.full((2, 2, 1), 51, np.uint8), ImageForm(2, 2, 3, 1, (0.2, 0.0, 0.1), (1.0, 0.5, 0.1)))
    assert back[:, 0, 0] == pytest.approx([0.0, 0.4, 1.0], abs=1e-6)
