"""Receivables: the buckets of days past due by which open invoices are told."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path

import yaml

from contracts.errors import ConfigurationError

FILE = Path(__file__).parent / "ageing.yml"


@dataclass(frozen=True)
class AgeingBucket:
    """Days past due from `first_day` to `last_day`, both included; None for no bound."""

    bucket: str
    position: int
    first_day: int | None
    last_day: int | None


@cache
def load_ageing_buckets() -> tuple[AgeingBucket, ...]:
    """The buckets from the youngest; raises ConfigurationError where they leave a day out or hold one twice."""
    declared = yaml.safe_load(FILE.read_text(encoding="utf-8"))["buckets"]
    ends: list[int | None] = [one["last_day"] for one in declared]
    if ends[-1] is not None or None in ends[:-1] or any(b <= a for a, b in pairwise(e for e in ends if e is not None)):
        raise ConfigurationError(
            "The buckets of receivables must end one after the other, and only the last without end."
        )
    starts = [None, *(end + 1 for end in ends if end is not None)]
    return tuple(
        AgeingBucket(one["bucket"], position, first, one["last_day"])
        for position, (one, first) in enumerate(zip(declared, starts, strict=True), start=1)
    )
