"""Notes cut by the product's own cutter (`epee cut`), so that a model learns from the rows that it
will read."""

import json
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

_REPOSITORY = Path(__file__).parents[4]
_COMMAND = ("node", str(_REPOSITORY / "services" / "cli" / "bin" / "epee.mjs"), "cut", "-")


@dataclass(frozen=True)
class Sentence:
    """A sentence of a note: code points [start, end), and the heading of its section as written."""

    start: int
    end: int
    heading: str | None


def cut_notes(texts: Sequence[str]) -> list[list[Sentence]]:
    """The sentences of each note. Raises RuntimeError, with what `epee cut` says, where Node or the
    built product is missing or a text is none that the pipeline takes."""
    rows = "".join(json.dumps({"id": str(number), "text": text}) + "\n" for number, text in enumerate(texts))
    try:
        done = subprocess.run(_COMMAND, input=rows, capture_output=True, text=True, check=False, cwd=_REPOSITORY)
    except FileNotFoundError:
        raise RuntimeError("node is missing: notes are cut by `epee cut`, which needs Node 20 and `npm ci && npm run build`") from None
    cuts = [json.loads(line) for line in done.stdout.splitlines()]
    if done.returncode != 0 or len(cuts) != len(texts):
        raise RuntimeError(f"`epee cut` cut {len(cuts)} of {len(texts)} notes: {done.stderr.strip()[:500]}")
    return [[Sentence(s["start"], s["end"], s["heading"]) for s in cut["sentences"]] for cut in cuts]
