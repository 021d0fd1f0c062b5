"""The recipe of `clinical-notes`: its mixture of training data, the sentences made for it, its
report."""

from .mixture import ClinicalNotes
from .report import report_notes

__all__ = ["ClinicalNotes", "report_notes"]
