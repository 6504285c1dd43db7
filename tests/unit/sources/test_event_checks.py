"""The producer's checks: no keyword of a contract is translated to nothing."""

from __future__ import annotations

import pytest

from contracts.errors import ConfigurationError
from contracts.events import load_event_schemas
from contracts.topics import event_topics
from sources.event_checks import check_statements, field_violations


def test_every_field_of_a_published_contract_is_checked() -> None:
    statements = "\n".join(check_statements())
    for event_type in ("transaction.processed.v1", "payment.created.v1", "label.recorded.v1", "user.registered.v1"):
        for field in load_event_schemas()[event_type].schema["properties"]:
            assert f"array['{field}', " in statements or f"'{field}'" in statements


def test_a_keyword_that_cannot_be_translated_stops_the_migration() -> None:
    with pytest.raises(ConfigurationError, match="multipleOf"):
        list(field_violations("amount_minor", {"type": "integer", "multipleOf": 5}))


def test_history_and_live_go_to_the_declared_topics() -> None:
    topics = next(statement for statement in check_statements() if "events.topic(" in statement)
    for topic in event_topics():
        if topic.name in {"transaction.events", "transaction.history", "label.events", "user.events", "payment.events"}:
            assert f"then '{topic.name}'" in topics
