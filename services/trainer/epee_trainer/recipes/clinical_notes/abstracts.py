"""Sentences of medical abstracts without a drug event, written here: templates of our own with
slots, and PHEE sentences whose drug gives way to another cause.

PHEE holds only sentences with an event, so a model trained on it takes the language of abstracts
itself for an alarm. What PHEE annotates is left out of the templates: "drug-induced effect" (even
as a topic), a drug given for a disorder, recovery after a named drug is stopped. An effect of an
unnamed treatment ("during chemotherapy") is in them: PHEE's events name their drug, and a result
without one is no alarm.
"""

import json
import random
import re
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

from epee_trainer.data.examples import MAIN_ROLES

TEMPLATES = Path(__file__).parent / "templates"
SLOT = re.compile(r"\{(\w+)\}")
_CHOICE = re.compile(r"\[([^\[\]]*)\]")

HEADINGS = {
    "aims": ("OBJECTIVE", "AIM", "PURPOSE", "AIMS"),
    "background": ("BACKGROUND", "INTRODUCTION", "CONTEXT"),
    "cases": ("CASE REPORT", "CASE SUMMARY", "PATIENT"),
    "discussion": ("CONCLUSION", "CONCLUSIONS", "DISCUSSION"),
    "findings": ("RESULTS", "FINDINGS"),
    "methods": ("METHODS", "MATERIALS AND METHODS"),
    "negated": ("RESULTS", "CONCLUSIONS"),
    "recommendations": ("CONCLUSION", "CONCLUSIONS"),
}
"""Headings that a sentence of a kind may carry, as structured abstracts do."""

OFTENER = ("generic", "hard", "negated")
"""Kinds drawn twice as often: near misses."""
JOINED = ("background", "course", "epidemiology", "findings", "methods", "negated", "pharmacology", "treatment")
"""Kinds of which a sentence may hold two statements."""

OPENED = ("background", "course", "diagnosis", "discussion", "epidemiology", "findings", "negated", "pharmacology", "recommendations")
"""Kinds whose sentences may begin with an opening, such as "However"."""

CAUSES = tuple("exercise stress virus cold immobilization pregnancy tumor sepsis infection altitude trauma heat".split())
"""What may be before "-induced" instead of a drug."""

_DRUG = re.compile(r"[A-Za-z][a-z]{3,}(?: [a-z]{5,})?|[A-Z]{3,5}")
_NO_DRUG = re.compile(
    r"therap|treat|drug|agent|inhibitor|blocker|medic|combin|chemo|dose|steroid|antibiotic|anti[^b]|inject|infus|vaccin|overdos|"
    r"withdraw|discontin|acute|chronic|oral|intra|toxic|poison|diuretic|opioid|solution|ine[s]$|ins$|als?$|\b(?:and|of|with|the)\b",
    re.IGNORECASE,
)
_ILLNESS = re.compile(
    r"(?:itis|osis|asis|emia|aemia|penia|uria|plegia|paresis|lgia|oma|pathy|pnea|rrhea|rrhoea|megaly|lysis|phagia|plasia|trophy|noea|"
    r"thermia|tension|cardia|ysis|kinesia|tonia|phrenia|mania|psy|ia|ema|infection|obstruction|perforation|ulceration|retention|"
    r"dissection|inflammation|eruption|aspiration|thrombosis|syndrome|disease|disorder|cancer|tumor|tumour|failure|depression|"
    r"psoriasis|asthma|lupus|diabetes|mellitus|fever|rash|pain|headache|nausea|vomiting|bleeding|hemorrhage|haemorrhage|injury|stroke|"
    r"infarction|delirium|coma|cough|ulcer|urticaria|necrosis|block|arrest|shock|deficiency|dysfunction|insufficiency|impairment|"
    r"weakness|tremor|ataxia|pruritus|jaundice|malaria|embolism|gout|acne)$"
)
_DURATION = re.compile(r"(?:\d+|two|three|four|five|six|eight|ten) (?:days|weeks|months|years|hours)")
_ROUTE = re.compile(r"oral|topical|inhaled|rectal|nasal|\w+(?:venous|thecal|vitreal|muscular|cutaneous|dermal|dural|peritoneal|arterial)")
_TELLS_DRUG = re.compile(
    r"toxi|induc|drug|overdos|poison|interact|withdraw|side effect|adverse|therap|treat|neuroleptic|serotonin|reaction|hypersens|"
    r"allerg|anaphyl|related|associat|abuse|secondary|due to|resist|refractory|improve|response|administ|medic|dose|\bmg\b|agent|"
    r"discontinu|receiv|taking|infus|inject|prescri|chemo|challenge|ingest|antibiotic|inhibitor|vaccin|steroid|exposure|prophyla|"
    r"remission|resolution|recur|exacerb|worsen",
    re.IGNORECASE,
)
_BEFORE_CAUSE = re.compile(
    r"\b(?:after|following|due to|secondary to|associated with|related to|caused by|complicating|complication of|resulting from) $",
    re.IGNORECASE,
)
_AFTER_CAUSE = re.compile(r"[- ](?:induced|associated|related)\b", re.IGNORECASE)


