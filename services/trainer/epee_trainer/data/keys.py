"""Checks the keys of a JSON object that becomes a dataclass, by type and by limits."""

from collections.abc import Iterator, Mapping
from types import UnionType
from typing import Any, get_args, get_origin, get_type_hints

Range = tuple[float, float | None]
"""Least and most of a number; None: no limit above."""

_NAMED = {str: "a string that is not empty", bool: "true or false", int: "a whole number", float: "a number", tuple: "a list"}


def key_problems(kind: type, given: dict[str, Any], limits: Mapping[str, Range]) -> list[str]:
    """What is wrong with the given keys, all of them fields of the dataclass `kind`: each with what
    is allowed and the value. A field of `tuple` is a list in JSON, one of another dataclass an
    object; null is allowed where None is. `limits`: of numbers, by key."""
    hints = get_type_hints(kind)
    return [problem for key, value in given.items() for problem in _problems(key, value, hints[key], limits.get(key))]


def _problems(key: str, value: Any, hint: Any, limits: Range | None) -> Iterator[str]:
    """Of a key, or of what its list or object holds under keys of its own."""
    inner = get_args(hint)
    if isinstance(hint, UnionType):
        if value is not None:
            yield from _problems(key, value, inner[0], limits)
    elif get_origin(hint) is tuple and isinstance(value, list):
        for i, item in enumerate(value):
            yield from _problems(f"{key}.{i}", item, inner[0], limits)
    elif get_origin(hint) is dict and isinstance(value, dict):
        for name, item in value.items():
            yield from _problems(f"{key}.{name}", item, inner[1], limits)
    elif not _fits(value, hint, limits):
        within = _range(limits) if hint in (int, float) else ""
        yield f"{key} must be {_NAMED.get(get_origin(hint) or hint, 'an object')}{within}, not {value!r}"


def _fits(value: Any, hint: Any, limits: Range | None) -> bool:
    if hint in (int, float):
        # Python's true is a whole number, and json reads NaN, which is never within limits.
        least, most = limits or (float("-inf"), None)
        return isinstance(value, (int, hint)) and not isinstance(value, bool) and least <= value and (most is None or value <= most)
    if hint is str:
        return isinstance(value, str) and value != ""
    return isinstance(value, bool if hint is bool else dict) and get_origin(hint) is None


def _range(limits: Range | None) -> str:
    if limits is None:
        return ""
    least, most = limits
    return f" of at least {least}" if most is None else f" from {least} to {most}"
