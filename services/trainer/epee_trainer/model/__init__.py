"""The multi-exit model: its tasks, its encoder families, its exit rule, and its weights on disk."""
