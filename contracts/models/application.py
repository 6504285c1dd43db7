"""Where the columns of a model stand that scores what was applied with, apart from the loan that came of it."""

from __future__ import annotations

from typing import Self

from pydantic import Field, model_validator

from contracts.models.shapes import Declared


class Report(Declared):
    """A row that was asked for to decide an application, which holds its key: what a credit bureau answered.

    `answered` is the column with the moment of the answer (UTC). `columns` says by which names the card reads which of the
    row's, as it stood when the application was decided: what a bureau corrects later was not decided with.
    """

    table: str
    answered: str
    columns: dict[str, str] = Field(min_length=1)


class Application(Declared):
    """The table, whose key the loan holds; `waiting` tells by column and value which rows nobody has decided on.

    A flag is a number by the name that it has in the card: 1 where every column named has its value, else 0. `decided` is the
    column with the moment of the decision (UTC), empty while there is none, until which a `report` counts.
    """

    table: str
    waiting: dict[str, str] = Field(min_length=1)
    flags: dict[str, dict[str, str]] = Field(default={})
    decided: str = ""
    report: Report | None = None

    @property
    def made(self) -> tuple[str, ...]:
        """The names that a card may read which are no columns of the table."""
        return (*self.flags, *(self.report.columns if self.report else ()))

    @model_validator(mode="after")
    def _a_report_counts_until_the_decision(self) -> Self:
        if bool(self.decided) != (self.report is not None):
            raise ValueError(f"{self.table}: a report and decided are given together, to read it as of the decision")
        return self

    @model_validator(mode="after")
    def _a_name_says_one_thing(self) -> Self:
        if twice := sorted({name for name in self.made if self.made.count(name) > 1}):
            raise ValueError(f"{self.table}: {', '.join(twice)} is both a flag and a column of the report")
        if empty := [name for name, wanted in self.flags.items() if not wanted]:
            raise ValueError(f"{self.table}: the flag {', '.join(empty)} asks for nothing")
        return self
