"""Event schemas, topics, and what validation says."""

from __future__ import annotations

import copy
import re
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from contracts.errors import ConfigurationError, InvalidInputError
from contracts.events import (
    DIRECTORY,
    EventSchema,
    event_schema,
    load_envelope,
    load_event_schemas,
    validate_event,
    with_listed_values,
)
from contracts.models.credit import CREDIT_MODELS
from contracts.tables import load_tables
from contracts.topics import Topic, event_topics, load_topics

EVENT_TYPE = re.compile(r"^[a-z]+(\.[a-z]+)+\.v\d+$")
PERSONAL = re.compile(r"(^|_)(name|email|birth|address|phone|document)(_|$)")
NOT_IN_DATA = {"subject", "reply_to"}  # on the envelope

SCHEMAS = load_event_schemas()
NAMED = [topic for topic in load_topics() if topic.kind != "changes"]
every_topic = pytest.mark.parametrize("topic", NAMED, ids=lambda topic: topic.name)
every_schema = pytest.mark.parametrize("schema", SCHEMAS.values(), ids=SCHEMAS.keys())


def payment(**changes: Any) -> dict[str, Any]:  # noqa: ANN401  # a test breaks fields at will
    """A valid event of a card payment."""
    data = {
        "transaction_id": "t-1",
        "leg": "debit",
        "attempt": 1,
        "status": "completed",
        "app": "diasporacore",
        "jurisdiction": "CA",
        "kind": "card_payment",
        "channel": "card_present",
        "account_id": "a-1",
        "customer_id": "c-1",
        "amount_minor": 1250,
        "currency": "CAD",
        "amount_usd_minor": 913,
        "rate_id": "CADUSD:2000-01-01",
        "occurred_at": "2026-11-20T12:00:00Z",
    }
    return {
        "specversion": "1.0",
        "id": "e-1",
        "source": "/diasporacore",
        "type": "transaction.processed.v1",
        "subject": "t-1",
        "time": "2026-11-20T12:00:00Z",
        "data": data | changes,
    }


@every_topic
def test_every_type_of_a_topic_has_a_schema_that_holds_the_topics_key(topic: Topic) -> None:
    assert topic.types
    for event_type in topic.types:
        assert EVENT_TYPE.match(event_type)
        if topic.key not in NOT_IN_DATA:
            assert topic.key in event_schema(event_type).schema["properties"]


@every_schema
def test_every_schema_is_one_and_some_topic_carries_it(schema: EventSchema) -> None:
    Draft202012Validator.check_schema(schema.schema)
    assert any(schema.event_type in topic.types for topic in NAMED)
    assert schema.schema["additionalProperties"] is False
    assert set(schema.fixed) <= set(schema.schema["required"])
    assert set(schema.schema["required"]) <= set(schema.schema["properties"])


def test_a_field_of_a_declared_list_has_its_values_and_one_of_an_unknown_list_is_refused() -> None:
    products = {"properties": {"product": {"x-one-of": "credit_products", "description": "What is lent."}}}
    assert with_listed_values(products)["properties"]["product"] == {
        "enum": list(CREDIT_MODELS),
        "description": "What is lent.",
    }
    with pytest.raises(ConfigurationError, match="'product' is one of 'credit_produce'"):
        with_listed_values({"properties": {"product": {"x-one-of": "credit_produce"}}})


def test_no_schema_lists_the_credit_products_beside_their_declaration() -> None:
    """The one place is contracts.models.credit; a copy here would stay behind when a product joins."""
    written = "".join(path.read_text(encoding="utf-8") for path in DIRECTORY.glob("*.schema.json"))
    assert not [product for product in CREDIT_MODELS if f'"{product}"' in written]


@every_schema
def test_events_carry_identifiers_and_never_names(schema: EventSchema) -> None:
    assert not [name for name in schema.schema["properties"] if PERSONAL.search(name)]


@every_schema
def test_instants_are_declared_as_such(schema: EventSchema) -> None:
    for name, declared in schema.schema["properties"].items():
        assert (declared.get("format") == "date-time") == name.endswith("_at"), name


def test_every_table_has_its_topic_of_changes_and_names_are_unique() -> None:
    names = [topic.name for topic in load_topics()]
    assert len(set(names)) == len(names)
    assert {table.topic for table in load_tables()} <= set(names)


def test_what_lands_leaves_out_requests() -> None:
    assert {topic.kind for topic in event_topics()} == {"events"}
    assert "scoring.requests" not in {topic.name for topic in event_topics()}


def test_the_envelope_is_a_schema_and_a_valid_event_passes() -> None:
    Draft202012Validator.check_schema(load_envelope())
    validate_event(payment())
    validate_event(payment(device_id=None, counterparty_country="MX"))
    validate_event(payment(occurred_at="2026-11-20T12:00:00.123456+05:30"))


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"amount_minor": 0}, "data.amount_minor"),
        ({"amount_minor": 12.5}, "data.amount_minor"),
        ({"currency": "cad"}, "data.currency"),
        ({"leg": "both"}, "data.leg"),
        ({"occurred_at": "yesterday"}, "data.occurred_at"),
        ({"occurred_at": "2026-11-20T12:00:00"}, "data.occurred_at"),
        ({"occurred_at": "2026-02-30T12:00:00Z"}, "data.occurred_at"),
        ({"occurred_at": "2026-11-20T25:00:00Z"}, "data.occurred_at"),
        ({"occurred_at": "2126-11-20T12:00:00Z"}, "data.occurred_at"),
        ({"jurisdiction": "Canada"}, "data.jurisdiction"),
        ({"status": "failed"}, "data.status"),
        ({"full_name": "Eve"}, "data"),
    ],
)
def test_the_field_that_breaks_its_contract_is_named(changes: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidInputError) as caught:
        validate_event(payment(**changes))
    assert caught.value.field == field


@pytest.mark.parametrize("missing", ["id", "source", "type", "subject", "time", "data", "specversion"])
def test_an_envelope_without_one_of_its_parts_is_refused(missing: str) -> None:
    event = payment()
    del event[missing]
    with pytest.raises(InvalidInputError, match=missing):
        validate_event(event)


@pytest.mark.parametrize(("part", "value"), [("specversion", "0.3"), ("source", "diasporacore"), ("type", "Payment")])
def test_the_part_of_the_envelope_is_named(part: str, value: str) -> None:
    with pytest.raises(InvalidInputError) as caught:
        validate_event(payment() | {part: value})
    assert caught.value.field == part


def test_a_type_that_nobody_declared_is_refused() -> None:
    with pytest.raises(InvalidInputError, match="no contract declares"):
        validate_event(payment() | {"type": "transaction.imagined.v1"})
    with pytest.raises(ConfigurationError):
        event_schema("transaction.imagined.v1")


def test_validation_does_not_change_the_event() -> None:
    event = payment()
    before = copy.deepcopy(event)
    validate_event(event)
    assert event == before
