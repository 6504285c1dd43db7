"""Where the columns of a model stand that scores what was applied with, apart from the loan that came of it."""

from __future__ import annotations

from pydantic import Field

from contracts.models.shapes import Declared


class Application(Declared):
    """The table, whose key the loan holds; `waiting` tells by column and value which rows nobody has decided on.

    `moment` names the column of when somebody applied (UTC).
    """

    table: str
    moment: str
    waiting: dict[str, str] = Field(min_length=1)
