"""Feast's documented Redis layout, read and written without Feast: its import costs 5 CPU seconds and 250 MB in each process.

A hash for each entity: key = serialised entity key (version 3) + project; fields = murmur3 of `<view>:<feature>`
holding a `feast.types.Value`, and `_ts:<view>` holding a protobuf timestamp. The integration tests write with Feast
and read with this module, and the other way round, so that a change of layout in Feast is noticed.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import mmh3

_STRING = 2  # ValueType.STRING in feast/types/Value.proto
_WIRE_VARINT, _WIRE_FIXED64 = 0, 1
_INT64_FIELD, _DOUBLE_FIELD = 4, 5  # int64_val and double_val in feast/types/Value.proto
_SECONDS_FIELD, _NANOSECONDS_FIELD = 1, 2  # of google.protobuf.Timestamp
_INT64_TAG = bytes([_INT64_FIELD << 3 | _WIRE_VARINT])
_DOUBLE = struct.Struct("<Bd")
_DOUBLE_TAG = _DOUBLE_FIELD << 3 | _WIRE_FIXED64
_64_BITS = (1 << 64) - 1
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


def encode_integer(number: int) -> bytes:
    """A `feast.types.Value` of 64 bits."""
    return _INT64_TAG + _as_varint(number & _64_BITS)


def encode_number(number: float) -> bytes:
    """A `feast.types.Value` of double precision."""
    return _DOUBLE.pack(_DOUBLE_TAG, number)


def encode_timestamp(moment: datetime) -> bytes:
    """A `google.protobuf.Timestamp`, to the microsecond."""
    since = moment - _EPOCH
    parts = ((_SECONDS_FIELD, since.days * 86_400 + since.seconds), (_NANOSECONDS_FIELD, since.microseconds * 1000))
    # As protobuf writes it, a zero is left out.
    return b"".join(bytes([field << 3]) + _as_varint(part & _64_BITS) for field, part in parts if part)


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
    seconds, nanoseconds = parts.get(_SECONDS_FIELD, 0), parts.get(_NANOSECONDS_FIELD, 0)
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


def _as_varint(value: int) -> bytes:
    out = bytearray()
    while value >= 0x80:  # noqa: PLR2004 - a byte of a protobuf varint has seven bits
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def _varint(message: bytes, position: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = message[position]
        value |= (byte & 0x7F) << shift
        position += 1
        if byte < 0x80:  # noqa: PLR2004 - the continuation bit of a protobuf varint
            return value, position
        shift += 7
