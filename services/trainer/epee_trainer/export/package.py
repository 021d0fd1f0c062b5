"""Writes model packages: the manifest names and signs every other file."""

import hashlib
import json
from pathlib import Path
from typing import Any

from tokenizers import Tokenizer

from epee_trainer.data.vocabulary import special_ids
from epee_trainer.model.checkpoint import load_model
from epee_trainer.model.multi_exit import MultiExitModel
from epee_trainer.model.names import name_problem, version_problem
from epee_trainer.model.tasks import TaskSet

from .builder import Built, make_model
from .exits import ExitGraph
from .packing import ModelSpec, dequantise_into, pack_weights
from .reading import load_package, stored_weights
from .reference import invented_images, invented_rows, write_reference
from .sweep import plain_graph, sweep_graph
from .weights import WeightFile

FORMAT_VERSION = 1

GRAPHS = {
    "fp32": "exit.fp32.onnx",
    "int8": "exit.int8.onnx",
    "sweep": "sweep.fp32.onnx",
    "plain": "plain.fp32.onnx",
    "plainInt8": "plain.int8.onnx",
}
"""File name of each graph. The plain ones have no exits: exit graphs are measured against them."""

Policies = dict[str, dict[str, dict[str, float | int | str]]]
"""By task and policy name: {"entropyThreshold": number or "off", "patience": number or "off"}."""

FULL_DEPTH = {"entropyThreshold": "off", "patience": "off"}


def export_run(run: Path, out: Path, *, name: str | None, version: str) -> Path:
    """Writes the package of an evaluated run, with the policies and scores of its report, and gives
    its folder. `name` None: that of the run's config. Raises what `export_package` raises."""
    if not (run / "report.json").exists():
        hint = f"run `python -m epee_trainer evaluate {run} --data DATA` first"
        raise FileNotFoundError(f"{run / 'report.json'} is missing: it holds the named policies; {hint}")
    scores = json.loads((run / "report.json").read_text())
    policies, training = scores.pop("policies"), json.loads((run / "training.json").read_text())
    confidence = scores.pop("confidence", {})
    called = training.get("config", {}).get("name", "") if name is None else name
    return export_package(
        run, out, name=called, version=version, policies=policies, scores=scores, training=training, confidence=confidence
    )


def export_package(
    run_dir: Path,
    out_dir: Path,
    *,
    name: str,
    version: str,
    policies: Policies,
    scores: dict[str, Any],
    training: dict[str, Any],
    confidence: dict[str, dict[str, list[float]]] | None = None,
) -> Path:
    """Writes the package of a trained run (see `checkpoint.py`) into `out_dir` and gives that
    folder. Its manifest comes last, so a package that was cut short does not load. A policy `full`
    is added where a task has none. `confidence`: by task and label slope and intercept of its
    spans' confidences, on the scale of log odds. Raises FileNotFoundError if the run is
    incomplete, ValueError if the engine would refuse the name or the version, if `policies` names
    an unknown task or if the encoder is not supported."""
    for key, problem in (("name", name_problem(name)), ("version", version_problem(version))):
        if problem:
            raise ValueError(f"the package's {key} {problem}")
    model = load_model(run_dir)
    _check_policies(policies, model.tasks)
    tokenizer = None if model.backbone.reads_images else json.loads((run_dir / "tokenizer.json").read_text())
    out_dir.mkdir(parents=True, exist_ok=True)
    (out_dir / "manifest.json").unlink(missing_ok=True)
    write_graphs(model, out_dir)
    if tokenizer is not None:
        tokenizer.update(truncation=None, padding=None)
        (out_dir / "tokenizer.json").write_text(json.dumps(tokenizer, ensure_ascii=False, separators=(",", ":")))
    manifest: dict[str, Any] = {
        "formatVersion": FORMAT_VERSION,
        "name": name,
        "version": version,
        "backbone": _backbone(model, tokenizer),
        "tasks": [_described(task, policies, confidence or {}) for task in model.tasks.to_json()],
        "graphs": GRAPHS,
        **({} if tokenizer is None else {"tokenizer": "tokenizer.json"}),
        "training": training,
        "scores": scores,
    }
    _write_reference(model, manifest["backbone"], out_dir)
    names = sorted([*GRAPHS.values(), "weights.bin", "reference.json.gz", *([] if tokenizer is None else ["tokenizer.json"])])
    manifest["files"] = {file: _signed(out_dir / file) for file in names}
    _write_manifest(manifest, out_dir)
    return out_dir


def _described(task: dict[str, Any], policies: Policies, confidence: dict[str, dict[str, list[float]]]) -> dict[str, Any]:
    scaling = {"confidence": confidence[task["name"]]} if task["name"] in confidence else {}
    return {**task, "policies": {"full": FULL_DEPTH, **policies.get(task["name"], {})}, **scaling}


