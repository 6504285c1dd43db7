"""Small builders for remittance orders; times are Toronto's wall clock."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from itertools import count

from contracts.jurisdictions import load_jurisdiction
from pipelines.reports.eftr.orders import RemittanceOrder

CANADA = load_jurisdiction("CA")
_numbers = count(1)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=CANADA.zone)


def order(amount: str, requester: str = "eve", beneficiary: str = "sam", **changes: object) -> RemittanceOrder:
    """An order of that many Canadian dollars, on a Wednesday at noon unless told."""
    plain = RemittanceOrder(
        order_id=f"order-{next(_numbers):05}",
        tenant_id="union",
        user_id=requester,
        account_id=f"account-{requester}",
        conductor_id=None,
        on_behalf_of_id=None,
        beneficiary_id=beneficiary,
        corridor="CA-MX",
        amount=Decimal(amount),
        currency="CAD",
        fx_rate=Decimal("13.27"),
        payout_amount=(Decimal(amount) * Decimal("13.27")).quantize(Decimal("0.01")),
        payout_currency="MXN",
        purpose="family_support",
        status="paid",
        created_at=at("2026-11-18T12:00"),
    )
    return replace(plain, **changes)  # type: ignore[arg-type]  # the test names real fields
