"""Declarations of credit models: the columns, how a card and its challenger are fitted, and the product's models."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Annotated, ClassVar, Literal, Self, get_args

import yaml
from pydantic import Field, model_validator

from contracts.credit.fairness import FairnessPolicy, fairness_policy
from contracts.models.applicant import Applicant
from contracts.models.application import Application
from contracts.models.instalments import Instalments
from contracts.models.product import Product
from contracts.models.shapes import Declared, Duration, Share, validated
from contracts.rules import Language
from contracts.tables import Column, Table, find_table

DIRECTORY = Path(__file__).parent

# The one list of scorecards, of applications and of open loans: each has a file of its name here, a training, a watch, and a line
# in the inventory.
CreditModelName = Literal["micro_loan", "sme_loan", "consumer_loan"]
BehaviourModelName = Literal["micro_loan_behaviour", "sme_loan_behaviour", "consumer_loan_behaviour"]
CardName = Literal[CreditModelName, BehaviourModelName]
CREDIT_MODELS: tuple[CreditModelName, ...] = get_args(CreditModelName)
BEHAVIOUR_MODELS: tuple[BehaviourModelName, ...] = get_args(BehaviourModelName)
CARDS: tuple[CardName, ...] = get_args(CardName)

Trend = Literal["ascending", "descending", "auto_asc_desc"]
ColumnKind = Literal["number", "ordered", "category"]
Positive = Annotated[float, Field(gt=0)]


class CreditFeature(Declared):
    """A column as it was at application, or the `ratio` of the first to each of the others in turn.

    `reason`, with its `code`, is told to whom it cost points.

    `ordered` texts stand for their place in `levels`, and a `category` for how its holders fared (ml.credit.encoding).
    `trend` is the direction in which the share of defaults may move; `auto_asc_desc` leaves the card to find one
    direction and the trees without any.
    """

    name: str
    kind: ColumnKind = "number"
    levels: tuple[str, ...] = ()
    trend: Trend = "auto_asc_desc"
    ratio: tuple[str, ...] | None = Field(default=None, min_length=2)
    code: str = Field(default="", pattern=r"^[a-z_]*$")
    reason: dict[Language, str] = Field(default={})

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns it is computed from."""
        return self.ratio or (self.name,)

    @model_validator(mode="after")
    def _levels_belong_to_ordered_texts(self) -> Self:
        if bool(self.levels) != (self.kind == "ordered"):
            raise ValueError(f"{self.name}: levels are given for ordered texts, and only for them")
        if self.ratio is not None and self.kind != "number":
            raise ValueError(f"{self.name}: a ratio is a number")
        return self


class PointScale(Declared):
    """points = base_points + points_to_double_odds * log2(odds of repaying / base_odds)."""

    base_points: int
    base_odds: float
    points_to_double_odds: int


class CardFitting(Declared):
    """How the scorecard is fitted; of several `inverse_penalties` of its weights, inner folds choose one.

    `category_smoothing` is the number of average applicants that each category of texts is mixed with.
    """

    seed: int
    minimum_bin_share: Share
    inverse_penalties: tuple[Positive, ...] = Field(min_length=1)
    category_smoothing: Positive


class CreditDesign(Declared):
    """What the modelling code needs, of a product's model and of a public set alike."""

    features: tuple[CreditFeature, ...] = Field(min_length=1)
    scale: PointScale
    training: CardFitting

    @property
    def columns(self) -> tuple[str, ...]:
        """Every column that an application must bring, in order of first use."""
        return tuple(dict.fromkeys(column for feature in self.features for column in feature.columns))


class CreditTraining(CardFitting):
    """How a product's scorecard is fitted and held out; `minimum_defaults` are loans of the training part."""

    test_from: Share
    minimum_defaults: int


class CreditDecision(Declared):
    """Probabilities of default between which a person decides."""

    approve_below: Share
    decline_from: Share
    reasons: int


class CreditGate(Declared):
    """What a challenger must hold to become champion (ml.credit.judgement)."""

    minimum_auc: Share
    maximum_parity_gap: float
    auc_tolerance: Share
    maximum_feature_auc: Share
    maximum_score_shift: Positive
    shift_significance: Share


