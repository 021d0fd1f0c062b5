"""Reads and checks labelled texts: JSON lines in UTF-8, offsets in code points."""

import gzip
import json
import re
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

LABELLED = ("id", "text", "label")
"""Fields of a text with a label."""
WITH_EVENTS = ("id", "text", "events")
"""Fields of a PHEE sentence."""

_SURROGATE = re.compile("[\ud800-\udfff]")


class DataError(ValueError):
    """A data file with a bad line, field or array: names file, line and field."""


def read_jsonl(path: Path, required: tuple[str, ...] = ("id", "text")) -> Iterator[dict[str, Any]]:
    """Objects of a .jsonl or .jsonl.gz file, one per line, with or without a byte order mark.
    Required fields have their form: an id is text (a number becomes text), spans lie within the
    text and say what is there. Raises DataError naming file, line and field, FileNotFoundError."""
    for number, line in _lines(path):
        where = f"{path}:{number}"
        item = _object(line, where, encoding="utf-8-sig" if number == 1 else "utf-8")
        if problem := next(_problems(item, required), None):
            raise DataError(f"{where}: field {problem}")
        yield {**item, "id": str(item["id"])} if "id" in required else item


def _lines(path: Path) -> Iterator[tuple[int, bytes]]:
    number = 0
    with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as lines:
        try:
            for number, line in enumerate(lines, start=1):
                yield number, line
        except (EOFError, gzip.BadGzipFile, zlib.error) as error:
            raise DataError(f"{path}:{number + 1}: not gzip, or cut short or damaged ({type(error).__name__})") from None


def _object(line: bytes, where: str, *, encoding: str) -> dict[str, Any]:
    try:
        item = json.loads(line.decode(encoding))
    except UnicodeDecodeError as error:
        raise DataError(f"{where}: not UTF-8 (byte {error.start + 1})") from None
    except json.JSONDecodeError as error:
        raise DataError(f"{where}: not JSON (column {error.colno})") from None
    if not isinstance(item, dict):
        raise DataError(f"{where}: not a JSON object")
    return item


# The checks give problems in order, each with the field's name first. Only the first is asked for:
# what comes after it may rely on what was checked.


def _problems(item: dict[str, Any], required: tuple[str, ...]) -> Iterator[str]:
    yield from (f"{field!r} is missing" for field in required if field not in item)
    for field in required:
        if field in _FORMS:
            yield from _FORMS[field](field, item[field], str(item.get("text")))


def _id(name: str, value: Any, _: Any) -> Iterator[str]:
    if not isinstance(value, (str, int, float)) or isinstance(value, bool):
        yield f"{name!r} must be a string or a number"


def _text(name: str, value: Any, _: Any) -> Iterator[str]:
    if not isinstance(value, str):
        yield f"{name!r} must be a string"
    if _SURROGATE.search(value):
        # JSON's \u can write it, tokenizers refuse it.
        yield f"{name!r} has half a surrogate pair"


def _label(name: str, value: Any, _: Any) -> Iterator[str]:
    if not isinstance(value, str) or not value:
        yield f"{name!r} must be a string that is not empty"


def _span(name: str, value: Any, text: str) -> Iterator[str]:
    for key in ("start", "end"):
        place = value.get(key) if isinstance(value, dict) else None
        if not isinstance(place, int) or isinstance(place, bool):
            yield f"'{name}.{key}' must be a whole number"
    start, end = value["start"], value["end"]
    if not 0 <= start < end <= len(text):
        yield f"{name!r} runs from {start} to {end}, the text has {len(text)} characters"
    if "text" in value and value["text"] != text[start:end]:
        yield f"{name!r} has another 'text' than the characters from {start} to {end}"


def _events(name: str, value: Any, text: str) -> Iterator[str]:
    if not isinstance(value, list):
        yield f"{name!r} must be a list"
    for i, event in enumerate(value):
        yield from _event(f"{name}.{i}", event, text)


def _event(name: str, value: Any, text: str) -> Iterator[str]:
    if not isinstance(value, dict):
        yield f"{name!r} must be an object"
    yield from _label(f"{name}.type", value.get("type"), text)
    yield from _span(f"{name}.trigger", value.get("trigger"), text)
    arguments = value.get("arguments")
    if not isinstance(arguments, list):
        yield f"'{name}.arguments' must be a list"
    for i, argument in enumerate(arguments):
        yield from _span(f"{name}.arguments.{i}", argument, text)
        yield from _label(f"{name}.arguments.{i}.role", argument.get("role"), text)


_FORMS = {"id": _id, "text": _text, "label": _label, "head": _span, "tail": _span, "events": _events}
