"""The recipe of `clinical-notes`: training data, sentences made for it, report."""

from .mixture import ClinicalNotes
from .report import report_notes

__all__ = ["ClinicalNotes", "report_notes"]
