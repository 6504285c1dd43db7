"""US cents in marts are those that the platform stamps, on a real PostgreSQL."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from contracts.money import minor_units, rate_on, usd_minor
from contracts.settings import Settings
from pipelines.warehouse.declared import load_declared
from tests.integration.copied_rows import Json, ask, build_marts, put_rows

pytestmark = pytest.mark.integration

AT = datetime(2026, 11, 1, 10, tzinfo=UTC)
# Halves of a cent above an even and above an odd one, half a yen, and what no rule of rounding touches.
AMOUNTS = (("2.50", "CAD"), ("7.50", "CAD"), ("2.50", "JPY"), ("0.40", "XOF"), ("12345678.90", "USD"))


def payment(amount: str, currency: str) -> Json:
    return {
        "payment_id": f"{amount}-{currency}",
        "tenant_id": "shop",
        "amount": amount,
        "currency": currency,
        "fee_amount": "0.00",
        "occurred_at": AT,
    }


def test_a_payment_is_worth_in_marts_what_its_event_says(postgres: Settings) -> None:
    put_rows(
        postgres,
        {
            "finflow__tenants": [{"tenant_id": "shop", "jurisdiction": "CA"}],
            "finflow__payments": [payment(*one) for one in AMOUNTS],
            "finflow__chargebacks": [],
        },
    )
    load_declared(postgres)
    build_marts(postgres, "fct_payments")
    found = dict(ask(postgres, "select payment_id, amount_usd_minor from marts.fct_payments"))
    assert found == {
        f"{amount}-{currency}": usd_minor(minor_units(Decimal(amount), currency), rate_on(currency, AT.date()))
        for amount, currency in AMOUNTS
    }
    assert found["2.50-CAD"] == 182
