"""Scores a trained model layer by layer and policy by policy, and chooses the named policies on held-out training documents."""

import random
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Callable

import numpy as np

from .corpora import drug_relations, read_jsonl, sentences, tagged
from .exits import FULL, Policy
from .mixture import TaskRows
from .model import MultiExitModel
from .rows import Row
from .scores import SpanSet, binary_scores, decoded, micro_f1, span_scores
from .sweep import Sweep, sweep

THRESHOLDS = (0.01, 0.02, 0.03, 0.05, 0.08, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.55, 0.6, 0.65, 0.7)
PATIENCE = (1, 2, 3, 4, 5, 6)
GRID = tuple(Policy(t, p) for t in (None, *THRESHOLDS) for p in (None, *PATIENCE))
"""Every pair that is tried; holds entropy alone, patience alone and full depth."""

Score = Callable[[list[np.ndarray]], float]


@dataclass(frozen=True)
class Evaluated:
    """Rows of one task at all layers, and the function that scores their answers in percent."""

    seen: Sweep
    score: Score


def events_of(model: MultiExitModel, make: TaskRows, items: list[dict[str, Any]]) -> Evaluated:
    """PHEE sentences, scored by exact-span micro F1 over all groups."""
    examples = [tagged(item) for item in items]
    rows = [make.event(example) for example in examples]
    gold: list[list[SpanSet]] = [[set(spans) for spans in example.spans] for example in examples]
    decode = span_decoder(make, [example.text for example in examples])
    return Evaluated(sweep(model, rows), lambda answers: span_scores(decode(answers), gold)["all"])


def span_decoder(make: TaskRows, texts: list[str]) -> Callable[[list[np.ndarray]], list[list[SpanSet]]]:
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
    """Rows of a pooled task, scored by micro F1 (without `none` where given; accuracy otherwise)."""
    gold = [row.label for row in rows]
    return Evaluated(sweep(model, rows), lambda answers: micro_f1([int(a) for a in answers], gold, none))


def depth(leaves: np.ndarray, layers: int) -> dict[str, float]:
    """Mean exit layer (from 1) and how many times fewer layers than full depth."""
    mean = float(leaves.mean() + 1)
    return {"meanExitLayer": round(mean, 2), "layerSpeedUp": round(layers / mean, 2)}


def choose(evaluated: Evaluated, *, most_lost: float) -> Policy:
    """The policy of `GRID` with the fewest layers among those that lose at most `most_lost` points against full depth on these rows."""
    full = evaluated.score(evaluated.seen.under(FULL)[0])
    best, fewest = FULL, float(evaluated.seen.layers)
    for policy in GRID:
        answers, leaves = evaluated.seen.under(policy)
        mean = float(leaves.mean() + 1)
        if mean < fewest and full - evaluated.score(answers) <= most_lost:
            best, fewest = policy, mean
    return best


def named_policies(evaluated: Evaluated) -> dict[str, Policy]:
    """`full`, `careful` (loses at most 0.2 points on the selection rows) and `fast` (at most 0.7)."""
    return {"full": FULL, "careful": choose(evaluated, most_lost=0.2), "fast": choose(evaluated, most_lost=0.7)}


def relation_rows(make: TaskRows, items: list[dict[str, Any]]) -> list[Row]:
    """Rows of all candidate pairs of gold entities."""
    return [row for item in items for pair in drug_relations(item) if (row := make.relation(pair))]


def adverse_event_alarm(model: MultiExitModel, make: TaskRows, data: Path, policies: dict[str, Policy], *, split: str, most: int | None = None) -> dict[str, Any]:
    """"The sentence has an Adverse_event trigger" against the labels of ade_cls, without the sentences that PHEE's train split holds."""
    known = {_folded(item["text"]) for item in read_jsonl(data / "phee" / "train.jsonl.gz")}
    items = [i for i in read_jsonl(data / "ade_cls" / f"{split}.jsonl.gz") if _folded(i["text"]) not in known]
    if most is not None:
        items = random.Random(1).sample(items, min(most, len(items)))
    seen = sweep(model, [make.eventless(item["text"]) for item in items])
    adverse = [i for i, label in enumerate(make.tasks.groups[0].labels) if label.endswith("-Adverse_event")]
    gold = [item["label"] == "adverse_effect" for item in items]
    table: dict[str, Any] = {"sentences": len(items), "positive": sum(gold)}
    for name, policy in policies.items():
        answers, leaves = seen.under(policy)
        table[name] = {**_rounded(binary_scores([bool(np.isin(tags[:, 0], adverse).any()) for tags in answers], gold)), **depth(leaves, seen.layers)}
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


def _folded(text: str) -> str:
    return " ".join(text.lower().split())


def _rounded(scores: dict[str, float]) -> dict[str, float]:
    return {name: round(value, 1) for name, value in scores.items()}


def report(model: MultiExitModel, make: TaskRows, data: Path, held: Callable[[str], bool]) -> dict[str, Any]:
    """Policies chosen on held-out training documents, and the scores on dev of every layer and policy."""
    train = [i for i in read_jsonl(data / "phee" / "train.jsonl.gz") if held(i["id"])]
    dev = list(read_jsonl(data / "phee" / "dev.jsonl.gz"))
    events = named_policies(events_of(model, make, train))
    relations = named_policies(pooled_of(model, relation_rows(make, train), none=0))
    # The held-out sections are too few (about 150) to see a loss of 0.7 points: sections keep their policies by the same rule, on all that there is.
    aside = [make.section(i["text"], i["label"]) for i in read_jsonl(data / "mts_dialog" / "train.jsonl.gz") if held(i["id"] + "_")]
    sections = named_policies(pooled_of(model, aside, none=None))
    relation_dev = pooled_of(model, relation_rows(make, dev), none=0)
    section_dev = pooled_of(model, [make.section(i["text"], i["label"]) for i in read_jsonl(data / "mts_dialog" / "dev.jsonl.gz")], none=None)
    return {
        "policies": {name: {p: policy.to_json() for p, policy in chosen.items()} for name, chosen in (("events", events), ("relations", relations), ("sections", sections))},
        "phee_dev": span_table(model, make, dev, events),
        "relations_dev": _pooled_table(relation_dev, relations),
        "sections_dev": _pooled_table(section_dev, sections),
        "ade_cls_dev": adverse_event_alarm(model, make, data, events, split="dev"),
        "aci_bench_dev": note_stream(model, make, data, events, split="dev"),
    }


def _pooled_table(evaluated: Evaluated, policies: dict[str, Policy]) -> dict[str, Any]:
    table: dict[str, Any] = {f"layer{i + 1}": round(evaluated.score(evaluated.seen.answers[i]), 1) for i in range(evaluated.seen.layers)}
    for name, policy in policies.items():
        answers, leaves = evaluated.seen.under(policy)
        table[name] = {"score": round(evaluated.score(answers), 1), **depth(leaves, evaluated.seen.layers), **policy.to_json()}
    return table
