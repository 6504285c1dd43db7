"""The neobank: a ledger that balances, consents that end, and loans that default for causes one can see."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pytest

from contracts.open_banking import CONSENT_DAYS
from contracts.tables import find_table
from sources.workload.calendars import microseconds
from sources.workload.columns import DAY, NEVER, Columns
from tests.unit.sources.worlds import AS_OF, world

END = microseconds(AS_OF)
SIZE = "200000"


def rows(name: str, size: str = SIZE) -> Columns:
    return world(7, size).tables["nexafi", name]


def balances(until: int) -> dict[str, int]:
    """Debits minus credits of each ledger account, in hundredths."""
    entries = rows("ledger_entries")
    total: dict[str, int] = {}
    done = entries["posted_at"] <= until
    for side, sign in (("debit_account_id", 1), ("credit_account_id", -1)):
        for account, amount in zip(entries[side][done].tolist(), entries["amount"][done].tolist(), strict=True):
            total[account] = total.get(account, 0) + sign * amount
    return total


@pytest.mark.parametrize(
    ("table", "column", "target"),
    [
        ("payments", "business_id", "businesses"),
        ("payments", "ledger_account_id", "ledger_accounts"),
        ("payments", "user_id", "users"),
        ("bank_consents", "renews_id", "bank_consents"),
        ("bank_transactions", "bank_consent_id", "bank_consents"),
        ("loans", "credit_application_id", "credit_applications"),
        ("loan_repayments", "loan_id", "loans"),
        ("ledger_entries", "payment_id", "payments"),
        ("ledger_entries", "loan_id", "loans"),
    ],
)
def test_what_is_referenced_exists(table: str, column: str, target: str) -> None:
    known = set(rows(target)[find_table("nexafi", target).key[0]].tolist())
    assert {value for value in rows(table)[column].tolist() if value is not None} <= known


def test_small_stays_light() -> None:
    tables = {name: table for (app, name), table in world(7, "small").tables.items() if app == "nexafi"}
    assert sum(len(next(iter(table.values()))) for name, table in tables.items() if name != "payments") < 10_000


def test_a_posting_stays_in_its_entity_and_currency() -> None:
    accounts, entries = rows("ledger_accounts"), rows("ledger_entries")
    home = dict(
        zip(accounts["ledger_account_id"], zip(accounts["tenant_id"], accounts["currency"], strict=True), strict=True)
    )
    for side in ("debit_account_id", "credit_account_id"):
        found = [home[account] for account in entries[side].tolist()]
        assert found == list(zip(entries["tenant_id"].tolist(), entries["currency"].tolist(), strict=True))


def test_the_ledger_owes_nobody_less_than_nothing_and_its_loans_are_what_borrowers_owe() -> None:
    for until in (END - 90 * DAY, END - 30 * DAY, END):
        held = balances(until)
        accounts = rows("ledger_accounts")
        kinds = dict(zip(accounts["ledger_account_id"], accounts["kind"], strict=True))
        assert max(held[account] for account, kind in kinds.items() if kind == "deposit") <= 0
        assert min(held[account] for account, kind in kinds.items() if kind == "cash") > 0
        owed = sum(held[account] for account, kind in kinds.items() if kind == "loans")
        assert owed == _outstanding(until)


def _outstanding(until: int) -> int:
    loans, repayments = rows("loans"), rows("loan_repayments")
    open_ = (loans["disbursed_at"] <= until) & ((loans["defaulted_at"] == NEVER) | (loans["defaulted_at"] > until))
    ids = set(loans["loan_id"][open_].tolist())
    paid = (repayments["paid_at"] != NEVER) & (repayments["paid_at"] <= until)
    part = (repayments["due_amount"] - repayments["interest_amount"])[paid].tolist()
    back = sum(amount for loan, amount in zip(repayments["loan_id"][paid].tolist(), part, strict=True) if loan in ids)
    return int(loans["principal"][open_].sum()) - int(back)


def test_the_principal_of_the_instalments_is_the_loan_to_the_cent() -> None:
    loans, repayments = rows("loans"), rows("loan_repayments")
    _, loan = np.unique(repayments["loan_id"].astype(str), return_inverse=True)
    principal = np.bincount(loan, weights=repayments["due_amount"] - repayments["interest_amount"])
    assert principal.tolist() == loans["principal"][np.argsort(loans["loan_id"].astype(str))].tolist()


def test_a_consent_holds_180_days_as_its_table_demands_and_nothing_is_fetched_outside() -> None:
    (column,) = [one for one in find_table("nexafi", "bank_consents").columns if one.name == "expires_at"]
    hours = timedelta(days=CONSENT_DAYS) // timedelta(hours=1)
    assert f"granted_at + interval '{hours} hours'" in str(column.check)
    given, fetched = rows("bank_consents"), rows("bank_transactions")
    assert (given["expires_at"] - given["granted_at"] == CONSENT_DAYS * DAY).all()
    ends = np.where(given["revoked_at"] == NEVER, given["expires_at"], given["revoked_at"])
    span = dict(zip(given["bank_consent_id"], zip(given["granted_at"], ends, strict=True), strict=True))
    for consent, at in zip(fetched["bank_consent_id"].tolist(), fetched["fetched_at"].tolist(), strict=True):
        granted, end = span[consent]
        assert granted <= at < end
    assert {"active", "expired", "revoked"} == set(given["status"].tolist())
    assert any(one is not None for one in given["renews_id"].tolist())


def test_one_loan_in_eight_defaults_for_causes_that_the_application_shows() -> None:
    loans, applications = rows("loans"), rows("credit_applications")
    old = loans["disbursed_at"] < END - 300 * DAY
    bad = loans["status"][old] == "defaulted"
    assert 0.06 < bad.mean() < 0.18
    place = {name: i for i, name in enumerate(applications["credit_application_id"].tolist())}
    seen = np.array([place[name] for name in loans["credit_application_id"][old].tolist()])
    cushion = applications["applied_average_balance"] / applications["applied_monthly_inflow"]
    assert _ranks(-applications["applied_inflow_change_pct"][seen], bad) > 0.58
    assert _ranks(-cushion[seen], bad) > 0.58
    assert _ranks(applications["applied_late_receivables_pct"][seen], bad) > 0.52


def test_a_falling_inflow_is_seen_in_the_payments() -> None:
    payments, applications = rows("payments"), rows("credit_applications")
    sales = payments["purpose"] == "sales"
    late = payments["occurred_at"] > END - 60 * DAY
    fallen = set(applications["business_id"][applications["applied_inflow_change_pct"] < -30].tolist())
    grown = set(applications["business_id"][applications["applied_inflow_change_pct"] > 30].tolist())

    def ratio(group: set[str]) -> float:
        mine = sales & np.isin(payments["business_id"].astype(str), sorted(group))
        return float(payments["amount"][mine & late].sum() / payments["amount"][mine & ~late].sum())

    assert ratio(fallen) < 0.85 * ratio(grown)


def _ranks(values: np.ndarray, bad: np.ndarray) -> float:
    order = np.argsort(np.argsort(values.astype(float))) + 1.0
    positives, negatives = bad.sum(), (~bad).sum()
    return float((order[bad].sum() - positives * (positives + 1) / 2) / (positives * negatives))
