"""The formats that schemas may name, checked: jsonschema itself lets `date-time` pass unless another package is there."""

from __future__ import annotations

import re
from datetime import datetime

from jsonschema import FormatChecker

_RFC_3339 = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$")

FORMATS = FormatChecker(formats=("date",))


@FORMATS.checks("date-time", raises=ValueError)
def _is_instant(value: object) -> bool:
    """RFC 3339 with an offset; what is no text is the business of `type`."""
    if not isinstance(value, str):
        return True
    return _RFC_3339.match(value) is not None and datetime.fromisoformat(value).tzinfo is not None
