"""Feast's documented Redis layout, read without Feast: its import costs 5 CPU seconds and 250 MB in each worker.

A hash for each entity: key = serialised entity key (version 3) + project; fields = murmur3 of `<view>:<feature>`
holding a `feast.types.Value`, and `_ts:<view>` holding a protobuf timestamp. The integration tests write with Feast
and read with this module, so that a change of layout in Feast is noticed.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import mmh3

_STRING = 2  # ValueType.STRING in feast/types/Value.proto
_WIRE_VARINT, _WIRE_FIXED64 = 0, 1
_INT64_FIELD, _DOUBLE_FIELD = 4, 5  # int64_val and double_val in feast/types/Value.proto
_SIGN = 1 << 63
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def entity_key(project: str, join_key: str, value: str) -> bytes:
    """The Redis key of an entity that one string identifies."""
    name, text = join_key.encode(), value.encode()
    parts = (
        struct.pack("<III", 1, _STRING, len(name)),
        name,
        struct.pack("<II", _STRING, len(text)),
        text,
        project.encode(),
    )
    return b"".join(parts)


def feature_field(view: str, feature: str) -> bytes:
    """The hash field of one feature."""
    return struct.pack("<I", mmh3.hash(f"{view}:{feature}", signed=False))


def timestamp_field(view: str) -> bytes:
    """The hash field of the vector's event time."""
    return f"_ts:{view}".encode()


def decode_number(message: bytes | None) -> float | None:
    """The number inside a `feast.types.Value`; None for an absent or null one."""
    for field, value in _fields(message or b""):
        if field == _INT64_FIELD and isinstance(value, int):
            return float(value - (1 << 64) if value & _SIGN else value)
        if field == _DOUBLE_FIELD and isinstance(value, bytes):
            return float(struct.unpack("<d", value)[0])
    return None


def decode_timestamp(message: bytes) -> datetime:
    """The moment inside a `google.protobuf.Timestamp`, UTC, to the microsecond."""
    parts = dict(_fields(message))
    seconds, nanoseconds = parts.get(1, 0), parts.get(2, 0)
    if not isinstance(seconds, int) or not isinstance(nanoseconds, int):
        raise TypeError("not a protobuf timestamp")
    return _EPOCH + timedelta(seconds=seconds, microseconds=nanoseconds // 1000)


def _fields(message: bytes) -> Iterator[tuple[int, int | bytes]]:
    position = 0
    while position < len(message):
        tag, position = _varint(message, position)
        wire = tag & 7
        if wire == _WIRE_VARINT:
            value, position = _varint(message, position)
            yield tag >> 3, value
        elif wire == _WIRE_FIXED64:
            yield tag >> 3, message[position : position + 8]
            position += 8
        else:
            raise ValueError(f"wire type {wire} is not part of a number")


def _varint(message: bytes, position: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = message[position]
        value |= (byte & 0x7F) << shift
        position += 1
        if byte < 0x80:  # noqa: PLR2004 - the continuation bit of a protobuf varint
            return value, position
        shift += 7
