"""Labelled texts and images: reading and checking files, tokens and words, rows for a model."""
