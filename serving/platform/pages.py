"""Keyset pages: a cursor names the last row given, so that pages stay right while rows are added."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

import orjson
from pydantic import Field

from contracts.errors import InvalidInputError
from contracts.formats import is_plain

Limit = Annotated[int, Field(ge=1, le=200, description="Rows of a page.")]
After = Annotated[str | None, Field(description="`next_cursor` of the page before.", max_length=400)]


@dataclass(frozen=True)
class Cursor:
    """The place of a row in an order by moment and name, newest first."""

    moment: datetime
    name: str

    def text(self) -> str:
        """The cursor as callers carry it."""
        return base64.urlsafe_b64encode(orjson.dumps([self.moment.isoformat(), self.name])).decode()


def read_cursor(text: str | None) -> Cursor | None:
    """The cursor that a caller sent back; raises InvalidInputError for one that we did not make."""
    if text is None:
        return None
    try:
        moment, name = orjson.loads(base64.urlsafe_b64decode(text.encode()))
        parsed = datetime.fromisoformat(moment)
    except (binascii.Error, ValueError, TypeError) as error:
        raise InvalidInputError("no cursor of this API", field="cursor", hint="Send next_cursor unchanged.") from error
    if parsed.tzinfo is None or not isinstance(name, str) or not is_plain(name):
        raise InvalidInputError("no cursor of this API", field="cursor", hint="Send next_cursor unchanged.")
    return Cursor(parsed, name)
