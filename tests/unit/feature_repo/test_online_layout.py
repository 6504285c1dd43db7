from __future__ import annotations

import struct
from datetime import UTC, datetime, timedelta

import pytest
from google.protobuf.timestamp_pb2 import Timestamp  # type: ignore[import-untyped]
from hypothesis import given
from hypothesis import strategies as st

from contracts.features import INTEGERS, FeatureView, kept_views
from feature_repo.layout import (
    decode_number,
    decode_timestamp,
    encode_integer,
    encode_number,
    encode_timestamp,
    entity_key,
    feature_field,
)
from feature_repo.stored_view import StoredView, is_newer
from feature_repo.vectors import ActivityRow

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


@given(st.integers(-(2**63), 2**63 - 1))
def test_an_integer_is_written_as_protobuf_writes_it(number: int) -> None:
    assert encode_integer(number) == b"\x20" + varint(number)


@given(st.floats(allow_nan=False))
def test_a_number_is_written_as_protobuf_writes_it(number: float) -> None:
    assert encode_number(number) == b"\x29" + struct.pack("<d", number)


@given(st.datetimes(EPOCH.replace(year=1900), EPOCH.replace(year=2200), timezones=st.just(UTC)))
def test_a_moment_is_written_as_protobuf_writes_it(moment: datetime) -> None:
    message = Timestamp()
    message.FromDatetime(moment)
    assert encode_timestamp(moment) == message.SerializeToString()


@pytest.mark.parametrize("declared", kept_views(), ids=lambda view: view.view)
def test_a_view_reads_what_it_wrote_and_nothing_that_is_undefined(declared: FeatureView) -> None:
    stored = StoredView(declared)
    features: dict[str, float | int | None] = {
        feature.name: None if place % 3 == 0 else place if feature.aggregate in INTEGERS else place / 7
        for place, feature in enumerate(declared.features)
    }
    written = stored.hash_fields(ActivityRow(keys={}, occurred_at=AT, features={**features, "of_another_view": 1}))
    assert set(written) == set(stored.fields)
    vector = stored.vector("x", [written[field] for field in stored.fields])
    assert vector is not None
    assert (vector.key, vector.occurred_at, vector.features) == ("x", AT, features)


def test_views_of_one_value_stand_in_hashes_of_their_own() -> None:
    assert len({StoredView(declared).hash_key("x") for declared in kept_views()}) == len(kept_views())


def test_only_a_later_moment_takes_the_place_of_a_stored_one() -> None:
    stored = encode_timestamp(AT)
    assert is_newer(AT, None)
    assert [is_newer(AT + timedelta(microseconds=past), stored) for past in (-1, 0, 1)] == [False, False, True]
