"""Who stands behind a loan, and by which of their attributes a card is judged and never scores."""

from __future__ import annotations

from typing import Self

from pydantic import Field, model_validator

from contracts.credit.fairness import ApplicantKind
from contracts.models.shapes import Declared


class ProtectedAttribute(Declared):
    """A column of the applicant by which people are compared; with `ages_from` it is a birth date, told as a band of ages.

    Each band begins at one of the ages, in whole years on the day of the loan; the first holds everybody younger.
    """

    column: str
    ages_from: tuple[int, ...] = ()


class Applicant(Declared):
    """The table that holds the person behind a loan, and what is compared of them.

    The loan names its borrower by the columns `by`, which are the table's key where none are given. Who borrows as a
    business is judged by its people: of those that `where` leaves, the first by `first`, ties by the table's key.
    `unknown` says why an attribute that a policy compares is known of nobody: the groups it would make are not judged.
    """

    kind: ApplicantKind = "person"
    table: str
    by: tuple[str, ...] = ()
    where: dict[str, str] = Field(default={})
    first: str = ""
    attributes: dict[str, ProtectedAttribute] = Field(min_length=1)
    unknown: dict[str, str] = Field(default={})

    @model_validator(mode="after")
    def _one_person_is_chosen(self) -> Self:
        if bool(self.by) != bool(self.first):
            raise ValueError(f"{self.table}: by and first are given together, to choose one of several people")
        if self.where and not self.by:
            raise ValueError(f"{self.table}: where chooses among people that by names")
        return self

    @model_validator(mode="after")
    def _what_nobody_knows_has_a_reason(self) -> Self:
        if known := sorted(self.unknown.keys() & self.attributes.keys()):
            raise ValueError(f"{self.table}: {', '.join(known)} is both known and unknown")
        if silent := [name for name, reason in self.unknown.items() if not reason.strip()]:
            raise ValueError(f"{self.table}: nothing says why {', '.join(silent)} is unknown")
        return self
