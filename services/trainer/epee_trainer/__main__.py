"""`python -m epee_trainer COMMAND`: fetch-base, train, export."""

import argparse
import sys
from pathlib import Path


def _train(args: argparse.Namespace) -> None:
    from .train import TrainConfig, Trainer

    run = Trainer(TrainConfig.read(Path(args.config)), say=lambda line: print(line, flush=True)).train()
    print(f"trained model: {run}")


def main(argv: list[str] | None = None) -> int:
    """Runs one command; 0 when done, 2 when an argument or a data file is wrong."""
    parser = argparse.ArgumentParser(prog="python -m epee_trainer", description="Train multi-exit models and write model packages.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    train = commands.add_parser("train", help="train a multi-exit model; goes on from the last finished epoch", epilog="example: python -m epee_trainer train configs/clinical-notes.json")
    train.add_argument("config", help="JSON file; see epee_trainer/train.py, TrainConfig")
    train.set_defaults(run=_train)
    args = parser.parse_args(argv)
    try:
        args.run(args)
    except (ValueError, FileNotFoundError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
