"""Trains and evaluates multi-exit models, and writes the model packages of epee-stream."""
