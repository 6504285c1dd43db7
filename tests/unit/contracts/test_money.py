"""Minor units and the US dollar stamp."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.errors import InvalidInputError
from contracts.money import load_currencies, load_rates, minor_units, rate_on, usd_minor

CURRENCIES = sorted(load_currencies())
DAY = date(2026, 11, 22)
currencies = st.sampled_from(CURRENCIES)
amounts = st.integers(1, 10**14)


@pytest.mark.parametrize("currency", CURRENCIES)
def test_every_currency_has_a_rate_today(currency: str) -> None:
    assert rate_on(currency, DAY).usd_per_unit > 0


@pytest.mark.parametrize(
    ("amount", "currency", "minor"),
    [("10.00", "CAD", 1000), ("0.01", "USD", 1), ("1500", "JPY", 1500), ("0.005", "USD", 0), ("0.015", "USD", 2)],
)
def test_minor_units_round_half_to_even(amount: str, currency: str, minor: int) -> None:
    assert minor_units(Decimal(amount), currency) == minor


@given(amounts, currencies)
def test_minor_units_undo_the_decimal_point(minor: int, currency: str) -> None:
    assert minor_units(Decimal(minor).scaleb(-load_currencies()[currency]), currency) == minor


@given(amounts)
def test_dollars_are_worth_themselves(minor: int) -> None:
    assert usd_minor(minor, rate_on("USD", DAY)) == minor


@given(amounts, amounts, currencies)
def test_more_money_is_never_worth_less(one: int, other: int, currency: str) -> None:
    rate = rate_on(currency, DAY)
    low, high = sorted((one, other))
    assert usd_minor(low, rate) <= usd_minor(high, rate)


@given(amounts, currencies)
def test_the_stamp_is_within_half_a_cent_of_the_exact_value(minor: int, currency: str) -> None:
    rate = rate_on(currency, DAY)
    exact = Decimal(minor).scaleb(2 - load_currencies()[currency]) * rate.usd_per_unit
    assert abs(usd_minor(minor, rate) - exact) <= Decimal("0.5")


def test_a_rate_is_the_latest_one_that_is_valid() -> None:
    assert rate_on("CAD", DAY).rate_id == "CADUSD:2000-01-01"
    with pytest.raises(InvalidInputError, match="no reference rate"):
        rate_on("CAD", date(1999, 12, 31))


@pytest.mark.parametrize("unknown", ["XTS", "cad", ""])
def test_an_unknown_currency_names_the_field(unknown: str) -> None:
    for convert in (lambda: minor_units(Decimal(1), unknown), lambda: rate_on(unknown, DAY)):
        with pytest.raises(InvalidInputError) as caught:
            convert()
        assert caught.value.field == "currency"


def test_rate_ids_are_unique() -> None:
    ids = [rate.rate_id for rate in load_rates()]
    assert len(set(ids)) == len(ids)
