"""Declarations of behaviour models: what the payments of an open loan tell, measured at the end of declared days."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import cache, partial
from typing import ClassVar, Literal, Self, get_args

from pydantic import model_validator

from contracts.models.credit import (
    BEHAVIOUR_MODELS,
    CREDIT_MODELS,
    BehaviourModelName,
    CardName,
    CreditModel,
    CreditModelName,
    ScorecardModel,
    credit_design,
    credit_model,
    read_declaration,
)
from contracts.models.shapes import Duration, validated

# What is measured of a loan's instalments as they were known on a day. An instalment is late by the days from the one on which it
# was due to the one on which it was paid in full, or to the day itself while it is not:
#   days_past_due          by how many the oldest one not paid is late
#   worst_days_past_due    the most that one ever was
#   recent_days_past_due   the most that one was that was not yet paid when the declared `recent` time began
#   days_late              of all that were due, together
#   instalments_due, instalments_late, instalments_paid, instalments_agreed    how many; paid before they were due are paid
#   principal_owed         what is left of the principal by those of its instalments that are paid: by the principal in each, or where
#                          the system does not split them by what the agreed annuity leaves after as many
#   months_on_book         whole months since disbursement
Measure = Literal[
    "days_past_due",
    "worst_days_past_due",
    "recent_days_past_due",
    "days_late",
    "instalments_due",
    "instalments_late",
    "instalments_paid",
    "instalments_agreed",
    "principal_owed",
    "months_on_book",
]
MEASURES: tuple[Measure, ...] = get_args(Measure)

# What any loan's row says since the loan was granted, whether or not a card of applications reads it.
AGREED = ("principal",)

# Who is held out to judge by. Observations that are `later` than all that was taught are what a card meets in service; where loans go
# back for less than two outcome windows there are none, and `borrowers` of whom nothing was taught stand in.
HeldOut = Literal["later", "borrowers"]


class BehaviourModel(ScorecardModel):
    """A card of open loans. A column is a measure, what was agreed, or one of the model's that a loan was granted by (`until_served`).

    Nothing else is known of a loan on a day: its row in the lakehouse is that of now. `test_from` of the training is a share of
    observations in time order, or of borrowers, as is `held_out`.
    """

    rows: ClassVar[str] = "observations"
    moment: ClassVar[str] = "observed_at"

    model: BehaviourModelName
    until_served: CreditModelName
    observed: Literal["month_end"]
    recent: Duration
    held_out: HeldOut = "later"

    @property
    def spans(self) -> dict[str, timedelta]:
        """The lengths of time that a card is taught by, that of what is measured as recent among them."""
        return {**super().spans, "recent": self.recent}

    @property
    def granted_by(self) -> CreditModel:
        """The model which its loans were granted by."""
        return credit_model(self.until_served)

    @property
    def instalments(self) -> str:
        """The table of instalments: that of the model which its loans were granted by."""
        return self.granted_by.instalments.table

    @property
    def measures(self) -> tuple[str, ...]:
        """Its columns that are measured, in their order."""
        return tuple(name for name in self.columns if name in MEASURES)

    @property
    def granted(self) -> tuple[str, ...]:
        """Its columns that were known when the loan was granted, in their order."""
        return tuple(name for name in self.columns if name not in MEASURES)

    @model_validator(mode="after")
    def _every_column_was_known(self) -> Self:
        unknown = sorted(set(self.granted) - {*self.granted_by.columns, *AGREED})
        if unknown:
            raise ValueError(f"neither measured nor known when a loan is granted: {', '.join(unknown)}")
        return self

    @model_validator(mode="after")
    def _its_loans_are_those_that_the_other_grants(self) -> Self:
        for name in ("app", "table", "jurisdiction", "jurisdiction_column"):
            if (own := getattr(self, name)) != (other := getattr(self.granted_by, name)):
                raise ValueError(f"{name} is {own or 'nothing'}, and {other or 'nothing'} for {self.until_served}")
        return self

    @model_validator(mode="after")
    def _days_are_counted_whole(self) -> Self:
        for name, length in (("recent", self.recent), ("outcome_window", self.outcome_window)):
            if not length or length.seconds or length.microseconds:
                raise ValueError(f"{name} must be whole days, at least one")
        return self


@cache
def behaviour_model(name: BehaviourModelName) -> BehaviourModel:
    """A behaviour scorecard; raises ConfigurationError when its file breaks its shape."""
    return validated(BehaviourModel, credit_design(read_declaration(name)))


def behaviour_of(model: CreditModelName) -> BehaviourModel | None:
    """The behaviour model of the loans that an application model grants; None where there is none."""
    return next((one for one in map(behaviour_model, BEHAVIOUR_MODELS) if one.until_served == model), None)


_DECLARED: dict[CardName, Callable[[], ScorecardModel]] = {
    **{name: partial(credit_model, name) for name in CREDIT_MODELS},
    **{name: partial(behaviour_model, name) for name in BEHAVIOUR_MODELS},
}


def card_model(name: CardName) -> ScorecardModel:
    """Any scorecard by its name; raises ConfigurationError when its file breaks its shape."""
    return _DECLARED[name]()
