"""Scores by layer and policy, the choice of named policies, times, and checks against
transformers."""
