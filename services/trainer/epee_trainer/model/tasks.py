"""The tasks of a model: names, kinds, labels, and where each task's labels stand in the heads' logits."""

from dataclasses import dataclass, field
from typing import Any

from .backbones import Backbone

KINDS = ("classification", "tagging", "relation", "image")


@dataclass(frozen=True)
class TagGroup:
    """One layer of BIO tags; `labels[0]` is `O`. Spans of different groups may overlap."""

    name: str
    labels: tuple[str, ...]


@dataclass(frozen=True)
class Task:
    """One task of the model. `labels` for `classification` and `relation`, `groups` for `tagging`; `relation` as in the manifest."""

    name: str
    kind: str
    max_tokens: int
    labels: tuple[str, ...] = ()
    groups: tuple[TagGroup, ...] = ()
    relation: dict[str, Any] | None = None

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"task {self.name}: kind must be {', '.join(KINDS[:-1])} or {KINDS[-1]}, not {self.kind!r}")

    @property
    def pooled(self) -> bool:
        """Whether the row has one label (not one a word)."""
        return self.kind != "tagging"

    @property
    def none(self) -> int | None:
        """The label that says that nothing is there, which counts as nothing found: `none` of a relation task, if it has one."""
        return self.labels.index("none") if self.kind == "relation" and "none" in self.labels else None


def family_problem(kind: str, backbone: Backbone) -> str | None:
    """Why a family cannot have tasks of a kind, or None."""
    if backbone.reads_images:
        return None if kind == "image" else f"{backbone.family} reads images, a {kind} task needs text (bert, albert{', gpt2' if kind != 'tagging' else ''})"
    if kind == "image":
        return f"{backbone.family} reads text, an image task needs vit"
    if kind == "tagging" and backbone.causal:
        return f"tagging needs the context on both sides of a word, {backbone.family} sees the left one alone: take bert or albert"
    return None


@dataclass(frozen=True)
class TaskSet:
    """All tasks of one model, in the manifest's order."""

    tasks: tuple[Task, ...]
    _slices: dict[str, slice] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        slices, start = {}, 0
        for task in self.tasks:
            if task.pooled:
                slices[task.name] = slice(start, start + len(task.labels))
                start += len(task.labels)
        object.__setattr__(self, "_slices", slices)
        if sum(not task.pooled for task in self.tasks) > 1:
            raise ValueError("a model has at most one tagging task; give it several groups instead")

    @property
    def pooled_labels(self) -> int:
        """Width of the pooled heads: labels of all pooled tasks."""
        return sum(len(task.labels) for task in self.tasks if task.pooled)

    @property
    def groups(self) -> tuple[TagGroup, ...]:
        """Tag groups of the tagging task, or none."""
        return next((task.groups for task in self.tasks if not task.pooled), ())

    @property
    def tag_labels(self) -> int:
        """Width of the tag heads: labels of all groups."""
        return sum(len(group.labels) for group in self.groups)

    @property
    def has_relations(self) -> bool:
        """Whether rows may have entity markers."""
        return any(task.kind == "relation" for task in self.tasks)

    def check_family(self, backbone: Backbone) -> None:
        """Raises ValueError, naming the task, where a family cannot have it."""
        for task in self.tasks:
            if problem := family_problem(task.kind, backbone):
                raise ValueError(f"task {task.name}: {problem}")

    def slice_of(self, name: str) -> slice:
        """Where a pooled task's labels stand in the pooled logits."""
        return self._slices[name]

    def group_slices(self) -> list[slice]:
        """Where each group's labels stand in the tag logits."""
        slices, start = [], 0
        for group in self.groups:
            slices.append(slice(start, start + len(group.labels)))
            start += len(group.labels)
        return slices

    def __getitem__(self, name: str) -> Task:
        return next(task for task in self.tasks if task.name == name)

    def index(self, name: str) -> int:
        """Position of a task in the manifest."""
        return next(i for i, task in enumerate(self.tasks) if task.name == name)

    def to_json(self) -> list[dict[str, Any]]:
        """The tasks as the manifest lists them, without policies and scores."""
        return [
            {
                "name": t.name,
                "kind": t.kind,
                "maxTokens": t.max_tokens,
                "labels": list(t.labels),
                "groups": [{"name": g.name, "labels": list(g.labels)} for g in t.groups],
                "relation": t.relation,
            }
            for t in self.tasks
        ]

    @staticmethod
    def from_json(items: list[dict[str, Any]]) -> "TaskSet":
        """The reverse of `to_json`."""
        return TaskSet(
            tuple(
                Task(
                    name=i["name"],
                    kind=i["kind"],
                    max_tokens=i["maxTokens"],
                    labels=tuple(i["labels"]),
                    groups=tuple(TagGroup(g["name"], tuple(g["labels"])) for g in i["groups"]),
                    relation=i["relation"],
                )
                for i in items
            )
        )
