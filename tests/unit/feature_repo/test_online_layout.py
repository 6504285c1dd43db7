from __future__ import annotations

import struct
from datetime import UTC, datetime, timedelta

import pytest
from google.protobuf.timestamp_pb2 import Timestamp  # type: ignore[import-untyped]
from hypothesis import given
from hypothesis import strategies as st

from feature_repo.layout import decode_number, decode_timestamp, entity_key, feature_field
from feature_repo.online import ActivityRow, ActivityVector, latest_rows

EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - hypothesis adds the zone
AT = datetime(2026, 11, 1, 12, tzinfo=UTC)


def varint(value: int) -> bytes:
    value &= (1 << 64) - 1
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*out, value])


@given(st.integers(-(2**53), 2**53))
def test_an_integer_is_read_as_protobuf_writes_it(number: int) -> None:
    assert decode_number(b"\x20" + varint(number)) == number


@given(st.floats(allow_nan=False))
def test_a_number_is_read_as_protobuf_writes_it(number: float) -> None:
    assert decode_number(b"\x29" + struct.pack("<d", number)) == number


@pytest.mark.parametrize("message", [None, b""])
def test_absent_and_null_are_missing(message: bytes | None) -> None:
    assert decode_number(message) is None


def test_text_is_no_number() -> None:
    with pytest.raises(ValueError, match="wire type 2"):
        decode_number(b"\x12\x01x")


@given(st.datetimes(EPOCH, EPOCH.replace(year=2200), timezones=st.just(UTC)))
def test_a_moment_is_read_to_the_microsecond(moment: datetime) -> None:
    message = Timestamp()
    message.FromDatetime(moment)
    assert decode_timestamp(message.SerializeToString()) == moment


def test_keys_and_fields_stand_where_feast_puts_them() -> None:
    key = entity_key("atalaya", "account_id", "a1")
    assert key == (
        b"\x01\x00\x00\x00\x02\x00\x00\x00\x0a\x00\x00\x00account_id\x02\x00\x00\x00\x02\x00\x00\x00a1atalaya"
    )
    assert len(feature_field("account_activity", "account__sum_debit_1h")) == 4


def row(account_id: str, at: datetime, value: float) -> ActivityRow:
    return {"account_id": account_id, "occurred_at": at, "features": {"x": value}}


def test_of_several_rows_the_latest_of_each_account_is_kept_and_the_last_told_of_equals() -> None:
    rows = [row("a", AT, 1), row("a", AT - timedelta(1), 2), row("b", AT, 3), row("a", AT, 4)]
    assert {item["account_id"]: item["features"]["x"] for item in latest_rows(rows)} == {"a": 4, "b": 3}


def test_the_age_of_a_vector_is_never_negative() -> None:
    vector = ActivityVector("a", AT, {})
    assert vector.age(AT + timedelta(seconds=5)) == timedelta(seconds=5)
    assert vector.age(AT - timedelta(seconds=5)) == timedelta(0)
