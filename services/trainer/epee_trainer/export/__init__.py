"""Writes model packages: ONNX graphs, weights, manifest and reference vectors."""

from .package import export_package, export_run, rewrite_graphs

__all__ = ["export_package", "export_run", "rewrite_graphs"]
