"""The folder that transformers.js is given in `epee bench`."""

import json

import numpy as np
import onnxruntime
import pytest
import torch

from epee_trainer.export.reading import load_package
from epee_trainer.hub_folder import main, write_hub_folder
from tests.support.graphs import FIXTURES

TINY = FIXTURES / "tiny-model"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return write_hub_folder(TINY, tmp_path_factory.mktemp("hub") / "tiny")


def test_padded_rows_have_the_last_layers_tags(folder):
    model = load_package(TINY)
    rows = [[5, 6, 7, 8, 9], [10, 11]]
    ids, mask = np.zeros((2, 5), np.int64), np.zeros((2, 5), np.int64)
    for index, row in enumerate(rows):
        ids[index, : len(row)], mask[index, : len(row)] = row, 1
    session = onnxruntime.InferenceSession(str(folder / "onnx" / "model.onnx"), providers=["CPUExecutionProvider"])
    (got,) = session.run(["logits"], {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)})
    for index, row in enumerate(rows):
        with torch.inference_mode():
            *_, last = model.backbone.walk(model.encoder, torch.tensor([row]))
            wanted = model.tag_heads[-1](last)[0].numpy()
        assert np.allclose(got[index, : len(row)], wanted, atol=1e-4)


def test_the_config_says_what_it_is(folder):
    config = json.loads((folder / "config.json").read_text())
    assert config["model_type"] == "bert"
    assert config["architectures"] == ["BertForTokenClassification"]
    assert len(config["id2label"]) == load_package(TINY).tasks.tag_labels


def test_a_model_of_images_is_refused(tmp_path, capsys):
    assert main([str(FIXTURES / "tiny-vit"), str(tmp_path / "out")]) == 2
    assert "vit" in capsys.readouterr().err
