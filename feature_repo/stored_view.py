"""One view as the online store holds it: where the vector of a key stands, how it is written and how it is read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from contracts.features import INTEGERS, FeatureView
from feature_repo.layout import (
    decode_number,
    decode_timestamp,
    encode_integer,
    encode_number,
    encode_timestamp,
    entity_key,
    feature_field,
    timestamp_field,
)
from feature_repo.vectors import ActivityRow, ActivityVector

PROJECT = "atalaya"


class StoredView:
    """The layout of one declared view, worked out once: a batch writes tens of thousands of fields."""

    def __init__(self, declared: FeatureView) -> None:
        self._key = declared.key
        self._features = [
            (feature.name, feature_field(declared.view, feature.name), feature.aggregate in INTEGERS)
            for feature in declared.features
        ]
        self.stamp = timestamp_field(declared.view)
        self.fields = [*(field for _, field, _ in self._features), self.stamp]

    def hash_key(self, value: str) -> bytes:
        """The key of the hash that holds the vector of one entity."""
        return entity_key(PROJECT, self._key, value)

    def hash_fields(self, row: ActivityRow) -> dict[bytes, bytes]:
        """The whole vector; an undefined feature is stored as null, so that none of an earlier vector stays."""
        told = row["features"]
        stored = {self.stamp: encode_timestamp(row["occurred_at"])}
        for name, field, is_integer in self._features:
            number = told.get(name)
            if number is None:
                stored[field] = b""
            else:
                stored[field] = encode_integer(int(number)) if is_integer else encode_number(number)
        return stored

    def vector(self, value: str, reply: Sequence[bytes | None]) -> ActivityVector | None:
        """What `fields` of the hash say; None for an entity never stored."""
        *numbers, stamp = reply
        if stamp is None:
            return None
        features = {name: decode_number(number) for (name, _, _), number in zip(self._features, numbers, strict=True)}
        return ActivityVector(value, decode_timestamp(stamp), features)


def is_newer(moment: datetime, stored: bytes | None) -> bool:
    """Whether a vector of this moment takes the place of one with that stored timestamp; None for none."""
    return stored is None or moment > decode_timestamp(stored)


def stored_views(declared: Sequence[FeatureView]) -> Mapping[str, StoredView]:
    """The layouts by view."""
    return {view.view: StoredView(view) for view in declared}
