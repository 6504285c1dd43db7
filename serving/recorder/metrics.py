"""What the recorder says of itself to Prometheus."""

from __future__ import annotations

from prometheus_client import Counter, Gauge, Histogram

from serving.recorder.store import Recorded

MESSAGES = Counter("recorder_messages", "Messages read, by topic.", ["topic"])
RECORDED = Counter("recorder_rows", "Rows added, by table; repetitions add none.", ["table"])
VECTORS = Counter("recorder_vectors", "Decisions whose vectors were handed to the online store.")
READABLE = Histogram(
    "recorder_seconds_until_readable",
    "From a message's arrival in Kafka until its rows are committed.",
    buckets=(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 60.0),
)
LAG = Gauge("recorder_lag_messages", "Messages that wait in Kafka, by topic.", ["topic"])
UNSTORED = Gauge("recorder_unstored_batches", "Batches whose vectors the online store has not taken yet.")


def count(recorded: Recorded) -> None:
    """Add what one batch added."""
    RECORDED.labels("decisions").inc(recorded.decisions)
    RECORDED.labels("rescored").inc(recorded.differing)
    RECORDED.labels("alerts").inc(recorded.alerts)
    RECORDED.labels("quarantine").inc(recorded.quarantined)
