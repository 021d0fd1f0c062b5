"""The report of `clinical-notes`: policies from held-out training documents, scores on dev."""

from pathlib import Path
from typing import Any

import numpy as np

from epee_trainer.data.cuts import cut_notes
from epee_trainer.data.examples import Example, tagged
from epee_trainer.data.facts import AXES, FactRows, FactSentence, read_facts, treatment_pairs
from epee_trainer.data.jsonl import LABELLED, WITH_EVENTS, read_jsonl
from epee_trainer.data.row_maker import RowMaker
from epee_trainer.data.rows import Row, spans_of
from epee_trainer.evaluation.confidence import confidences, fit_scaling
from epee_trainer.evaluation.policies import Evaluated, Spans, depth, gold_spans, named_policies, pooled_of, span_decoder, tagging_of
from epee_trainer.evaluation.scores import f1, micro_f1
from epee_trainer.evaluation.sweep import Sweep, sweep
from epee_trainer.model.exits import Policy
from epee_trainer.model.multi_exit import MultiExitModel
from epee_trainer.model.tasks import TagGroup

from .mixture import FACTS, is_held_out
from .texts import drug_relations, eventless, held_out

_SPAN_SCORES = {"trigger": (0,), "main": (1,), "sub": (2, 3), "all": (0, 1, 2, 3)}
"""Tag groups of each score of spans."""

Policies = dict[str, Policy]


def report_notes(model: MultiExitModel, make: RowMaker, data: Path, held_out_percent: int) -> dict[str, Any]:
    """`policies` and `confidence` by task, and by data set the scores on dev of every layer and
    policy."""
    phee = list(read_jsonl(data / "phee" / "train.jsonl.gz", WITH_EVENTS))
    train = [item for item in phee if held_out(item["id"], held_out_percent)]
    dev = list(read_jsonl(data / "phee" / "dev.jsonl.gz", WITH_EVENTS))
    aside = [section for section in _sections(data, "train") if held_out(section.id + "_", held_out_percent)]
    notes = [s for s in read_facts(data / FACTS["notes"] / "train.jsonl.gz") if is_held_out(s.note, held_out_percent)]
    notes_dev = read_facts(data / FACTS["notes"] / "dev.jsonl.gz")
    facts = named_policies(_joined(_facts(model, make, notes), tagging_of(model, make, "facts", [tagged(item) for item in train])))
    pairs = [pair for sentence in notes for pair in treatment_pairs(sentence)]
    relations = named_policies(_pooled(model, make, "relations", [*_relations(train), *pairs]))
    sections = named_policies(_pooled(model, make, "sections", aside))
    chosen = {"facts": facts, "relations": relations, "sections": sections}
    return {
        "policies": {task: {name: policy.to_json() for name, policy in own.items()} for task, own in chosen.items()},
        "confidence": {"facts": _scaling(model, make, notes)},
        "notes_dev": _fact_table(model, make, notes_dev, facts),
        "pairs_dev": _pooled_table(
            _pooled(model, make, "relations", [pair for sentence in notes_dev for pair in treatment_pairs(sentence)]), relations
        ),
        "phee_dev": _span_table(model, make, [tagged(item) for item in dev], facts),
        "relations_dev": _pooled_table(_pooled(model, make, "relations", _relations(dev)), relations),
        "sections_dev": _pooled_table(_pooled(model, make, "sections", _sections(data, "dev")), sections),
        "ade_cls_dev": _alarms(model, make, data, facts),
        "aci_bench_dev": _note_stream(model, make, data, facts),
    }


