"""Amounts of somebody's rows as their events will tell them: in the currency's minor unit, and in US cents."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd  # type: ignore[import-untyped]

from contracts.money import load_currencies, load_rates, rate_on, usd_minor

# What the table's numeric(18,2) keeps of an amount.
_HUNDREDTHS = 100


def hundredths(amounts: pd.Series) -> pd.Series:
    """The amounts as they are stored: whole hundredths of a unit, half to even, still floats."""
    return np.rint(amounts * _HUNDREDTHS)


def amount_problems(rows: pd.DataFrame, rules: dict[str, dict[str, Any]]) -> Iterator[tuple[str, str, Any]]:
    """Field, reason and mask of the rows whose amounts the event's contract refuses; `rules` are its properties.

    A row without amount or time, or of an unknown currency, has no problem here.
    """
    minor = _minor_units(rows)
    yield "amount", "is not above zero", (rows["amount"] <= 0).to_numpy()
    yield "amount", "is less than its currency's smallest unit", (minor < rules["amount_minor"]["minimum"]).to_numpy()
    yield "amount", "is larger than the contract allows", (minor > rules["amount_minor"]["maximum"]).to_numpy()
    unrated = (rows["occurred_at"] < _by_currency(rows, _first_days())).to_numpy()
    yield "occurred_at", "lies before the currency's first reference rate", unrated
    yield "amount", "is worth more than the contract allows", _dear(rows, minor, rules, unrated)


def _minor_units(rows: pd.DataFrame) -> pd.Series:
    """As reference.minor_units computes them; exact, since a quotient of whole numbers is rounded once."""
    digits = rows["currency"].map(load_currencies()).astype(np.float64)
    return np.rint(hundredths(rows["amount"]) * 10.0**digits / _HUNDREDTHS)


def _dear(rows: pd.DataFrame, minor: pd.Series, rules: dict[str, dict[str, Any]], unrated: Any) -> Any:  # noqa: ANN401 - masks
    """Rows beyond the contract's US cents. An estimate at the highest rate finds the few that are computed exactly."""
    most = rules["amount_usd_minor"]["maximum"]
    estimate = minor * rows["currency"].map(_highest_cents()).astype(np.float64)
    stated = (minor <= rules["amount_minor"]["maximum"]) & rows["occurred_at"].notna()
    suspects = (stated & (estimate > most / 2)).to_numpy() & ~unrated
    dear = np.zeros(len(rows), dtype=np.bool_)
    for place in np.flatnonzero(suspects):
        rate = rate_on(rows["currency"].iloc[place], rows["occurred_at"].iloc[place].date())
        dear[place] = usd_minor(int(minor.iloc[place]), rate) > most
    return dear


def _first_days() -> dict[str, pd.Timestamp]:
    first: dict[str, pd.Timestamp] = {}
    for rate in load_rates():
        first.setdefault(rate.currency, pd.Timestamp(rate.valid_from, tz="UTC"))
    return first


def _highest_cents() -> dict[str, float]:
    """US cents for one minor unit, at each currency's highest rate."""
    highest: dict[str, float] = {}
    for rate in load_rates():
        cents = float(rate.usd_per_unit.scaleb(2 - load_currencies()[rate.currency]))
        highest[rate.currency] = max(cents, highest.get(rate.currency, 0.0))
    return highest


def _by_currency(rows: pd.DataFrame, times: dict[str, pd.Timestamp]) -> pd.Series:
    return pd.to_datetime(rows["currency"].map(times), utc=True)
