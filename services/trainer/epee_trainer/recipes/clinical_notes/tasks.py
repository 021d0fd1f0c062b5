"""The tasks of `clinical-notes`."""

from epee_trainer.data.examples import MAIN_ROLES, bio_group
from epee_trainer.model.tasks import Task, TaskSet

SUB_ROLES = (
    *(f"Treatment.{role}" for role in ("Drug", "Disorder", "Route", "Dosage", "Time_elapsed", "Duration", "Freq")),
    *(f"Subject.{role}" for role in ("Age", "Gender", "Population", "Disorder", "Race")),
)
EVENT_TYPES = ("Adverse_event", "Potential_therapeutic_event", "Combination")
SECTION_LABELS = (
    *("fam/sochx", "genhx", "pastmedicalhx", "cc", "ros", "pastsurgical", "allergy", "medications", "assessment", "exam"),
    *("diagnosis", "disposition", "plan", "edcourse", "immunizations", "imaging", "gynhx", "other_history", "procedures", "labs"),
)
RELATIONS = ("none", "adverse_effect", "therapeutic_effect", "dosage", "route", "frequency", "duration", "indication")
MARKERS = {"headStart": 1, "headEnd": 2, "tailStart": 3, "tailEnd": 4}
"""[unused0] to [unused3] of BERT's vocabulary."""

HEADINGS = {
    "CHIEF COMPLAINT": "cc",
    "HISTORY OF PRESENT ILLNESS": "genhx",
    "REVIEW OF SYSTEMS": "ros",
    "PHYSICAL EXAM": "exam",
    "PHYSICAL EXAMINATION": "exam",
    "EXAM": "exam",
    "VITALS": "exam",
    "SOCIAL HISTORY": "fam/sochx",
    "FAMILY HISTORY": "fam/sochx",
    "MEDICATIONS": "medications",
    "CURRENT MEDICATIONS": "medications",
    "MEDICAL HISTORY": "pastmedicalhx",
    "SURGICAL HISTORY": "pastsurgical",
    "ALLERGIES": "allergy",
    "ASSESSMENT": "assessment",
    "IMPRESSION": "assessment",
    "PLAN": "plan",
    "PROCEDURE": "procedures",
}
"""Label of a section by its standard heading."""


def clinical_tasks(markers: dict[str, int] = MARKERS) -> TaskSet:
    """The tasks of `clinical-notes`, as the manifest lists them."""
    tails = ["Effect", "Treatment.Dosage", "Treatment.Route", "Treatment.Freq", "Treatment.Duration", "Treatment.Disorder"]
    return TaskSet(
        (
            Task("sections", "classification", 128, labels=SECTION_LABELS),
            Task(
                "events",
                "tagging",
                128,
                groups=(
                    bio_group("trigger", EVENT_TYPES),
                    bio_group("main", MAIN_ROLES),
                    bio_group("sub", SUB_ROLES),
                    bio_group("combination", ("Combination.Drug",)),
                ),
            ),
            Task(
                "relations",
                "relation",
                160,
                labels=RELATIONS,
                relation={"markerTokenIds": markers, "candidates": [{"head": "Treatment.Drug", "tails": tails}]},
            ),
        )
    )
