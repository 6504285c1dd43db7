"""Remittance orders as the report sees them, and their value in Canadian dollars."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import ROUND_HALF_EVEN, Decimal
from zoneinfo import ZoneInfo

from contracts.errors import InvalidInputError
from contracts.jurisdictions import Dated, ReportRules, valid_on


@dataclass(frozen=True)
class RemittanceOrder:
    """One order of `silver.diasporacore__remittance_orders`, without any name; `created_at` is aware.

    Amounts are in major units, fees not included: FINTRAC asks for what was to be transferred.
    """

    order_id: str
    tenant_id: str
    user_id: str
    account_id: str
    conductor_id: str | None
    on_behalf_of_id: str | None
    beneficiary_id: str
    corridor: str
    amount: Decimal
    currency: str
    fx_rate: Decimal
    payout_amount: Decimal
    payout_currency: str
    purpose: str
    status: str
    created_at: datetime

    @property
    def requester_id(self) -> str:
        """Who asked for the transfer: the conductor where there is one, else the account's holder."""
        return self.conductor_id or self.user_id

    @property
    def destination(self) -> str:
        """ISO 3166 country that the money goes to."""
        return self.corridor.partition("-")[2]

    def leaves(self, country: str) -> bool:
        """Whether it was initiated in `country` for someone outside of it and was not cancelled."""
        origin, _, destination = self.corridor.partition("-")
        return origin == country != destination and self.status != "cancelled"


@dataclass(frozen=True)
class Transfer:
    """An order that counts, with its value in cents of the reporting currency and the rate that gave it."""

    order: RemittanceOrder
    value_minor: int
    rate: Dated


def value_order(order: RemittanceOrder, rules: ReportRules, zone: ZoneInfo) -> Transfer:
    """The order at the reporting rate of its local day, half to even.

    Raises InvalidInputError, naming the order, for a currency that has no reporting rate on that day.
    """
    rate = reporting_rate(order, rules, order.created_at.astimezone(zone).date())
    cents = (order.amount * rate.value).scaleb(2).to_integral_value(ROUND_HALF_EVEN)
    return Transfer(order, int(cents), rate)


def reporting_rate(order: RemittanceOrder, rules: ReportRules, day: date) -> Dated:
    """The declared rate; raises InvalidInputError where there is none."""
    rates = rules.reporting_rates.get(order.currency, ())
    if not any(rate.valid_from <= day for rate in rates):
        raise InvalidInputError(
            f"order {order.order_id} has no reporting rate for {order.currency!r} on {day}", field="currency"
        )
    return valid_on(rates, day)
