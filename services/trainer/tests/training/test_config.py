"""Configs: what is read, and what is refused by its key."""

from pathlib import Path
from typing import Any

import pytest

from epee_trainer.cli import RECIPES
from epee_trainer.model.backbones import FAMILIES
from epee_trainer.training.config import TrainConfig
from tests.support.made_data import source, write_config


@pytest.mark.parametrize(
    "keys,message",
    [
        ({"family": "gpt2", "tasks": [source("e", "event")]}, r"tasks\.0\.kind: tagging needs the context on both sides of a word, gpt2"),
        ({"family": "vit", "imageSize": 8, "patch": 4, "tasks": [source("m", "classification")]}, r"tasks\.0\.kind: vit reads images"),
        ({"family": "albert", "tasks": [source("l", "image")]}, r"tasks\.0\.kind: albert reads text, an image task needs vit"),
        ({"family": "gpt2"}, r"tasks: tagging needs"),
        ({"family": "t5", "tasks": [source("m", "classification")]}, "family must be one of bert, albert, gpt2, vit, not 't5'"),
        (
            {"family": "bert", "layers": None, "tasks": [source("m", "classification")]},
            "layers is missing: an encoder from nothing needs it",
        ),
        ({"tasks": [source("m", "classification")]}, "base is missing"),
        ({"family": "vit", "tasks": [source("l", "image")]}, "imageSize is missing.*patch is missing"),
        ({"family": "vit", "imageSize": 8, "patch": 3, "tasks": [source("l", "image")]}, r"patch \(3\) must divide imageSize \(8\)"),
        ({"family": "bert", "hidden": 15, "tasks": [source("m", "classification")]}, r"hidden \(15\) must be a multiple of heads \(2\)"),
        ({"family": "gpt2", "maskTokens": 0.1, "tasks": [source("m", "classification")]}, r"maskTokens: gpt2 has no \[MASK\]"),
        ({"family": "bert", "imageShift": 1, "tasks": [source("m", "classification")]}, "imageShift: bert reads text"),
        ({"family": "bert", "teacher": "x"}, "teacher: only for tasks from data files"),
        ({"family": "bert", "fragments": True, "tasks": [source("m", "classification")]}, "fragments belongs to the mixture"),
        (
            {"family": "bert", "rowsPerEpoch": {"n": 5}, "tasks": [source("m", "classification")]},
            r"rowsPerEpoch\.n is no kind of row; there are m",
        ),
        ({"family": "bert", "rowsPerEpoch": {"event": 5}}, r"rowsPerEpoch\.event is no kind of row; there are notes, .*events, swapped"),
        (
            {"family": "bert", "tasks": [source("m", "classification", labels=["a"])]},
            r"tasks\.0\.labels must be two or more different labels",
        ),
        ({"family": "bert", "tasks": [source("e", "event", labels=["a", "b"])]}, r"tasks\.0\.labels: of kind event"),
        ({"family": "bert", "firstModel": "x", "tasks": [source("m", "classification")]}, "firstModel belongs to the mixture"),
        (
            {"family": "bert", "positions": 32, "tasks": [source("m", "classification")]},
            r"positions \(32\) must be at least the longest maxTokens \(80\)",
        ),
        ({"family": "bert", "tasks": [{"name": "x", "kind": "classification", "train": "a"}]}, r"tasks\.0\.dev is missing"),
        ({"family": "bert", "tasks": [source("x", "classification", colour=1)]}, r"tasks\.0\.colour is unknown"),
        (
            {"family": "bert", "tasks": [{**source("x", "classification"), "kind": "sounds"}]},
            r"tasks\.0\.kind must be one of classification",
        ),
        ({"family": "bert", "tasks": [source("x", "classification", document="(")]}, r"tasks\.0\.document is no regular expression"),
        ({"family": "bert", "tasks": [source("x", "classification", document="a")]}, r"tasks\.0\.document needs a group"),
        ({"family": "bert", "tasks": [source("x", "classification"), source("x", "relation")]}, "tasks: two are called x"),
        ({"family": "bert", "layerWeights": "some"}, "layerWeights must be equal, asc, half-last or last"),
        ({"family": "bert", "colour": 1}, r"unknown keys \['colour'\]"),
        ({"family": "bert", "heads": 0}, "heads must be a whole number of at least 1, not 0"),
        ({"family": "bert", "hidden": 0}, "hidden must be a whole number of at least 1, not 0"),
        ({"family": "bert", "hidden": "32"}, "hidden must be a whole number of at least 1, not '32'"),
        ({"family": "bert", "layers": 0}, "layers must be a whole number from 1 to 255, not 0"),
        ({"family": "bert", "layers": True}, "layers must be a whole number from 1 to 255, not True"),
        ({"family": "vit", "imageSize": 8, "patch": 0}, "patch must be a whole number from 1 to 4096, not 0"),
        ({"family": "bert", "epochs": 0, "heads": 0}, "epochs must be a whole number of at least 1, not 0; heads must be"),
        ({"family": "bert", "epochs": "3"}, "epochs must be a whole number of at least 1, not '3'"),
        ({"family": "bert", "learningRate": "1e-4"}, "learningRate must be a number from 0 to 1, not '1e-4'"),
        ({"family": "bert", "dropout": float("nan")}, "dropout must be a number from 0 to 1, not nan"),
        ({"family": "bert", "distill": 3}, "distill must be a number from 0 to 1, not 3"),
        ({"family": "bert", "batchTokens": 0}, "batchTokens must be a whole number of at least 1, not 0"),
        ({"family": "bert", "heldOutPercent": 200}, "heldOutPercent must be a whole number from 1 to 99, not 200"),
        ({"family": "bert", "compile": "yes"}, "compile must be true or false, not 'yes'"),
        ({"family": "bert", "init": 3}, "init must be a string that is not empty, not 3"),
        ({"family": "bert", "run": ""}, "run must be a string that is not empty, not ''"),
        ({"family": "bert", "rowsPerEpoch": {"m": -1}}, r"rowsPerEpoch\.m must be a whole number of at least 0, not -1"),
        ({"family": "bert", "rowsPerEpoch": 5}, "rowsPerEpoch must be an object, not 5"),
        ({"family": "bert", "tasks": source("m", "classification")}, "tasks must be a list, not {"),
        ({"family": "bert", "tasks": {}}, "tasks must be a list, not {}"),
        ({"family": "bert", "tasks": ["m"]}, r"tasks\.0 must be an object, not 'm'"),
        (
            {"family": "bert", "tasks": [source("m", "classification", maxTokens="128")]},
            r"tasks\.0\.maxTokens must be a whole number from 3 to 65536, not '128'",
        ),
        (
            {"family": "bert", "tasks": [source("m", "classification", maxTokens=0)]},
            r"tasks\.0\.maxTokens must be a whole number from 3 to 65536, not 0",
        ),
        ({"family": "bert", "tasks": [source("m", "classification", dev=3)]}, r"tasks\.0\.dev must be a string that is not empty, not 3"),
        (
            {"family": "bert", "tasks": [source("m", "classification", labels=["a", 1])]},
            r"tasks\.0\.labels\.1 must be a string that is not empty, not 1",
        ),
        (
            {"family": "bert", "tasks": [source("m", "classification", labels=["a", "a"])]},
            r"tasks\.0\.labels must be two or more different labels",
        ),
        ({"family": "bert", "tasks": [source("my task", "classification")]}, r"tasks\.0\.name must be letters, digits.*not 'my task'"),
    ],
)
def test_configs_that_cannot_work_are_refused_by_key(keys: dict[str, Any], message: str, data: Path, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=message) as refused:
        TrainConfig.read(write_config(tmp_path, data, **keys))
    assert str(refused.value).startswith(f"{tmp_path / 'config.json'}: ")


