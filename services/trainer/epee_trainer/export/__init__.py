"""Writes model packages: ONNX graphs, weights, manifest and reference vectors."""
