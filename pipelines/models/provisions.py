"""What each open loan is expected to lose: its stage, its probabilities and its allowance, or why it can have none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pandas as pd  # type: ignore[import-untyped]

from contracts.lending import LendingPolicy
from ml.champions import Champion
from ml.credit.assessment import Inputs, assess, within_a_year
from ml.credit.default_risk import DefaultRisk
from ml.credit.loss import Stage, expected_credit_loss
from ml.credit.rates import Loan
from ml.credit.staging import Standing, stage_of
from pipelines.models.behaviour_scores import BehaviourScores
from pipelines.models.open_loans import NOW, OpenLoans

_CENT = Decimal("0.01")


@dataclass(frozen=True)
class Provision:
    """One row of the table."""

    as_of_date: date
    tenant_id: str
    loan_id: str
    currency: str
    days_past_due: int
    stage: Stage
    probability_at_grant: float
    probability_of_default: float
    loss_given_default: float
    outstanding_amount: Decimal
    exposure_amount: Decimal
    allowance_amount: Decimal
    model_version: str


@dataclass(frozen=True)
class Refused:
    """A loan that no allowance could be worked out for, and why."""

    tenant_id: str
    loan_id: str
    reason: str


@dataclass(frozen=True)
class Terms:
    """What every loan of a product is judged by; `window` is the time that the champion's probabilities hold for.

    `behaviour` is what another model says of the loans' payments so far; None while no version of it is in charge.
    """

    champion: Champion
    policy: LendingPolicy
    loss_given_default: Decimal
    window: timedelta
    behaviour: BehaviourScores | None = None


@dataclass(frozen=True)
class _Risk:
    """The application's probability of default within a year, the risk of now, and the model that gave the latter."""

    at_grant: float
    now: DefaultRisk
    model_version: str


def provide(loans: OpenLoans, terms: Terms, day: date) -> tuple[list[Provision], list[Refused]]:
    """A provision for every loan that can have one, in their order; the champion is called once for what was known at grant and once for now."""
    rows = loans.rows.to_dict("records")
    reasons = [_unfit(row) for row in rows]
    refused = [Refused(row["tenant_id"], row["loan_id"], why) for row, why in zip(rows, reasons, strict=True) if why]
    fit = [row for row, why in zip(rows, reasons, strict=True) if not why]
    return [_provision(row, risk, terms, day) for row, risk in zip(fit, _risks(fit, terms), strict=True)], refused


def _unfit(row: dict[str, Any]) -> str:
    """Why a loan has no allowance; empty where it can have one."""
    if pd.isna(row["months_to_come"]):
        return "has no instalments"
    if row["is_incomplete"]:
        return "has an instalment without its day or its amount"
    rate = row["annual_rate_pct"]
    return "has no yearly rate that is 0 or more" if pd.isna(rate) or rate < 0 else ""


def _risks(rows: Sequence[dict[str, Any]], terms: Terms) -> list[_Risk]:
    """What the payments so far tell, where a model says it; else what the borrower's latest application tells."""
    told = _probabilities(rows, terms, ""), _probabilities(rows, terms, NOW)
    behaviour = terms.behaviour
    risks = []
    for row, at_grant, by_application in zip(rows, *told, strict=True):
        by_behaviour = behaviour.risk((row["tenant_id"], row["loan_id"])) if behaviour else None
        if behaviour and by_behaviour:
            risks.append(_Risk(at_grant, by_behaviour, behaviour.model_version))
        else:
            risks.append(_Risk(at_grant, DefaultRisk(by_application), terms.champion.version))
    return risks


def _probabilities(rows: Sequence[dict[str, Any]], terms: Terms, prefix: str) -> list[float]:
    if not rows:
        return []
    inputs: list[Inputs] = [{name: row[f"{prefix}{name}"] for name in terms.champion.features} for row in rows]
    return [within_a_year(one.probability, terms.window) for one in assess(terms.champion, inputs)]


def _provision(row: dict[str, Any], risk: _Risk, terms: Terms, day: date) -> Provision:
    standing = Standing(int(row["days_past_due"]), bool(row["is_defaulted"]), risk.at_grant, risk.now.within_a_year)
    stage = stage_of(standing, terms.policy)
    exposure = _cents(row["exposure"])
    left = Loan(float(exposure), row["annual_rate_pct"] / 100, max(1, int(row["months_to_come"])))
    share = float(terms.loss_given_default) / 100
    return Provision(
        as_of_date=day,
        tenant_id=row["tenant_id"],
        loan_id=row["loan_id"],
        currency=row["currency"],
        days_past_due=standing.days_past_due,
        stage=stage,
        probability_at_grant=risk.at_grant,
        probability_of_default=1.0 if stage == 3 else risk.now.within_a_year,  # noqa: PLR2004 - the default has happened
        loss_given_default=share,
        outstanding_amount=_cents(row["outstanding"]),
        exposure_amount=exposure,
        allowance_amount=_cents(expected_credit_loss(left, risk.now, share, stage).amount),
        model_version=risk.model_version,
    )


def _cents(amount: float) -> Decimal:
    """To the cent, halves to the even one."""
    return Decimal(str(amount)).quantize(_CENT)