@pytest.mark.parametrize(
    "content,message",
    [(b"[1]", "config.json: must be a JSON object"), (b"{\n]", "config.json:2: not JSON"), (b'"\xff"', "config.json: not UTF-8")],
)
def test_a_config_that_is_no_object_is_named(content: bytes, message: str, tmp_path: Path) -> None:
    (tmp_path / "config.json").write_bytes(content)
    with pytest.raises(ValueError, match=message):
        TrainConfig.read(tmp_path / "config.json")


def test_family_and_base_have_to_agree(data: Path, tmp_path: Path) -> None:
    (tmp_path / "base").mkdir()
    (tmp_path / "base" / "config.json").write_text('{"model_type": "albert"}')
    with pytest.raises(ValueError, match="family is bert, but base is a albert model"):
        TrainConfig.read(write_config(tmp_path, data, family="bert", base="base", tasks=[source("m", "classification")]))


def test_paths_of_a_configuration_are_relative_to_it(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text('{"name": "a", "base": "base", "data": "data", "run": "run", "epochs": 1, "init": "../package"}')
    config = TrainConfig.read(tmp_path / "a.json")
    assert config.init == str((tmp_path / "../package").resolve())
    assert config.abstracts == 0


def test_every_configuration_can_be_read() -> None:
    for path in RECIPES.glob("*.json"):
        assert TrainConfig.read(path).epochs > 0


def test_the_committed_grid_reads() -> None:
    folder = RECIPES / "grid"
    configs = [TrainConfig.read(path) for path in sorted(folder.glob("*.json"))]
    assert len(configs) == len({config.run for config in configs}) >= 20
    assert {config.backbone().family for config in configs} == set(FAMILIES)
