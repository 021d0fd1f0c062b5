"""The tasks of `clinical-notes`."""

from epee_trainer.data.examples import MAIN_ROLES, bio_group
from epee_trainer.data.facts import fact_groups
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
RELATIONS = ("none", "adverse_effect", "indication")
"""Labels of a pair of a treatment and a problem. Attributes are attached by rules."""
HEADING_TOKENS = 8
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


EVENT_GROUPS = ("trigger", "main", "sub", "combination")


def clinical_tasks(markers: dict[str, int] = MARKERS) -> TaskSet:
    """The tasks of `clinical-notes`, as the manifest lists them."""
    events = (
        bio_group("trigger", EVENT_TYPES),
        bio_group("main", MAIN_ROLES),
        bio_group("sub", SUB_ROLES),
        bio_group("combination", ("Combination.Drug",)),
    )
    candidates = [{"head": head, "tails": ["problem"]} for head in ("medication", "procedure")]
    relation = {"markerTokenIds": markers, "candidates": candidates}
    return TaskSet(
        (
            Task("sections", "classification", 128, labels=SECTION_LABELS),
            Task("facts", "tagging", 128, groups=(*events, *fact_groups()), heading_tokens=HEADING_TOKENS),
            Task("relations", "relation", 160, labels=RELATIONS, relation=relation),
        )
    )