def write_graphs(model: MultiExitModel, folder: Path) -> None:
    """Writes `weights.bin` and the graphs, and gives `model` the weights as the graphs see them."""
    file = pack_weights(model)
    file.write(folder)
    _save_graphs(ModelSpec.of(model), file, folder)
    dequantise_into(model, file)


def rewrite_graphs(folder: Path) -> None:
    """Replaces a package's graphs by those of this version of the exporter, over the same weights.
    Interrupted, it leaves a package that does not load until it is run again. Raises
    FileNotFoundError where a file is missing."""
    _save_graphs(ModelSpec.of(load_package(folder)), stored_weights(folder), folder)
    manifest = json.loads((folder / "manifest.json").read_text())
    signed = {name: _signed(folder / name) for name in GRAPHS.values()}
    _write_manifest({**manifest, "graphs": GRAPHS, "files": dict(sorted({**manifest["files"], **signed}.items()))}, folder)


def _save_graphs(spec: ModelSpec, file: WeightFile, folder: Path) -> None:
    save_graph(ExitGraph(spec, file, "fp32").build(), folder / GRAPHS["fp32"], "Exits after every layer, fp32")
    save_graph(ExitGraph(spec, file, "int8").build(), folder / GRAPHS["int8"], "Exits after every layer, int8")
    save_graph(sweep_graph(spec, file), folder / GRAPHS["sweep"], "Logits of every layer, fp32")
    save_graph(plain_graph(spec, file, "fp32"), folder / GRAPHS["plain"], "The last layer's logits without exits, fp32")
    save_graph(plain_graph(spec, file, "int8"), folder / GRAPHS["plainInt8"], "The last layer's logits without exits, int8")


def save_graph(built: Built, path: Path, description: str) -> None:
    """Saves a built graph. Its large tensors stay in the `weights.bin` beside it."""
    g, inputs, outputs = built
    _replace(path, make_model(g.graph(outputs, inputs), description).SerializeToString(deterministic=True))


def _replace(path: Path, content: bytes) -> None:
    """As a whole or not at all: a package's graphs are what it is read back from."""
    partial = path.with_suffix(".partial")
    partial.write_bytes(content)
    partial.replace(path)


def _write_manifest(manifest: dict[str, Any], folder: Path) -> None:
    _replace(folder / "manifest.json", (json.dumps(manifest, indent=2, ensure_ascii=False) + "\n").encode())


def _check_policies(policies: Policies, tasks: TaskSet) -> None:
    known = [task.name for task in tasks.tasks]
    unknown = [name for name in policies if name not in known]
    if unknown:
        raise ValueError(f"policies are given for unknown task {unknown[0]!r}; the model has {', '.join(known)}")


def _backbone(model: MultiExitModel, tokenizer: dict[str, Any] | None) -> dict[str, Any]:
    """Sizes, and what rows are framed with or made of. `config` (not for BERT, whose tensors say
    the same) is what Python needs to read a package back."""
    config = model.encoder.config
    sizes = {
        "family": model.backbone.family,
        "layers": config.num_hidden_layers,
        "hidden": config.hidden_size,
        "heads": config.num_attention_heads,
    }
    left_out = ("_name_or_path", "transformers_version", "architectures", "dtype")
    kept = {key: value for key, value in config.to_diff_dict().items() if key not in left_out}
    more = {} if model.backbone.family == "bert" else {"config": kept}
    if tokenizer is None:
        return {**sizes, "image": {} if model.image is None else model.image.to_json(), **more}
    ids = special_ids(Tokenizer.from_str(json.dumps(tokenizer)), model.backbone)
    normalizer = json.dumps(tokenizer.get("normalizer"))
    return {
        **sizes,
        "vocabulary": config.vocab_size,
        "padTokenId": ids.pad,
        "clsTokenId": ids.cls,
        "sepTokenId": ids.sep,
        "lowerCase": '"lowercase": true' in normalizer or '"Lowercase"' in normalizer,
        **more,
    }


def _write_reference(model: MultiExitModel, backbone: dict[str, Any], folder: Path) -> None:
    if model.image is not None:
        write_reference(model, invented_images(model.tasks, model.image), folder / "reference.json.gz")
        return
    ends = (backbone["clsTokenId"], backbone["sepTokenId"])
    # Special tokens are at the beginning of a vocabulary (BERT, ALBERT) or at its end (GPT-2).
    at_end = 2 * min(ends) > backbone["vocabulary"]
    first, after = (0, min(ends)) if at_end else (max(ends) + 1, backbone["vocabulary"])
    rows = invented_rows(model.tasks, vocabulary=after, first_id=first, ends=ends)
    write_reference(model, rows, folder / "reference.json.gz")


def _signed(path: Path) -> dict[str, Any]:
    with path.open("rb") as stream:
        return {"sha256": hashlib.file_digest(stream, "sha256").hexdigest(), "bytes": path.stat().st_size}
