"""What Python makes of texts with the tiny packages' tokenizers, for the engine to be compared
with: `python -m tests.support.encodings ../../test/fixtures` in services/trainer."""

import json
import sys
from pathlib import Path
from typing import Any

from epee_trainer.data.rows import Encoder
from epee_trainer.model.backbones import FAMILIES

TEXTS = (
    "Patient (age 57) took aspirin, then developed a rash.",
    "(ab) Rash, x.",
    " aspirin  took\n\tfever ",
    "née 5mg/day… – ok",
    "\U0001f489\U0001f489 warfarin\U0001f489, 𝒙.",
    "[SEP] <|endoftext|> [E1]aspirin[/E1] <pad>",
    "   ",
    "",
)
"""Texts of our own: punctuation, white space of all kinds, accents, characters of two UTF-16 units,
special tokens as text."""


def encodings(fixtures: Path) -> dict[str, list[dict[str, Any]]]:
    """By package, for each text: token ids, code-point offsets and the tokens that begin words."""
    found = {}
    for name, family in (("tiny-model", "bert"), ("tiny-albert", "albert"), ("tiny-gpt2", "gpt2")):
        encoder = Encoder(fixtures / name / "tokenizer.json", FAMILIES[family])
        found[name] = [
            {"text": text, "tokenIds": e.ids, "offsets": [list(o) for o in e.offsets], "wordStarts": e.word_starts}
            for text in TEXTS
            for e in [encoder.encode(text)]
        ]
    return found


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    (folder / "encodings.json").write_text(json.dumps(encodings(folder), indent=1) + "\n")
