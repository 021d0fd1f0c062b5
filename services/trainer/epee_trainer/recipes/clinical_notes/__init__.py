"""The recipe of `clinical-notes`: its mixture of training data, and the sentences made for it."""
