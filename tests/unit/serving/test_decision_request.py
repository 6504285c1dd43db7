from __future__ import annotations

from datetime import date
from decimal import Decimal

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.errors import InvalidInputError
from contracts.events import event_schema, validate_event
from contracts.money import Rate
from serving.decisions import request as request_module
from serving.decisions.request import EVENT_TYPE, EXAMPLE, read_request, request_schema
from tests.unit.serving.movement import NOW, event, request


def test_the_documented_example_is_taken() -> None:
    asked = event()
    validate_event(asked)
    assert asked["id"] == "event-1"
    assert asked["data"] | EXAMPLE == asked["data"]


def test_what_the_platform_can_stamp_is_stamped() -> None:
    data = event(occurred_at=...)["data"]
    assert (data["leg"], data["attempt"], data["status"]) == ("debit", 1, "attempted")
    assert data["occurred_at"] == "2026-11-22T14:06:00.000000Z"
    assert (data["amount_usd_minor"], data["rate_id"]) == (91250, "CADUSD:2000-01-01")


def test_what_the_app_stamped_is_kept() -> None:
    data = event(leg="credit", attempt=2, amount_usd_minor=91250, rate_id="CADUSD:2000-01-01")["data"]
    assert (data["leg"], data["attempt"], data["amount_usd_minor"]) == ("credit", 2, 91250)


@pytest.mark.parametrize(("field", "value"), [("amount_usd_minor", 1), ("amount_usd_minor", "x"), ("rate_id", "app:7")])
def test_a_value_in_dollars_that_is_not_the_platforms_is_refused(field: str, value: object) -> None:
    with pytest.raises(InvalidInputError, match="reference rate") as refused:
        event(**{field: value})
    assert refused.value.field == field


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("currency", "XXX"),
        ("currency", 5),
        ("amount_minor", -5),
        ("amount_minor", "5"),
        ("amount_minor", 1.5),
        ("amount_minor", True),
        ("kind", "gift"),
        ("channel", None),
        ("account_id", ""),
        ("account_id", "a" * 65),
        ("jurisdiction", "Canada"),
        ("occurred_at", "yesterday"),
        ("occurred_at", 5),
        ("status", "completed"),
        ("attempt", 0),
        ("surprise", 1),
    ],
)
def test_a_field_that_breaks_the_contract_is_named(field: str, value: object) -> None:
    with pytest.raises(InvalidInputError) as refused:
        event(**{field: value})
    assert refused.value.field == field


@pytest.mark.parametrize("field", request_schema()["required"])
def test_a_field_that_is_missing_is_named(field: str) -> None:
    with pytest.raises(InvalidInputError, match="is required") as refused:
        event(**{field: ...})
    assert refused.value.field == field


@pytest.mark.parametrize("body", [b"", b"{x", b"[]", b'"text"', b"null", b"\xff\xfe"])
def test_what_is_no_json_object_is_refused(body: bytes) -> None:
    with pytest.raises(InvalidInputError) as refused:
        read_request(body, "event-1", NOW)
    assert refused.value.field == "body"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=4), inner, max_size=2),
    max_leaves=4,
)


@given(st.sampled_from(sorted(event_schema(EVENT_TYPE).schema["properties"])), JSON)
def test_any_value_of_any_field_is_taken_or_refused_with_a_field(field: str, value: object) -> None:
    body = orjson.dumps(request(**{field: value}), option=orjson.OPT_PASSTHROUGH_SUBCLASS) if _plain(value) else b"{}"
    field_of_complaint = "none"
    try:
        validate_event(read_request(body, "event-1", NOW))
    except InvalidInputError as error:
        field_of_complaint = error.field
    assert field_of_complaint


def _plain(value: object) -> bool:
    try:
        orjson.dumps(value)
    except (TypeError, ValueError):
        return False
    return True


def test_the_published_schema_asks_only_for_what_cannot_be_derived() -> None:
    schema = request_schema()
    assert set(schema["required"]) | {"status", "leg", "attempt", "occurred_at", "amount_usd_minor", "rate_id"} == set(
        event_schema(EVENT_TYPE).schema["required"]
    )
    assert "x-one-of" not in schema["properties"]["currency"]


@pytest.mark.parametrize("text", ["a\0b", "a\n", "\x7f", "\x85"])
def test_a_text_with_a_control_character_is_refused_by_its_field(text: str) -> None:
    with pytest.raises(InvalidInputError, match="control character") as refused:
        event(customer_id=text)
    assert refused.value.field == "customer_id"


@pytest.mark.parametrize(
    ("written", "instant"),
    [
        ("2026-11-20T23:30:00-05:00", "2026-11-21T04:30:00.000000Z"),
        ("2026-11-22T00:30:00.5+01:00", "2026-11-21T23:30:00.500000Z"),
        ("2026-11-22T14:05:09.120000Z", "2026-11-22T14:05:09.120000Z"),
    ],
)
def test_an_instant_is_told_in_utc_whatever_its_offset(written: str, instant: str) -> None:
    assert event(occurred_at=written)["data"]["occurred_at"] == instant


@pytest.mark.parametrize("moment", ["0001-01-01T00:00:00+14:00", "2026-11-22T14:05:09", "20261122T140509Z"])
def test_what_is_no_instant_of_rfc_3339_in_utc_is_refused(moment: str) -> None:
    with pytest.raises(InvalidInputError) as refused:
        event(occurred_at=moment)
    assert refused.value.field == "occurred_at"


def test_the_rate_is_that_of_the_day_in_utc(monkeypatch: pytest.MonkeyPatch) -> None:
    rates = {day: Rate(f"CADUSD:{day}", "CAD", day, Decimal(1)) for day in (date(2026, 11, 20), date(2026, 11, 21))}
    monkeypatch.setattr(request_module, "rate_on", lambda _currency, day: rates[day])
    assert event(occurred_at="2026-11-20T23:30:00-05:00")["data"]["rate_id"] == "CADUSD:2026-11-21"
