"""What the training texts of `clinical-notes` are made of, from PHEE's sentences and from notes."""

import itertools
import random
import re
import zlib
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from epee_trainer.data.examples import GROUPS, Example
from epee_trainer.data.rows import Span

TAIL_LABELS = {"Effect": "adverse_effect", "Treatment.Disorder": "indication"}
"""Relation of a drug to an argument. An effect that was wanted is none."""

Place = tuple[int, int]
"""Start and end in code points."""
Roles = frozenset[str]
"""All roles that one span has."""

_CUT = re.compile(r"[,;:] |(?<= )(?:after|following|during|associated|due|caused|induced|treated|receiving|while|who|which|and) ")
_TELLING = re.compile(r"induced|associated|toxic|adverse|side effect|reaction|secondary|overdose", re.IGNORECASE)


def drug_relations(item: dict[str, Any]) -> list[Example]:
    """Relations of a PHEE sentence: a drug with its effect, adverse or `none`, and with the
    disorder that it is given for. Other pairs of a drug and such an argument, or of a drug and one
    argument that is neither, are `none`."""
    labels: dict[tuple[Place, Place], str] = {}
    drugs: dict[Place, None] = {}
    tails: dict[Place, None] = {}
    others: dict[Place, None] = {}
    for event in item["events"]:
        own = [(a["role"], (a["start"], a["end"])) for a in event["arguments"]]
        own_drugs = [place for role, place in own if role == "Treatment.Drug"]
        drugs |= dict.fromkeys(own_drugs)
        for role, place in own:
            if role in TAIL_LABELS:
                tails[place] = None
                if role != "Effect" or event["type"] == "Adverse_event":
                    labels |= {(drug, place): TAIL_LABELS[role] for drug in own_drugs}
            elif role.startswith("Subject") or role == "Treatment.Time_elapsed":
                others[place] = None
    unrelated = [(drug, other) for drug in drugs for other in others if drug != other and other not in tails]
    keep = unrelated[zlib.crc32(item["id"].encode()) % max(1, len(unrelated)) :][:1]
    pairs = [(drug, tail) for drug in drugs for tail in tails if drug != tail] + keep
    return [Example(item["id"], labels.get(pair, "none"), item["text"], *pair) for pair in pairs]


def held_out(document_id: str, percent: int) -> bool:
    """Whether a training document is kept aside for choosing thresholds; by a hash of the id before
    its last `_`, so that sentences of one article stay together."""
    return zlib.crc32(document_id.rsplit("_", 1)[0].encode()) % 100 < percent


def eventless_fragments(example: Example) -> list[Example]:
    """Pieces of a sentence with an event that report none: cut at commas and connectives, without
    trigger, and without both a treatment and an effect. They teach that a drug alone, or a disorder
    alone, in the language of case reports is no event. Arguments in them stay tagged: the same
    words are arguments in the whole sentence."""
    text, spans = example.text, [span for group in example.spans for span in group]
    cuts = [0, *(match.start() for match in _CUT.finditer(text)), len(text)]
    found = []
    for start, end in itertools.combinations(cuts, 2):
        roles = {label for label, a, b in spans if a < end and b > start}
        crossed = any(a < cut < b for _, a, b in spans for cut in (start, end))
        treatment = any(role.startswith(("Treatment", "Combination")) for role in roles)
        trigger = roles & {"Adverse_event", "Potential_therapeutic_event", "Combination"}
        piece = text[start:end].strip(" ,;:")
        tells = crossed or trigger or _TELLING.search(piece) or (treatment and "Effect" in roles)
        if (start, end) != (0, len(text)) and not tells and len(piece.split()) >= 4:
            begin = text.index(piece, start)
            found.append(_sentence_of(_cut_out(example, begin, begin + len(piece))))
    return found


def eventless(text: str) -> Example:
    """A sentence without any span."""
    return Example("", "none", text, spans=((),) * len(GROUPS))


def _sentence_of(piece: Example) -> Example:
    first = piece.text[0].upper()
    return replace(piece, text=(first if len(first) == 1 else piece.text[0]) + piece.text[1:] + ".")


def _cut_out(example: Example, start: int, end: int) -> Example:
    """The text from `start` to `end` and the spans that lie in it."""
    inside = tuple(tuple((label, a - start, b - start) for label, a, b in group if start <= a and b <= end) for group in example.spans)
    return replace(example, text=example.text[start:end], spans=inside)


def mentions(examples: Iterable[Example]) -> dict[Roles, list[Example]]:
    """The different phrases by the roles that they have, each with its spans (see `swapped`)."""
    found: dict[Roles, dict[str, Example]] = {}
    for example in examples:
        for (start, end), roles in _replaceable(example).items():
            phrase = _cut_out(example, start, end)
            found.setdefault(roles, {}).setdefault(phrase.text, phrase)
    return {roles: list(phrases.values()) for roles, phrases in found.items()}


def _replaceable(example: Example) -> dict[Place, Roles]:
    """Roles by place of the arguments that no other span crosses and which hold no trigger."""
    arguments = [span for group in example.spans[1:] for span in group]

    def whole(start: int, end: int) -> bool:
        apart = all(b <= start or end <= a for _, a, b in example.spans[0])
        return apart and all(b <= start or end <= a or (start <= a and b <= end) or (a <= start and end <= b) for _, a, b in arguments)

    places = {(start, end) for _, start, end in arguments if whole(start, end)}
    return {place: frozenset(role for role, a, b in arguments if (a, b) == place) for place in sorted(places)}


def swapped(example: Example, phrases: dict[Roles, list[Example]], chooser: random.Random) -> Example:
    """The sentence with about half of its arguments replaced by others of the same roles: more
    different arguments to learn from (mention replacement, Dai and Adel 2020, arXiv 2010.11683)."""
    own = _replaceable(example)
    chosen: list[Place] = []
    for start, end in chooser.sample(list(own), len(own)):
        if own[start, end] in phrases and chooser.random() < 0.5 and all(b <= start or end <= a for a, b in chosen):
            chosen.append((start, end))
    for start, end in sorted(chosen, reverse=True):
        example = _with_phrase(example, start, end, chooser.choice(phrases[own[start, end]]))
    return example


def _with_phrase(example: Example, start: int, end: int, phrase: Example) -> Example:
    """The sentence with a phrase, and its spans, in place of what was from `start` to `end`."""
    longer = len(phrase.text) - (end - start)

    def moved(group: tuple[Span, ...], brought: tuple[Span, ...]) -> tuple[Span, ...]:
        around = [(label, a + longer * (a >= end), b + longer * (b >= end)) for label, a, b in group if not (start <= a and b <= end)]
        return (*around, *((label, a + start, b + start) for label, a, b in brought))

    text = example.text[:start] + phrase.text + example.text[end:]
    return replace(example, text=text, spans=tuple(map(moved, example.spans, phrase.spans)))
