"""The topics that a job reads and writes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

# Where a movement comes from, by the topic that brings it.
ORIGINS = {"transaction.history": "history", "transaction.events": "live", "scoring.requests": "request"}
LABELS = "label.events"
REPLIES = "scoring.replies"


@dataclass(frozen=True)
class JobTopics:
    """`inputs` by the declared topic whose contract each keeps; one left out is not read."""

    inputs: Mapping[str, str] = field(default_factory=lambda: {name: name for name in ORIGINS})
    scores: str = "transaction.scores"
    alerts: str = "aml.alerts"
    replies: str = REPLIES
    quarantine: str = "quarantine.events"
    labels: str = LABELS


DECLARED = JobTopics()
