"""The formats that schemas may name, checked (jsonschema itself lets `date-time` pass), and what a text from outside may hold."""

from __future__ import annotations

import re
import unicodedata
from datetime import UTC, datetime

from jsonschema import FormatChecker

_RFC_3339 = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$")

FORMATS = FormatChecker(formats=("date",))


@FORMATS.checks("date-time", raises=ValueError)
def _is_instant(value: object) -> bool:
    """RFC 3339 with an offset; what is no text is the business of `type`."""
    if not isinstance(value, str):
        return True
    return _RFC_3339.match(value) is not None and datetime.fromisoformat(value).tzinfo is not None


def is_plain(text: str) -> bool:
    """Whether a text is without control characters and lone surrogates: PostgreSQL keeps no NUL, a log line no break."""
    return not any(unicodedata.category(character) in {"Cc", "Cs"} for character in text)


def instant(moment: datetime) -> str:
    """RFC 3339 in UTC with microseconds, as events carry it; `moment` has an offset."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
