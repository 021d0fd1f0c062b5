"""Trains multi-exit models on labelled texts and images, evaluates them, and writes the model
packages of epee-stream."""