def _facts(model: MultiExitModel, make: RowMaker, sentences: list[FactSentence]) -> Evaluated:
    """Rows of marked notes, counted by exact entities with their labels."""
    maker = FactRows(make.tasks["facts"], make.encoder)
    seen = sweep(model, [row for sentence in sentences for row in maker.rows(sentence)])
    place, group = _group(make, "entity")

    def counts(tags: np.ndarray, row: Row) -> tuple[int, int, int]:
        words = [(i, i + 1) for i in range(len(row.words))]
        found, gold = set(spans_of(tags[:, place], words, group)), set(spans_of(row.tags[place], words, group))
        return len(found), len(gold), len(found & gold)

    return Evaluated(seen, np.array([[counts(tags, row) for tags, row in zip(answers, seen.rows)] for answers in seen.answers]))


def _scaling(model: MultiExitModel, make: RowMaker, sentences: list[FactSentence]) -> dict[str, list[float]]:
    """Slope and intercept by label, learnt on held-out notes."""
    maker = FactRows(make.tasks["facts"], make.encoder)
    seen = confidences(model, [row for sentence in sentences for row in maker.rows(sentence)], _group(make, "entity")[0])
    return {label: list(scaling) for label, scaling in fit_scaling(seen).items()}


def _joined(a: Evaluated, b: Evaluated) -> Evaluated:
    """Rows of two data sets as one."""
    seen = Sweep(
        [*a.seen.rows, *b.seen.rows],
        [[*one, *other] for one, other in zip(a.seen.answers, b.seen.answers)],
        np.concatenate([a.seen.entropy, b.seen.entropy], 1),
        np.concatenate([a.seen.same_vote, b.seen.same_vote], 1),
    )
    return Evaluated(seen, np.concatenate([a.counts, b.counts], 1))


def _group(make: RowMaker, name: str) -> tuple[int, TagGroup]:
    return next((i, group) for i, group in enumerate(make.tasks.groups) if group.name == name)


def _fact_table(model: MultiExitModel, make: RowMaker, sentences: list[FactSentence], policies: Policies) -> dict[str, Any]:
    """Exact F1 of entities of each layer and policy, and the accuracy of the axes at the words of
    entities whose value is not the default, or is called so."""
    found = _facts(model, make, sentences)
    table = _pooled_table(found, policies)
    gold = [[np.array(row.tags[_group(make, axis)[0]]) for row in found.seen.rows] for axis in AXES]
    for axis, own in zip(AXES, gold):
        place, _ = _group(make, axis)
        pairs = [(tags[:, place], g) for tags, g in zip(found.seen.answers[-1], own)]
        table[axis] = round(micro_f1([int(p) for a, _ in pairs for p in a], [int(g) for _, b in pairs for g in b], none=0), 1)
    return table


def _relations(items: list[dict[str, Any]]) -> list[Example]:
    """All candidate pairs of gold entities."""
    return [pair for item in items for pair in drug_relations(item)]


def _sections(data: Path, split: str) -> list[Example]:
    return [Example(i["id"], i["label"], i["text"]) for i in read_jsonl(data / "mts_dialog" / f"{split}.jsonl.gz", LABELLED)]


def _pooled(model: MultiExitModel, make: RowMaker, task: str, examples: list[Example]) -> Evaluated:
    return pooled_of(model, make.rows(task, examples), none=model.tasks[task].none)


def _span_table(model: MultiExitModel, make: RowMaker, examples: list[Example], policies: Policies) -> dict[str, Any]:
    """Trigger, main and sub F1 of each layer and policy on PHEE sentences, mean exit layers."""
    seen = sweep(model, make.rows("facts", examples))
    gold, decode = gold_spans(examples), span_decoder(make, examples)
    table: dict[str, Any] = {f"layer{i + 1}": _span_scores(decode(answers), gold) for i, answers in enumerate(seen.answers)}
    for name, policy in policies.items():
        answers, leaves = seen.under(policy)
        table[name] = {**_span_scores(decode(answers), gold), **depth(leaves, seen.layers), **policy.to_json()}
    return table