@cache
def templates() -> dict[str, tuple[str, ...]]:
    """Templates by kind (their file): `{slot}` is filled, `[one|another]` is chosen from."""
    paths = sorted(TEMPLATES.glob("*.txt"))
    return {path.stem: tuple(filter(None, path.read_text(encoding="utf-8").splitlines())) for path in paths}


@cache
def own_words() -> dict[str, tuple[str, ...]]:
    """Words of our own by slot, and openings of sentences."""
    return {slot: tuple(words) for slot, words in json.loads((TEMPLATES / "words.json").read_text(encoding="utf-8")).items()}


def slot_values(phee: list[dict[str, Any]]) -> dict[str, tuple[str, ...]]:
    """What fills the slots: own words, and drugs, disorders, effects, doses, routes and durations
    that these PHEE sentences tag, where their form fits a template."""
    found: dict[str, dict[str, None]] = {}
    for item in phee:
        for event in item["events"]:
            for argument in event["arguments"]:
                found.setdefault(argument["role"], {})[argument["text"]] = None

    def fitting(fits: Callable[[str], bool], *roles: str) -> tuple[str, ...]:
        return tuple(dict.fromkeys(_inside(" ".join(text.split())) for role in roles for text in found.get(role, {}) if fits(text)))

    drugs = fitting(lambda t: bool(_DRUG.fullmatch(t)) and not _NO_DRUG.search(t.replace("ine", "")), "Treatment.Drug", "Combination.Drug")
    named = {drug.lower() for drug in drugs}

    def illness(text: str) -> bool:
        words = text.split()
        clean = re.fullmatch(r"[A-Za-z][A-Za-z' -]+", text) and not _TELLS_DRUG.search(text) and not named & set(text.lower().split())
        return bool(
            clean and len(words) <= 4 and _ILLNESS.search(words[-1]) and not re.search(r"\b(?:of|in|with|and|his|her|the|an?|this)\b", text)
        )

    values = {
        "drug": drugs,
        "disorder": fitting(illness, "Treatment.Disorder", "Subject.Disorder"),
        "effect": fitting(illness, "Effect"),
        "dose": fitting(
            lambda t: bool(re.fullmatch(r"[\d.,]+ ?(?:mg|g|mcg|microg|mg/kg|mg/day|mg/d|g/day|mg/m2|IU|U)", t)), "Treatment.Dosage"
        ),
        "duration": fitting(lambda t: bool(_DURATION.fullmatch(t)), "Treatment.Duration", "Treatment.Time_elapsed"),
        "route": fitting(lambda t: bool(_ROUTE.fullmatch(t)), "Treatment.Route"),
        "age": fitting(lambda t: bool(re.fullmatch(r"\d+[- ](?:year|month|week)[- ]old", t)), "Subject.Age"),
    }
    own = own_words()
    return {slot: tuple(dict.fromkeys((*own.get(slot, ()), *values.get(slot, ())))) for slot in sorted({*own, *values})}


def _inside(text: str) -> str:
    """A phrase as it is inside a sentence; names such as "Crohn's" keep their capital."""
    first = text.split()[0]
    return text if first[1:] != first[1:].lower() or "'" in first or "-" in first else text[0].lower() + text[1:]


def _number(slot: str, chooser: random.Random) -> str | None:
    if slot in ("n", "n2"):
        return str(chooser.choice((chooser.randint(3, 19), chooser.randint(20, 98), chooser.randint(20, 98), chooser.randint(100, 640))))
    if slot == "percent":
        whole = chooser.randint(1, 89)
        return chooser.choice((f"{whole}%", f"{whole} %", f"{whole}.{chooser.randint(1, 9)}%", f"{whole} percent"))
    if slot == "age" and chooser.random() < 0.6:
        old = chooser.randint(17, 91)
        young = chooser.choice((f"{chooser.randint(2, 23)}-month-old", f"{chooser.randint(2, 16)}-year-old"))
        return chooser.choice((f"{old}-year-old", f"{old}-year-old", f"{old} year old", f"{old}-yr-old", young))
    if slot == "duration" and chooser.random() < 0.7:
        many = chooser.choice((*map(str, range(2, 19)), "two", "three", "four", "six", "several"))
        return f"{many} {chooser.choice(('days', 'weeks', 'months', 'years'))}"
    return None


