"""Training runs: configs, preparation, the training loop, teachers."""
