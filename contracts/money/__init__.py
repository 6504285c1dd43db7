"""Currencies and reference rates: what an amount's minor unit is, and what it is worth in US dollars."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_EVEN, Decimal
from functools import cache
from pathlib import Path

import yaml

from contracts.errors import InvalidInputError

DIRECTORY = Path(__file__).parent


@dataclass(frozen=True)
class Rate:
    """US dollars for one unit of a currency, from a day on."""

    rate_id: str
    currency: str
    valid_from: date
    usd_per_unit: Decimal


@cache
def load_currencies() -> dict[str, int]:
    """Digits after the decimal point by ISO 4217 code (ISO 4217:2015, table A.1)."""
    currencies: dict[str, int] = yaml.safe_load((DIRECTORY / "currencies.yml").read_text(encoding="utf-8"))
    return currencies


@cache
def load_rates() -> tuple[Rate, ...]:
    """Every reference rate, by currency and then by day."""
    document = yaml.safe_load((DIRECTORY / "rates.yml").read_text(encoding="utf-8"))
    return tuple(
        Rate(f"{currency}USD:{row['valid_from']}", currency, row["valid_from"], Decimal(str(row["usd_per_unit"])))
        for currency, rows in sorted(document["usd_per_unit"].items())
        for row in sorted(rows, key=lambda row: row["valid_from"])
    )


def rate_on(currency: str, day: date) -> Rate:
    """The reference rate valid on a day; raises InvalidInputError for an unknown currency or a day before the first."""
    known = [rate for rate in load_rates() if rate.currency == currency and rate.valid_from <= day]
    if not known:
        raise InvalidInputError(f"no reference rate for {currency!r} on {day}", field="currency")
    return known[-1]


def minor_units(amount: Decimal, currency: str) -> int:
    """The amount in the currency's minor unit, half to even; raises InvalidInputError for an unknown currency."""
    digits = load_currencies().get(currency)
    if digits is None:
        raise InvalidInputError(f"{currency!r} is not a currency that the platform knows", field="currency")
    return int(amount.scaleb(digits).to_integral_value(ROUND_HALF_EVEN))


def usd_minor(amount_minor: int, rate: Rate) -> int:
    """US cents for an amount in minor units at a rate, half to even."""
    digits = load_currencies()[rate.currency]
    cents = Decimal(amount_minor).scaleb(2 - digits) * rate.usd_per_unit
    return int(cents.to_integral_value(ROUND_HALF_EVEN))
