"""What a model package, its version and its tasks may be called. The engine refuses a manifest with
other names (shared/adapters/engine/package/manifest-schema.ts)."""

import re

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
"""A package or a task."""
VERSION = re.compile(r"[0-9]+\.[0-9]+\.[0-9]+(-[0-9A-Za-z.-]+)?")
"""A package's version."""


def name_problem(name: str) -> str | None:
    """Why a package or a task cannot have a name, or None."""
    if NAME.fullmatch(name):
        return None
    return f"must be letters, digits, ., _ and - only, 64 at most, the first a letter or a digit, not {name!r}"


def version_problem(version: str) -> str | None:
    """Why a package cannot have a version, or None."""
    return None if VERSION.fullmatch(version) else f"must be a version such as 1.0.0 or 1.0.0-rc.1, not {version!r}"