class ScorecardModel(CreditDesign):
    """A scorecard that is trained, judged and served, whatever its rows are and whenever it is asked.

    `rows` says what they are, `moment` names the column (UTC) that puts them into time order. They are under the rules of one
    `jurisdiction`, or each under those that its `jurisdiction_column` says.
    """

    rows: ClassVar[str] = "loans"
    moment: ClassVar[str] = "disbursed_at"

    model: CardName
    version: int
    app: str
    table: str
    jurisdiction: str = ""
    jurisdiction_column: str = ""
    outcome_window: Duration
    training: CreditTraining
    decision: CreditDecision
    gate: CreditGate

    @property
    def spans(self) -> dict[str, timedelta]:
        """The lengths of time that a card is taught by; they travel with it, since the file may say others by the time it is asked."""
        return {"outcome_window": self.outcome_window}

    @property
    def policies(self) -> dict[str, FairnessPolicy]:
        """The fairness policies that judge it, by the jurisdiction whose loans each one judges; none judges a card that refuses nobody."""
        return {}

    @model_validator(mode="after")
    def _one_thing_says_whose_rules_hold(self) -> Self:
        if bool(self.jurisdiction) == bool(self.jurisdiction_column):
            raise ValueError("either a jurisdiction or a jurisdiction_column says whose rules hold")
        return self

    @model_validator(mode="after")
    def _applicants_are_told_why(self) -> Self:
        silent = [feature.name for feature in self.features if set(feature.reason) < {"en", "es", "fr"}]
        if silent:
            raise ValueError(f"no reason in en, es and fr for {', '.join(silent)}")
        codes = [feature.code for feature in self.features]
        if "" in codes or len(set(codes)) < len(codes):
            raise ValueError("every feature must have a reason code of its own")
        return self


class CreditModel(ScorecardModel):
    """A card of applications. Its columns stand in the loan's table, or in that of the `application` which the loan names.

    Where the table holds loans of several kinds, a `product` says which of them are the model's.
    It learns from every loan of a `known` outcome, or from those only whose window is over (ml.credit.outcomes).
    `asked` are the columns that say which loan is asked for; all others say who asks. `title` is what people call its loans.
    """

    model: CreditModelName
    title: str = Field(min_length=1)
    application: Application | None = None
    asked: tuple[str, ...] = Field(min_length=1)
    instalments: Instalments
    product: Product | None = None
    applicant: Applicant
    learns_from: Literal["known", "matured"] = "known"

    @property
    def jurisdictions(self) -> tuple[str, ...]:
        """Under whose rules its loans are."""
        return (self.jurisdiction,) if self.jurisdiction else self._column(self.table, self.jurisdiction_column).values

    @property
    def policies(self) -> dict[str, FairnessPolicy]:
        """The fairness policies that judge it, by the jurisdiction whose loans each one judges."""
        return {code: fairness_policy(code, self.applicant.kind) for code in self.jurisdictions}

    @property
    def applied_in(self) -> str:
        """The table that holds the columns."""
        return self.table if self.application is None else self.application.table

    @property
    def applied_moment(self) -> str:
        """The column of when somebody applied (UTC), in the table that holds the columns."""
        return self.moment if self.application is None else self.application.moment

    @property
    def borrower_key(self) -> tuple[str, ...]:
        """The columns by which a loan names who borrows."""
        return self.applicant.by or find_table(self.app, self.applicant.table).key

    @model_validator(mode="after")
    def _its_jurisdictions_are_declared(self) -> Self:
        if not self.policies:
            raise ValueError(f"{self.app}.{self.table}.{self.jurisdiction_column} does not declare its values")
        return self

    @model_validator(mode="after")
    def _what_the_policy_compares_is_known(self) -> Self:
        compared = {name for policy in self.policies.values() for name in policy.attributes}
        unknown, told = compared - self.applicant.attributes.keys(), self.applicant.unknown.keys()
        if unknown - told:
            raise ValueError(f"the fairness policy compares {', '.join(sorted(unknown - told))}, which no column holds")
        if told - compared:
            raise ValueError(f"no fairness policy compares {', '.join(sorted(told - compared))}, which is told unknown")
        if compared and compared == unknown:
            raise ValueError("nothing that the fairness policy compares is known")
        return self

    @model_validator(mode="after")
    def _nobody_is_scored_by_what_is_compared(self) -> Self:
        protected = {attribute.column for attribute in self.applicant.attributes.values()}
        flags = self.application.flags.values() if self.application else ()
        read = protected & {*self.columns, *(name for wanted in flags for name in wanted)}
        if read:
            raise ValueError(f"the model reads what must not score: {', '.join(sorted(read))}")
        return self

    @model_validator(mode="after")
    def _what_is_asked_for_is_among_its_columns(self) -> Self:
        if unknown := sorted(set(self.asked) - set(self.columns)):
            raise ValueError(f"asked for, and no column of the model: {', '.join(unknown)}")
        return self

    @model_validator(mode="after")
    def _its_columns_are_declared(self) -> Self:
        person = self.applicant
        of_person = {*person.by, *person.where, *(one.column for one in person.attributes.values())}
        made = self.application.made if self.application else ()
        for table, names in (
            (self.applied_in, [name for name in self.columns if name not in made]),
            (self.table, self.borrower_key),
            (self.applied_in, (*self.borrower_key, self.applied_moment)),
            (self.instalments.table, (*find_table(self.app, self.table).key, *self.instalments.columns)),
            (person.table, sorted(of_person | {person.first} - {""})),
        ):
            for name in names:
                self._column(table, name)
        self._holds(person.table, person.where)
        return self

    @model_validator(mode="after")
    def _its_application_is_declared(self) -> Self:
        applied = self.application
        if applied is None:
            return self
        for wanted in (applied.waiting, *applied.flags.values()):
            self._holds(applied.table, wanted)
        shadowed = sorted({column.name for column in self._table(applied.table).columns} & set(applied.made))
        if shadowed:
            raise ValueError(f"{self.app}.{applied.table} has a column {', '.join(shadowed)} of its own")
        if unread := sorted(set(applied.made) - set(self.columns)):
            raise ValueError(f"no feature reads {', '.join(unread)}")
        if applied.report is not None:
            self._column(applied.table, applied.decided)
            for name in (applied.report.answered, *applied.report.columns.values()):
                self._column(applied.report.table, name)
            self._names(applied.table, applied.report.table)
        return self

    @model_validator(mode="after")
    def _its_products_are_declared(self) -> Self:
        if self.product is not None:
            for name, values in self.product.where.items():
                for value in values:
                    self._holds(self.product.table, {name: value})
            for table in (self.table, self.applied_in):
                self._names(table, self.product.table)
        return self

    def _names(self, table: str, other: str) -> None:
        """Raises ValueError where the rows of a table do not hold the key of another's."""
        for name in self._table(other).key:
            self._column(table, name)

    def _holds(self, table: str, wanted: Mapping[str, str]) -> None:
        """Raises ValueError for a value that a column never has."""
        for name, value in wanted.items():
            if value not in self._column(table, name).values:
                raise ValueError(f"{self.app}.{table}.{name} is never {value}")

    def _column(self, table: str, name: str) -> Column:
        """A declared column of the app; raises ValueError for one that no file declares."""
        known = {column.name: column for column in self._table(table).columns}
        if name not in known:
            raise ValueError(f"{self.app}.{table} has no column {name}")
        return known[name]

    def _table(self, name: str) -> Table:
        """A declared table of the app; raises ValueError for one that no file declares."""
        try:
            return find_table(self.app, name)
        except KeyError as error:
            raise ValueError(f"{self.app} has no table {name}") from error