def _span_scores(predicted: list[Spans], gold: list[Spans]) -> dict[str, float]:
    """Exact-span micro F1 in percent over sentences; `sub` is with `Combination.Drug`."""
    scores = {}
    for name, groups in _SPAN_SCORES.items():
        pairs = [(p[g], t[g]) for p, t in zip(predicted, gold) for g in groups]
        counts = [(len(p), len(t), len(p & t)) for p, t in pairs]
        scores[name] = round(f1(*(sum(column) for column in zip(*counts))), 1)
    return scores


def _pooled_table(evaluated: Evaluated, policies: Policies) -> dict[str, Any]:
    once = np.ones((1, len(evaluated.seen.rows)), dtype=int)
    by_layer = evaluated.counts.sum(1)
    table: dict[str, Any] = {f"layer{i + 1}": round(f1(int(n), int(g), int(r)), 1) for i, (n, g, r) in enumerate(by_layer)}
    for name, policy in policies.items():
        _, leaves = evaluated.seen.under(policy)
        score = round(float(evaluated.scores(policy, once)[0]), 1)
        table[name] = {"score": score, **depth(leaves, evaluated.seen.layers), **policy.to_json()}
    return table


def _alarms(model: MultiExitModel, make: RowMaker, data: Path, policies: Policies) -> dict[str, Any]:
    """ "The sentence has an Adverse_event trigger, an effect and a drug" (what a result reports)
    against the labels of ade_cls, without the sentences that PHEE's train split holds."""
    known = {_folded(item["text"]) for item in read_jsonl(data / "phee" / "train.jsonl.gz")}
    items = [i for i in read_jsonl(data / "ade_cls" / "dev.jsonl.gz", LABELLED) if _folded(i["text"]) not in known]
    seen = sweep(model, make.rows("facts", (eventless(item["text"]) for item in items)))
    needed = [_labels(make, group, role) for group, role in enumerate(("Adverse_event", "Effect", "Treatment.Drug"))]
    gold = np.array([item["label"] == "adverse_effect" for item in items])
    table: dict[str, Any] = {"sentences": len(items), "positive": int(gold.sum())}
    for name, policy in policies.items():
        answers, leaves = seen.under(policy)
        alarms = np.array([all(np.isin(tags[:, g], labels).any() for g, labels in enumerate(needed)) for tags in answers])
        table[name] = {**_binary_scores(alarms, gold), **depth(leaves, seen.layers)}
    return table


def _labels(make: RowMaker, group: int, role: str) -> list[int]:
    return [i for i, label in enumerate(make.tasks.groups[group].labels) if label.endswith(f"-{role}")]


def _binary_scores(predicted: np.ndarray, gold: np.ndarray) -> dict[str, float]:
    """Precision, recall and F1 in percent of a yes-or-no answer."""
    found, there, right = int(predicted.sum()), int(gold.sum()), int((predicted & gold).sum())
    scores = {"precision": 100.0 * right / max(1, found), "recall": 100.0 * right / max(1, there), "f1": f1(found, there, right)}
    return {name: round(score, 1) for name, score in scores.items()}


def _note_stream(model: MultiExitModel, make: RowMaker, data: Path, policies: Policies) -> dict[str, Any]:
    """Sentences of aci_bench notes: triggers per note and exit depth by policy."""
    notes = list(read_jsonl(data / "aci_bench" / "dev.jsonl.gz"))
    seen = sweep(model, make.rows("facts", (eventless(text) for text in _sentences([note["text"] for note in notes]))))
    table: dict[str, Any] = {"notes": len(notes), "sentences": len(seen.rows)}
    for name, policy in policies.items():
        answers, leaves = seen.under(policy)
        triggers = sum(bool(tags[:, 0].any()) for tags in answers)
        table[name] = {"sentencesWithTriggerPerNote": round(triggers / len(notes), 2), **depth(leaves, seen.layers)}
    return table


def _sentences(texts: list[str]) -> list[str]:
    return [text[s.start : s.end] for text, cut in zip(texts, cut_notes(texts)) for s in cut]


def _folded(text: str) -> str:
    return " ".join(text.lower().split())