def fill(template: str, values: dict[str, tuple[str, ...]], chooser: random.Random) -> str:
    """One sentence of a template: choices made, slots filled (no value twice in a sentence),
    articles and the first letter put right. Raises KeyError for an unknown slot."""
    while choice := _CHOICE.search(template):
        template = template[: choice.start()] + chooser.choice(choice[1].split("|")) + template[choice.end() :]
    used: set[str] = set()

    def value(match: re.Match[str]) -> str:
        given = _number(match[1], chooser)
        while given is None or given in used:
            given = _number(match[1], chooser) or chooser.choice(values[match[1].rstrip("2")])
        used.add(given)
        return given

    text = SLOT.sub(value, template)
    text = re.sub(r"((?:^|(?<=: ))A|\ba)n? (?=(\w+))", lambda m: m[1] + ("n " if _vowel(m[2]) else " "), text)
    text = re.sub(r"\b(the|The|A|a|[Rr]aised|[Bb]aseline|[Ee]levated|[Nn]ormal) the ", r"\1 ", text)
    return text[0].upper() + text[1:]


def _joined(one: str, other: str, chooser: random.Random) -> str:
    if ":" in one + other:
        return one
    return one[:-1] + chooser.choice(("; ", ", and ", ", whereas ", ", but ")) + _inside(other)


def _vowel(word: str) -> bool:
    if word.isdigit():
        return word.startswith("8") or word in ("11", "18")
    if word.isupper() and len(word) > 1:
        return word[0] in "AEFHILMNORSX"
    return word[0].lower() in "aeiou" and not re.match(r"(?i)(?:uni|use|usu|eu|one|ur[io]n|uti)", word)


def without_drug(item: dict[str, Any], drugs: set[str], values: dict[str, tuple[str, ...]], chooser: random.Random) -> str | None:
    """A PHEE sentence with one adverse event, its treatment replaced by a procedure, an infection
    or a strain of the body: an effect, but no drug. None where the treatment is in other words than
    "effect after TREATMENT" or "TREATMENT-induced effect", or where the rest names a treatment."""
    if len(item["events"]) != 1 or item["events"][0]["type"] != "Adverse_event":
        return None
    event, text = item["events"][0], item["text"]
    treated = {(a["start"], a["end"]) for a in event["arguments"] if a["role"] == "Treatment"}
    if len(treated) != 1:
        return None
    start, end = treated.pop()
    inside = [a for a in event["arguments"] if a["role"] not in MAIN_ROLES and not a["role"].startswith("Subject")]
    if any(a["start"] < start or a["end"] > end for a in inside) or start <= event["trigger"]["start"] < end:
        return None
    before, after = text[:start], text[end:]
    rest = before[: m.start()] + after if (m := _BEFORE_CAUSE.search(before)) else before + _AFTER_CAUSE.sub(" ", after, count=1)
    if (
        _TELLS_DRUG.search(rest)
        or re.match(r" (?:use|usage)\b", after)
        or "i.v." in rest
        or drugs & set(re.findall(r"[a-z]+", rest.lower()))
    ):
        return None
    if _BEFORE_CAUSE.search(before):
        cause = chooser.choice((chooser.choice(values["procedure"]), chooser.choice(values["pathogen"]) + " infection"))
    elif _AFTER_CAUSE.match(after):
        cause = chooser.choice(CAUSES)
    else:
        return None
    changed = before + cause + after
    return f"{changed[0].upper()}{changed[1:]}"


def abstract_negatives(phee: list[dict[str, Any]], count: int, seed: int) -> list[str]:
    """`count` different sentences (fewer only if the templates are exhausted), a tenth of them PHEE
    sentences without their drug, the others from the templates in turn. `phee`: the training
    sentences that are not held out. The same arguments give the same sentences."""
    chooser = random.Random(f"abstracts/{seed}")
    values = slot_values(phee)
    drugs = {
        a["text"].lower()
        for item in phee
        for e in item["events"]
        for a in e["arguments"]
        if a["role"] in ("Treatment.Drug", "Combination.Drug")
    }
    found: dict[str, None] = {}
    for item in [*chooser.sample(phee, len(phee)), *chooser.sample(phee, len(phee))]:
        if len(found) < count // 10 and (changed := without_drug(item, drugs, values, chooser)):
            found[changed] = None
    lines = [(kind, line) for kind, own in templates().items() for line in own * (2 if kind in OFTENER else 1)]
    for _ in range(40 * (1 + count // len(lines))):
        for kind, line in chooser.sample(lines, len(lines)):
            if len(found) >= count:
                return chooser.sample(list(found), count)
            text = fill(line, values, chooser)
            if kind in JOINED and len(text) < 110 and chooser.random() < 0.35:
                text = _joined(text, fill(chooser.choice(templates()[kind]), values, chooser), chooser)
            if kind in OPENED and chooser.random() < 0.12 and ":" not in text:
                text = chooser.choice(values["opening"]) + _inside(text)
            if kind in HEADINGS and chooser.random() < 0.1 and not re.match(r"[A-Z ]+: ", text):
                text = f"{chooser.choice(HEADINGS[kind])}: {text}"
            found[text] = None
    return list(found)
