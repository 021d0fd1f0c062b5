"""A package's encoder as other programs expect it: `python -m epee_trainer.hub_folder PACKAGE OUT`
writes the folder of a Hugging Face token classifier (config.json and onnx/model.onnx) with the
package's weights and its last layer's tag heads. `epee bench` hands it to transformers.js."""

import json
import sys
import warnings
from pathlib import Path

import torch
from torch import Tensor, nn

from epee_trainer.export.reading import load_package
from epee_trainer.model.multi_exit import MultiExitModel

INPUTS = ("input_ids", "attention_mask", "token_type_ids")
FAMILIES = {"bert": "BertForTokenClassification", "albert": "AlbertForTokenClassification"}


class LastTags(nn.Module):
    """A token classifier: int64 [B, S] each -> float32 [B, S, labels of all tag groups]."""

    def __init__(self, model: MultiExitModel):
        super().__init__()
        self.encoder = model.encoder
        self.heads = model.tag_heads[-1]

    def forward(self, input_ids: Tensor, attention_mask: Tensor, token_type_ids: Tensor) -> Tensor:
        """The last layer's logits."""
        states = self.encoder(input_ids=input_ids, attention_mask=attention_mask, token_type_ids=token_type_ids).last_hidden_state
        return self.heads(states)


def write_hub_folder(package: Path, out: Path) -> Path:
    """Writes the folder and gives it. Raises ValueError for a model without tags or of a family
    that transformers.js has no token classifier for."""
    model = load_package(package).eval()
    family = model.encoder.config.model_type
    if family not in FAMILIES:
        raise ValueError(f"a {family} model has no token classifier to compare with; {', '.join(FAMILIES)} have")
    if not model.tasks.group_slices():
        raise ValueError("this model has no tagging task: there is no token classifier to write")
    labels = model.tasks.tag_labels
    config = {
        **model.encoder.config.to_dict(),
        "architectures": [FAMILIES[family]],
        "id2label": {str(index): f"LABEL_{index}" for index in range(labels)},
        "label2id": {f"LABEL_{index}": index for index in range(labels)},
    }
    (out / "onnx").mkdir(parents=True, exist_ok=True)
    (out / "config.json").write_text(json.dumps(config, indent=1, default=str))
    _export(LastTags(model).eval(), out / "onnx" / "model.onnx")
    return out


def _export(classifier: nn.Module, path: Path) -> None:
    ids = torch.ones(2, 8, dtype=torch.int64)
    axes = {name: {0: "batch", 1: "tokens"} for name in (*INPUTS, "logits")}
    with warnings.catch_warnings(), torch.inference_mode():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            classifier,
            (ids, ids, torch.zeros_like(ids)),
            str(path),
            input_names=list(INPUTS),
            output_names=["logits"],
            dynamic_axes=axes,
            dynamo=False,
        )


def main(argv: list[str]) -> int:
    """Writes the folder; 2 where the package cannot be compared."""
    try:
        write_hub_folder(Path(argv[0]), Path(argv[1]))
    except (ValueError, FileNotFoundError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
