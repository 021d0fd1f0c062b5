"""How the tag groups' logits are laid out: one Softmax serves several groups of like width."""

from dataclasses import dataclass
from itertools import product

_BUCKET_COST = 12
"""What another bucket's operators cost, in columns of logits."""


@dataclass(frozen=True)
class Bucket:
    """Some groups, each widened to `width` columns."""

    groups: tuple[int, ...]
    width: int


@dataclass(frozen=True)
class TagLayout:
    """Groups in buckets. `order` lists the groups as they come out of the buckets; `columns` says
    for every laid-out column which of the model's logits it is, and `padding` (the number of the
    model's logits) marks a column of no label."""

    buckets: tuple[Bucket, ...]
    order: tuple[int, ...]
    columns: tuple[int, ...]
    padding: int

    @property
    def restore(self) -> list[int]:
        """For each group of the model, its place in `order`."""
        return [self.order.index(group) for group in range(len(self.order))]


def lay_out(sizes: list[int]) -> TagLayout:
    """The cheapest layout of groups with `sizes` labels each."""
    by_size = sorted(range(len(sizes)), key=lambda group: sizes[group])
    buckets = min((_cut(by_size, cuts, sizes) for cuts in product((False, True), repeat=max(0, len(sizes) - 1))), key=_cost)
    starts = [sum(sizes[:group]) for group in range(len(sizes))]
    padding = sum(sizes)
    columns = []
    for bucket in buckets:
        for group in bucket.groups:
            own = range(starts[group], starts[group] + sizes[group])
            columns += [*own, *[padding] * (bucket.width - sizes[group])]
    return TagLayout(buckets, tuple(g for b in buckets for g in b.groups), tuple(columns), padding)


def _cut(by_size: list[int], cuts: tuple[bool, ...], sizes: list[int]) -> tuple[Bucket, ...]:
    """Buckets of neighbours in size; a cut before group i + 1 opens a new one."""
    parts: list[list[int]] = [[by_size[0]]] if by_size else []
    for group, cut in zip(by_size[1:], cuts):
        if cut:
            parts.append([])
        parts[-1].append(group)
    return tuple(Bucket(tuple(part), max(sizes[group] for group in part)) for part in parts)


def _cost(buckets: tuple[Bucket, ...]) -> int:
    return sum(len(bucket.groups) * bucket.width + _BUCKET_COST for bucket in buckets)
