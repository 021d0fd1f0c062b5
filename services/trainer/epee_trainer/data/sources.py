"""Tasks from data files: each entry of a training config's `tasks` names files of one kind.

| kind | file | task |
|---|---|---|
| `classification` | JSON lines {id, text, label} | classification |
| `relation` | JSON lines {id, text, head{start, end}, tail{start, end}, label} | relation |
| `event` | JSON lines {id, text, events[{type, trigger, arguments}]} | tagging in four groups |
| `event-label` | the same | classification by the first event's type (as EPEE's authors) |
| `image` | .npz: `images` uint8 [N, H, W(, C)], `labels`; labels.json names the classes | image |

Text files may be gzipped; offsets count code points, `end` is exclusive.
"""

import re
from dataclasses import dataclass, fields
from typing import Any, Self

from epee_trainer.model.names import name_problem

from .keys import key_problems

KINDS = {"classification": "classification", "relation": "relation", "event": "tagging", "event-label": "classification", "image": "image"}
"""Kinds of data file, and the kind of task that each makes."""

_DOCUMENT = r"^(.*)_[^_]*$"
_LIMITS = {"maxTokens": (3, 65_536)}
"""Those of the manifest (shared/adapters/engine/package/manifest-schema.ts)."""


@dataclass(frozen=True)
class TaskSource:
    """One entry of `tasks`. `train` and `dev` are relative to the config's `data`. `document`:
    regular expression whose first group is the part of an id that names its document, else the id
    does; documents are held out whole. `labels`: their order; as found, if left out."""

    name: str
    kind: str
    train: str
    dev: str
    maxTokens: int = 128
    document: str = _DOCUMENT
    labels: tuple[str, ...] | None = None

    @classmethod
    def read(cls, item: Any, where: str) -> Self:
        """Raises ValueError naming the key, after `where`."""
        if not isinstance(item, dict):
            raise ValueError(f"{where} must be an object, not {item!r}")
        known = {f.name for f in fields(cls)}
        for key in ("name", "kind", "train", "dev"):
            if key not in item:
                raise ValueError(f"{where}.{key} is missing")
        if unknown := sorted(set(item) - known):
            raise ValueError(f"{where}.{unknown[0]} is unknown; known are {', '.join(sorted(known))}")
        if problems := key_problems(cls, item, _LIMITS):
            raise ValueError("; ".join(f"{where}.{problem}" for problem in problems))
        labels = item.get("labels")
        source = cls(**{**item, "labels": None if labels is None else tuple(labels)})
        if problem := source._problem():
            raise ValueError(f"{where}.{problem}")
        return source

    def _problem(self) -> str | None:
        """What is wrong with the values, the key first."""
        if problem := name_problem(self.name):
            return f"name {problem}"
        if self.kind not in KINDS:
            return f"kind must be one of {', '.join(KINDS)}, not {self.kind!r}"
        try:
            groups = re.compile(self.document).groups
        except re.error as error:
            return f"document is no regular expression: {error}"
        if groups < 1:
            return "document needs a group: what is in the first one names the document"
        if self.labels is not None and self.kind == "event":
            return "labels: of kind event, types and roles are taken from the training file"
        if self.labels is not None and not 1 < len(self.labels) == len(set(self.labels)):
            return f"labels must be two or more different labels, not {list(self.labels)!r}"
        return None

    @property
    def task_kind(self) -> str:
        """Kind of the task that the files make."""
        return KINDS[self.kind]

    def document_of(self, id_: str) -> str:
        """The document that an example belongs to."""
        found = re.match(self.document, id_)
        return found[1] if found else id_
