"""What `transaction.scores` is told of the decisions that the API made alone: the job, which tells all others, did not make them."""

from __future__ import annotations

from contracts.events import Json
from serving.platform.publication import Queue

_WAITING = """
    select transaction_id, leg, attempt, document from decisions
    where mode = 'fallback' and published_at is null order by decided_at limit %s
"""
_PUBLISHED = """
    update decisions set published_at = clock_timestamp()
    where transaction_id = %(transaction_id)s and leg = %(leg)s and attempt = %(attempt)s
"""


def fallback_event(document: Json) -> Json:
    """transaction.scored.v1 for a stored decision; its id differs from that of the job's later event on the movement."""
    movement = f"{document['transaction_id']}:{document['leg']}:{document['attempt']}"
    return {
        "specversion": "1.0",
        "id": f"{movement}:fallback",
        "source": "/serving/decisions",
        "type": "transaction.scored.v1",
        "subject": document["transaction_id"],
        "time": document["decided_at"],
        "datacontenttype": "application/json",
        "data": document,
    }


FALLBACKS = Queue("transaction.scores", _WAITING, _PUBLISHED, lambda row: fallback_event(row["document"]))