class BoosterCandidate(Declared):
    """One way to grow the challenger; `minimum_leaf_share` is of the training rows, so that it fits sets of any size.

    `bound_categories` holds the trees to the order that a category's texts have alone; with many rows another order within
    a branch may be true. `linear_share` of a ridge regression's log odds is where the trees start from; 0 grows them from nothing.
    """

    leaves: int = Field(ge=2, le=31)
    rounds: int = Field(ge=1, le=1000)
    learning_rate: Positive
    minimum_leaf_share: Share
    feature_share: Share
    row_share: Share
    leaf_penalty: float = Field(ge=0)
    random_thresholds: bool
    bound_categories: bool
    linear_share: Share
    linear_inverse_penalty: Positive


class BoosterSearch(Declared):
    """The challenger's candidates, among which folds of the training part choose, and the bag that is served."""

    bag: int = Field(ge=1, le=50)
    folds: int = Field(ge=2, le=10)
    repeats: int = Field(ge=1, le=10)
    candidates: tuple[BoosterCandidate, ...] = Field(min_length=1)


def credit_design(document: dict[str, object]) -> dict[str, object]:
    """A document with its features as a list; in files they are keyed by name."""
    features = document.get("features")
    listed = [{"name": name, **(spec or {})} for name, spec in features.items()] if isinstance(features, dict) else []
    return {**document, "features": listed}


@cache
def credit_model(name: CreditModelName) -> CreditModel:
    """A product's scorecard; raises ConfigurationError when its file breaks its shape."""
    return validated(CreditModel, credit_design(read_declaration(name)))


def micro_loan_model() -> CreditModel:
    """The micro-loan scorecard, which the API decides by."""
    return credit_model("micro_loan")


@cache
def booster_search() -> BoosterSearch:
    """The one challenger's declaration; raises ConfigurationError when its file breaks its shape."""
    return validated(BoosterSearch, read_declaration("credit_booster"))


def read_declaration(name: str) -> dict[str, object]:
    """The document of one file here, as it is written."""
    document: dict[str, object] = yaml.safe_load((DIRECTORY / f"{name}.yml").read_text(encoding="utf-8"))
    return document
