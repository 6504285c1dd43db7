"""What a text of a caller may be, wherever it stands: in the path, in the query or in a body."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field

from contracts.errors import InvalidInputError
from contracts.events import Json
from contracts.formats import is_plain

MAXIMUM_CHARACTERS = 200  # the longest identifier of ours, a report's, has about 70
_COMPLAINT = "holds a control character"


def _plain(text: str) -> str:
    if not is_plain(text):
        raise ValueError(_COMPLAINT)
    return text


Text = Annotated[str, Field(max_length=MAXIMUM_CHARACTERS), AfterValidator(_plain)]


def check_texts(given: Json) -> None:
    """Raise InvalidInputError for the first field of a flat body that is no plain text."""
    for name, value in given.items():
        if not is_plain(name):
            raise InvalidInputError(f"a field's name {_COMPLAINT}", field="body")
        if isinstance(value, str) and not is_plain(value):
            raise InvalidInputError(_COMPLAINT, field=name)
