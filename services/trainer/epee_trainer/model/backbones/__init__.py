"""The encoder families as `transformers` implements them: BERT, ALBERT, GPT-2 and ViT."""

from .families import FAMILIES, backbone_of, empty_encoder, family_of_folder, load_encoder
from .family import Backbone
from .parts import Part, Shape
from .sizes import ImageForm, Sizes

__all__ = [
    "FAMILIES",
    "Backbone",
    "ImageForm",
    "Part",
    "Shape",
    "Sizes",
    "backbone_of",
    "empty_encoder",
    "family_of_folder",
    "load_encoder",
]
