"""Made-up texts and images for training of every family, and configs of models of a few neurons."""

import gzip
import json
from pathlib import Path
from typing import Any

import numpy as np

TEXTS = {"good": "the drug helped a lot", "bad": "the pain got worse after it"}


def write_data(folder: Path) -> Path:
    """Reviews, pairs, events and images, 60 for training and 16 for dev."""
    random = np.random.default_rng(0)
    for split, size in (("train", 60), ("dev", 16)):
        reviews = [
            {"id": f"{split}{i}_1", "text": f"{TEXTS[label]} {i}.", "label": label}
            for i in range(size)
            for label in [("good", "bad")[i % 2]]
        ]
        if split == "dev":
            reviews[0]["label"] = "unheard-of"
        pairs = []
        for i in range(size):
            text = f"aspirin raised warfarin levels, ibuprofen {i} did not."
            tail, label = ("warfarin", "effect") if i % 2 else ("ibuprofen", "none")
            spans = {
                name: {"start": text.index(word), "end": text.index(word) + len(word)}
                for name, word in (("head", "aspirin"), ("tail", tail))
            }
            pairs.append({"id": f"d{i // 4}.s{i % 4}", "text": text, "label": label, **spans})
        events = [
            {
                "id": f"{i}_1",
                "text": "He took aspirin, then had a rash.",
                "events": [
                    {
                        "type": "Adverse_event",
                        "trigger": {"start": 22, "end": 25},
                        "arguments": [{"role": "Effect", "start": 28, "end": 32}, {"role": "Treatment.Drug", "start": 8, "end": 15}],
                    }
                ],
            }
            for i in range(size)
        ]
        for name, items in (("reviews", reviews), ("pairs", pairs), ("events", events)):
            with gzip.open(folder / f"{name}.{split}.jsonl.gz", "wt") as stream:
                stream.write("".join(json.dumps(item) + "\n" for item in items))
        labels = np.arange(size) % 2
        images = (random.integers(0, 80, (size, 8, 8)) + 120 * labels[:, None, None]).astype(np.uint8)
        np.savez(folder / f"{split}.npz", images=images, labels=labels.astype(np.uint8))
    (folder / "labels.json").write_text(json.dumps({"classes": ["dark", "light"]}))
    return folder


def source(name: str, kind: str, **more: Any) -> dict[str, Any]:
    stem = {"classification": "reviews", "relation": "pairs", "event": "events", "event-label": "events", "image": ""}[kind]
    files = {"train": f"{stem}.train.jsonl.gz", "dev": f"{stem}.dev.jsonl.gz"} if stem else {"train": "train.npz", "dev": "dev.npz"}
    return {"name": name, "kind": kind, **files, "maxTokens": 80, **more}


def write_config(folder: Path, data: Path, **keys: Any) -> Path:
    given = {
        "name": "t",
        "data": str(data),
        "run": "run",
        "epochs": 1,
        "layers": 2,
        "hidden": 16,
        "heads": 2,
        "vocabulary": 400,
        "embedding": 8,
    }
    given |= {"heldOutPercent": 25, "positions": 96, "learningRate": 0.003, "headLearningRate": 0.003, **keys}
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "config.json"
    path.write_text(json.dumps({key: value for key, value in given.items() if value is not None}))
    return path


def sources_of(family: str) -> list[dict[str, Any]]:
    if family == "vit":
        return [source("light", "image")]
    tasks = [source("mood", "classification"), source("pairs", "relation", document=r"^(d\d+)\.")]
    return tasks + ([source("events", "event")] if family != "gpt2" else [])


def image_keys(family: str) -> dict[str, Any]:
    return {"imageSize": 8, "patch": 4, "imageShift": 1} if family == "vit" else {}


def event_line(**keys: Any) -> str:
    event = {"type": "Adverse_event", "trigger": {"start": 0, "end": 4, "text": "rash"}, "arguments": [], **keys}
    return json.dumps({"id": "1", "text": "rash", "events": [event]})
