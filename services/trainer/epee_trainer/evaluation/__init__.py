"""Scores by layer and policy, the choice of policies, times, checks against transformers."""
