"""Scores a trained model layer by layer and policy by policy, and chooses the named policies on held-out training documents."""

import random
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Callable, Sequence

import numpy as np

from epee_trainer.data.corpora import drug_relations, sentences, tagged
from epee_trainer.data.datasets import RowMaker
from epee_trainer.model.exits import FULL, Policy
from epee_trainer.data.jsonl import LABELLED, WITH_EVENTS, read_jsonl
from epee_trainer.recipes.clinical_notes.mixture import TaskRows
from epee_trainer.model.multi_exit import MultiExitModel
from epee_trainer.data.rows import Row
from .scores import SpanSet, binary_scores, decoded, f1, span_scores
from .sweep import Sweep, sweep

THRESHOLDS = (0.01, 0.02, 0.03, 0.05, 0.08, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.55, 0.6, 0.65, 0.7)
PATIENCE = (1, 2, 3, 4, 5, 6)
GRID = tuple(Policy(t, p) for t in (None, *THRESHOLDS) for p in (None, *PATIENCE))
"""Every pair that is tried; holds entropy alone, patience alone and full depth."""

RESAMPLES = 500

MOST_LOST = {"careful": 0.7, "fast": 2.0}
"""Points that the named policies may lose, as `choose` understands it."""


@dataclass(frozen=True)
class Evaluated:
    """Rows of one task at all layers, with the counts behind micro F1: int [L, B, 3] of what was found, what is there, and what is right."""

    seen: Sweep
    counts: np.ndarray

    def scores(self, policy: Policy, weights: np.ndarray) -> np.ndarray:
        """Micro F1 in percent under a policy, one a line of `weights` [R, B]: how often each row counts."""
        _, leaves = self.seen.under(policy)
        found, total, right = (weights @ self.counts[leaves, np.arange(len(leaves))]).T
        return 200.0 * right / np.maximum(1, found + total)


def events_of(model: MultiExitModel, make: TaskRows, items: list[dict[str, Any]]) -> Evaluated:
    """PHEE sentences, counted by exact spans over all groups."""
    examples = [tagged(item) for item in items]
    seen = sweep(model, [make.event(example) for example in examples])
    gold: list[list[SpanSet]] = [[set(spans) for spans in example.spans] for example in examples]
    decode = span_decoder(make, [example.text for example in examples])
    return Evaluated(seen, np.array([[_span_counts(p, g) for p, g in zip(decode(answers), gold)] for answers in seen.answers]))


def _span_counts(predicted: list[SpanSet], gold: list[SpanSet]) -> tuple[int, int, int]:
    return sum(map(len, predicted)), sum(map(len, gold)), sum(len(p & g) for p, g in zip(predicted, gold))


def span_decoder(make: TaskRows | RowMaker, texts: list[str]) -> Callable[[list[np.ndarray]], list[list[SpanSet]]]:
    """A function from tags to spans for these sentences."""
    groups = make.tasks.groups
    words = [make.encoder.encode(text).word_spans() for text in texts]
    return lambda answers: [decoded(tags, spans[: len(tags)], groups) for tags, spans in zip(answers, words)]


def span_table(model: MultiExitModel, make: TaskRows, items: list[dict[str, Any]], policies: dict[str, Policy]) -> dict[str, Any]:
    """Trigger, main and sub F1 of each layer and each policy on PHEE sentences, with mean exit layers."""
    examples = [tagged(item) for item in items]
    seen = sweep(model, [make.event(example) for example in examples])
    gold: list[list[SpanSet]] = [[set(spans) for spans in example.spans] for example in examples]
    decode = span_decoder(make, [example.text for example in examples])
    table: dict[str, Any] = {f"layer{i + 1}": _rounded(span_scores(decode(seen.answers[i]), gold)) for i in range(seen.layers)}
    for name, policy in policies.items():
        answers, leaves = seen.under(policy)
        table[name] = {**_rounded(span_scores(decode(answers), gold)), **depth(leaves, seen.layers), **policy.to_json()}
    return table


def pooled_of(model: MultiExitModel, rows: list[Row], none: int | None) -> Evaluated:
    """Rows of a pooled task, counted for micro F1 (without `none` where given; accuracy otherwise)."""
    seen = sweep(model, rows)
    gold = np.array([row.label for row in rows])
    answers = np.array(seen.answers, dtype=int)
    counts = np.stack([answers != none, np.broadcast_to(gold != none, answers.shape), (answers == gold) & (gold != none)], -1)
    return Evaluated(seen, counts.astype(int))


def depth(leaves: np.ndarray, layers: int) -> dict[str, float]:
    """Mean exit layer (from 1) and how many times fewer layers than full depth."""
    mean = float(leaves.mean() + 1)
    return {"meanExitLayer": round(mean, 2), "layerSpeedUp": round(layers / mean, 2)}


def choose(evaluated: Evaluated, *, most_lost: float, grid: Sequence[Policy] = GRID) -> Policy:
    """The policy of the grid with the fewest layers among those that lose at most `most_lost` points against full depth in 90 % of bootstrap resamples of these
    rows: the plain difference, on a few hundred rows, flatters the boldest policies."""
    rows = len(evaluated.seen.rows)
    weights = np.random.default_rng(1).multinomial(rows, np.full(rows, 1 / rows), size=RESAMPLES)
    full = evaluated.scores(FULL, weights)
    best, fewest = FULL, float(evaluated.seen.layers)
    for policy in grid:
        mean = float(evaluated.seen.under(policy)[1].mean() + 1)
        if mean < fewest and np.quantile(full - evaluated.scores(policy, weights), 0.9) <= most_lost:
            best, fewest = policy, mean
    return best


