"""The tasks of a model: names, kinds, labels, and the labels' places in the logits."""

from dataclasses import dataclass, field
from typing import Any, Self

from .backbones import Backbone

KINDS = ("classification", "tagging", "relation", "image")


@dataclass(frozen=True)
class TagGroup:
    """One layer of BIO tags; `labels[0]` is `O`. Spans of different groups may overlap."""

    name: str
    labels: tuple[str, ...]


@dataclass(frozen=True)
class Task:
    """One task of the model: `groups` for `tagging`, `labels` for every other kind, `relation` (as
    in the manifest) for `relation`. `heading_tokens`: most tokens of its section's heading that a
    row reads before its sentence. Raises ValueError for another kind."""

    name: str
    kind: str
    max_tokens: int
    labels: tuple[str, ...] = ()
    groups: tuple[TagGroup, ...] = ()
    relation: dict[str, Any] | None = None
    heading_tokens: int = 0

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"task {self.name}: kind must be {', '.join(KINDS[:-1])} or {KINDS[-1]}, not {self.kind!r}")

    @property
    def pooled(self) -> bool:
        """Whether a row has one label, not one per word."""
        return self.kind != "tagging"

    @property
    def none(self) -> int | None:
        """The label that counts as nothing found: `none` of a relation task, if it has one."""
        return self.labels.index("none") if self.kind == "relation" and "none" in self.labels else None

    @property
    def marker_ids(self) -> dict[str, int]:
        """Ids of the marker tokens of a relation task by their manifest name; else none."""
        return self.relation["markerTokenIds"] if self.relation else {}

    def to_json(self) -> dict[str, Any]:
        """The task as the manifest lists it, without policies and scores."""
        return {
            "name": self.name,
            "kind": self.kind,
            "maxTokens": self.max_tokens,
            "labels": list(self.labels),
            "groups": [{"name": group.name, "labels": list(group.labels)} for group in self.groups],
            "relation": self.relation,
            **({"headingTokens": self.heading_tokens} if self.heading_tokens else {}),
        }

    @classmethod
    def from_json(cls, item: dict[str, Any]) -> Self:
        """The reverse of `to_json`; other keys are ignored."""
        groups = tuple(TagGroup(group["name"], tuple(group["labels"])) for group in item["groups"])
        return cls(
            item["name"], item["kind"], item["maxTokens"], tuple(item["labels"]), groups, item["relation"], item.get("headingTokens", 0)
        )


def family_problem(kind: str, backbone: Backbone) -> str | None:
    """Why a family cannot have tasks of a kind, or None."""
    if backbone.reads_images:
        families = "bert, albert" if kind == "tagging" else "bert, albert, gpt2"
        return None if kind == "image" else f"{backbone.family} reads images, a {kind} task needs text ({families})"
    if kind == "image":
        return f"{backbone.family} reads text, an image task needs vit"
    if kind == "tagging" and backbone.causal:
        return f"tagging needs the context on both sides of a word, {backbone.family} sees the left one alone: take bert or albert"
    return None


@dataclass(frozen=True)
class TaskSet:
    """All tasks of one model, in the manifest's order. Raises ValueError for two tagging tasks."""

    tasks: tuple[Task, ...]
    _slices: dict[str, slice] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        pooled = [task for task in self.tasks if task.pooled]
        slices = _slices_of([len(task.labels) for task in pooled])
        object.__setattr__(self, "_slices", {task.name: part for task, part in zip(pooled, slices)})
        if len(self.tasks) - len(pooled) > 1:
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
        """Where a pooled task's labels are in the pooled logits."""
        return self._slices[name]

    def group_slices(self) -> list[slice]:
        """Where each group's labels are in the tag logits."""
        return _slices_of([len(group.labels) for group in self.groups])

    def __getitem__(self, name: str) -> Task:
        return self.tasks[self.index(name)]

    def index(self, name: str) -> int:
        """Position of a task in the manifest."""
        return next(i for i, task in enumerate(self.tasks) if task.name == name)

    def to_json(self) -> list[dict[str, Any]]:
        """The tasks as the manifest lists them, without policies and scores."""
        return [task.to_json() for task in self.tasks]

    @classmethod
    def from_json(cls, items: list[dict[str, Any]]) -> Self:
        """The reverse of `to_json`."""
        return cls(tuple(map(Task.from_json, items)))


def _slices_of(widths: list[int]) -> list[slice]:
    """Slices of these widths, one after the other."""
    return [slice(sum(widths[:i]), sum(widths[: i + 1])) for i in range(len(widths))]
