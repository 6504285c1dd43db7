"""What `analytics.events` is told of credit: each decision, and each move of a customer's credit."""

from __future__ import annotations

from contracts.events import Json, validate_event
from contracts.formats import instant
from serving.platform.publication import Queue

_TOPIC = "analytics.events"
_DECISIONS = "select * from credit_decisions where published_at is null order by decided_at limit %s"
_DECISION_TOLD = """
    update credit_decisions set published_at = clock_timestamp() where application_id = %(application_id)s
"""
_ALERTS = "select * from credit_alerts where published_at is null order by raised_at limit %s"
_ALERT_TOLD = "update credit_alerts set published_at = clock_timestamp() where application_id = %(application_id)s"
_SCORED = ("customer_id", "product", "outcome", "probability_of_default", "points", "model_version")
_MOVED = (
    "customer_id",
    "product",
    "movements",
    "score_before",
    "score_after",
    "bureau_score_before",
    "bureau_score_after",
)


def credit_event(row: Json) -> Json:
    """credit.scored.v1 for a stored decision: the same row always gives the same event."""
    decided_at = instant(row["decided_at"])
    data = {"decision_id": row["application_id"], **{name: row[name] for name in _SCORED}, "decided_at": decided_at}
    return _event(f"credit:{row['application_id']}", "credit.scored.v1", decided_at, data)


def assessment_event(row: Json) -> Json:
    """risk.assessment.completed.v1 for a stored alert: the same row always gives the same event."""
    assessed_at = instant(row["raised_at"])
    data = {
        "decision_id": row["application_id"],
        "previous_decision_id": row["previous_application_id"],
        **{name: row[name] for name in _MOVED},
        "assessed_at": assessed_at,
    }
    return _event(f"assessment:{row['application_id']}", "risk.assessment.completed.v1", assessed_at, data)


def _event(event_id: str, kind: str, time: str, data: Json) -> Json:
    event = {
        "specversion": "1.0",
        "id": event_id,
        "source": "/serving/credit",
        "type": kind,
        "subject": data["decision_id"],
        "time": time,
        "datacontenttype": "application/json",
        "data": data,
    }
    validate_event(event)
    return event


SCORED = Queue(_TOPIC, _DECISIONS, _DECISION_TOLD, credit_event)
MOVED = Queue(_TOPIC, _ALERTS, _ALERT_TOLD, assessment_event)