def named_policies(evaluated: Evaluated) -> dict[str, Policy]:
    """`full` and those of `MOST_LOST`."""
    return {"full": FULL, **{name: choose(evaluated, most_lost=points) for name, points in MOST_LOST.items()}}


def relation_rows(make: TaskRows, items: list[dict[str, Any]]) -> list[Row]:
    """Rows of all candidate pairs of gold entities."""
    return [row for item in items for pair in drug_relations(item) if (row := make.relation(pair))]


def adverse_event_alarm(model: MultiExitModel, make: TaskRows, data: Path, policies: dict[str, Policy], *, split: str, most: int | None = None) -> dict[str, Any]:
    """"The sentence has an Adverse_event trigger, an effect and a drug" (what a result reports) against the labels of ade_cls, without the sentences that PHEE's train split holds."""
    known = {_folded(item["text"]) for item in read_jsonl(data / "phee" / "train.jsonl.gz")}
    items = [i for i in read_jsonl(data / "ade_cls" / f"{split}.jsonl.gz", LABELLED) if _folded(i["text"]) not in known]
    if most is not None:
        items = random.Random(1).sample(items, min(most, len(items)))
    seen = sweep(model, [make.eventless(item["text"]) for item in items])
    needed = [_indices(make, group, role) for group, role in ((0, "Adverse_event"), (1, "Effect"), (2, "Treatment.Drug"))]

    def alarm(tags: np.ndarray) -> bool:
        return all(bool(np.isin(tags[:, group], labels).any()) for group, labels in needed)

    gold = [item["label"] == "adverse_effect" for item in items]
    table: dict[str, Any] = {"sentences": len(items), "positive": sum(gold)}
    for name, policy in policies.items():
        answers, leaves = seen.under(policy)
        table[name] = {**_rounded(binary_scores([alarm(tags) for tags in answers], gold)), **depth(leaves, seen.layers)}
    return table


def note_stream(model: MultiExitModel, make: TaskRows, data: Path, policies: dict[str, Policy], *, split: str) -> dict[str, Any]:
    """Sentences of aci_bench notes: triggers per note and exit depth by policy."""
    notes = list(read_jsonl(data / "aci_bench" / f"{split}.jsonl.gz"))
    seen = sweep(model, [make.eventless(text) for note in notes for text in sentences(note["text"])])
    table: dict[str, Any] = {"notes": len(notes), "sentences": len(seen.rows)}
    for name, policy in policies.items():
        answers, leaves = seen.under(policy)
        table[name] = {"sentencesWithTriggerPerNote": round(sum(bool(tags[:, 0].any()) for tags in answers) / len(notes), 2), **depth(leaves, seen.layers)}
    return table


def _indices(make: TaskRows, group: int, role: str) -> tuple[int, list[int]]:
    return group, [i for i, label in enumerate(make.tasks.groups[group].labels) if label.endswith(f"-{role}")]


def _folded(text: str) -> str:
    return " ".join(text.lower().split())


def _rounded(scores: dict[str, float]) -> dict[str, float]:
    return {name: round(value, 1) for name, value in scores.items()}


def report(model: MultiExitModel, make: TaskRows, data: Path, held: Callable[[str], bool]) -> dict[str, Any]:
    """Policies chosen on held-out training documents, and the scores on dev of every layer and policy."""
    train = [i for i in read_jsonl(data / "phee" / "train.jsonl.gz", WITH_EVENTS) if held(i["id"])]
    dev = list(read_jsonl(data / "phee" / "dev.jsonl.gz", WITH_EVENTS))
    events = named_policies(events_of(model, make, train))
    relations = named_policies(pooled_of(model, relation_rows(make, train), none=0))
    aside = [make.section(i["text"], i["label"]) for i in read_jsonl(data / "mts_dialog" / "train.jsonl.gz", LABELLED) if held(i["id"] + "_")]
    sections = named_policies(pooled_of(model, aside, none=None))
    relation_dev = pooled_of(model, relation_rows(make, dev), none=0)
    section_dev = pooled_of(model, [make.section(i["text"], i["label"]) for i in read_jsonl(data / "mts_dialog" / "dev.jsonl.gz", LABELLED)], none=None)
    return {
        "policies": {name: {p: policy.to_json() for p, policy in chosen.items()} for name, chosen in (("events", events), ("relations", relations), ("sections", sections))},
        "phee_dev": span_table(model, make, dev, events),
        "relations_dev": _pooled_table(relation_dev, relations),
        "sections_dev": _pooled_table(section_dev, sections),
        "ade_cls_dev": adverse_event_alarm(model, make, data, events, split="dev"),
        "aci_bench_dev": note_stream(model, make, data, events, split="dev"),
    }


def _pooled_table(evaluated: Evaluated, policies: dict[str, Policy]) -> dict[str, Any]:
    once = np.ones((1, len(evaluated.seen.rows)), dtype=int)
    by_layer = evaluated.counts.sum(1)
    table: dict[str, Any] = {f"layer{i + 1}": round(f1(int(n), int(g), int(r)), 1) for i, (n, g, r) in enumerate(by_layer)}
    for name, policy in policies.items():
        _, leaves = evaluated.seen.under(policy)
        table[name] = {"score": round(float(evaluated.scores(policy, once)[0]), 1), **depth(leaves, evaluated.seen.layers), **policy.to_json()}
    return table
