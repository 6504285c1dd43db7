"""The credit marketplace: consents before inquiries, schedules and splits to the cent, causes that an application shows."""

from __future__ import annotations

from datetime import timedelta
from fractions import Fraction
from functools import cache

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from contracts.tables import load_tables
from sources.workload.calendars import Calendar, microseconds
from sources.workload.columns import NEVER, Array, Columns
from sources.workload.raisket.amortisation import amortise
from sources.workload.raisket.market import build_raisket
from sources.workload.raisket.partners import build_partners, commission_rows
from sources.workload.sizes import parse_size
from tests.unit.sources.worlds import AS_OF

END = microseconds(AS_OF)


@cache
def market(size: str = "small", seed: int = 7) -> dict[str, Columns]:
    return build_raisket(seed, parse_size(size), Calendar(AS_OF, 120)).tables


def looked_up(keys: Array, values: Array, wanted: Array) -> Array:
    known = dict(zip(keys.tolist(), values.tolist(), strict=True))
    return np.array([known[key] for key in wanted.tolist()])


def ranks(values: Array, bad: Array) -> float:
    """The chance that a bad one ranks above a good one."""
    order = np.argsort(np.argsort(values.astype(float))) + 1.0
    positives, negatives = bad.sum(), (~bad).sum()
    return float((order[bad].sum() - positives * (positives + 1) / 2) / (positives * negatives))


def test_the_same_seed_gives_the_same_rows_and_another_does_not() -> None:
    again = build_raisket(7, parse_size("small"), Calendar(AS_OF, 120)).tables
    assert all((rows[name] == again[table][name]).all() for table, rows in market().items() for name in rows)
    assert market(seed=8)["loans"]["principal"].tolist() != market()["loans"]["principal"].tolist()


def test_references_point_at_rows_that_come_before() -> None:
    declared = [table for table in load_tables() if table.app == "raisket"]
    assert [table.name for table in declared] != []
    assert set(market()) == {table.name for table in declared}
    order = list(market())
    for table in declared:
        for column in table.columns:
            if column.references:
                target, key = column.references.split(".")
                used = {value for value in market()[table.name][column.name].tolist() if value is not None}
                assert used <= set(market()[target][key].tolist()), f"{table.name}.{column.name}"
                assert order.index(target) < order.index(table.name)


def test_every_report_has_an_inquiry_before_it_and_a_consent_that_holds() -> None:
    consents, asked, told = (market()[name] for name in ("consents", "bureau_inquiries", "bureau_reports"))
    assert told["bureau_inquiry_id"].tolist() == asked["bureau_inquiry_id"].tolist()
    assert (told["reported_at"] > asked["inquired_at"]).all()
    for name, holds in (("granted_at", np.less_equal), ("expires_at", np.greater)):
        assert holds(looked_up(consents["consent_id"], consents[name], asked["consent_id"]), asked["inquired_at"]).all()
    revoked = looked_up(consents["consent_id"], consents["revoked_at"], asked["consent_id"])
    assert ((revoked == NEVER) | (revoked > told["reported_at"])).all()
    assert (consents["status"] == "revoked").sum() > 10
    assert (looked_up(consents["consent_id"], consents["user_id"], asked["consent_id"]) == asked["user_id"]).all()


@given(
    principal=st.integers(10_000, 50_000_000),
    rate=st.integers(0, 90_000),
    tax=st.sampled_from([0, 8, 16]),
    term=st.integers(1, 60),
)
def test_a_schedule_repays_the_principal_to_the_cent_in_equal_instalments(
    principal: int, rate: int, tax: int, term: int
) -> None:
    plan = amortise(np.array([principal]), np.array([rate / 1000]), np.array([float(tax)]), np.array([term]))
    assert plan.number.tolist() == list(range(1, term + 1))
    assert plan.principal.sum() == principal
    assert plan.principal.min() >= 0
    assert len(set(plan.due[:-1].tolist())) <= 1
    balance = principal
    for repaid, interest, charged in zip(plan.principal, plan.interest, plan.tax, strict=True):
        assert abs(Fraction(int(interest)) - Fraction(balance * rate, 1_200_000)) <= Fraction(1, 2)
        assert abs(Fraction(int(charged)) - Fraction(int(interest) * tax, 100)) <= Fraction(1, 2)
        balance -= int(repaid)
    assert balance == 0
    # Each rounding moves the last instalment by a cent and a half at most, with the interest that it earns until then.
    growth = (1 + rate / 1_200_000 * (1 + tax / 100)) ** term
    assert abs(int(plan.due[-1]) - int(plan.due[0])) <= 2 * term * growth + 1


def test_a_known_schedule() -> None:
    """MXN 10,000 over 3 months at 42 % with 16 % IVA on interest: 4.06 % a month."""
    plan = amortise(np.array([1_000_000]), np.array([42.0]), np.array([16.0]), np.array([3]))
    assert plan.interest.tolist() == [35_000, 23_794, 12_134]
    assert plan.tax.tolist() == [5_600, 3_807, 1_941]
    assert plan.due.tolist() == [360_759, 360_759, 360_758]


def test_instalments_close_and_the_paid_ones_are_what_moved() -> None:
    rows, moved, loans = (market()[name] for name in ("loan_repayments", "transactions", "loans"))
    parts = rows["principal_amount"] + rows["interest_amount"] + rows["iva_amount"]
    assert (parts == rows["due_amount"]).all()
    _, loan = np.unique(rows["loan_id"].astype(str), return_inverse=True)
    assert np.bincount(loan, weights=rows["principal_amount"]).tolist() == loans["principal"].tolist()
    exempt = looked_up(loans["loan_id"], loans["interest_iva_pct"], rows["loan_id"]) == 0
    assert rows["iva_amount"][exempt].sum() == 0 < exempt.sum()
    start = Calendar(AS_OF, 120).start
    seen = (rows["paid_amount"] > 0) & (rows["updated_at"] >= start)
    repaid = (moved["kind"] == "repayment") & (moved["status"] == "completed")
    assert rows["paid_amount"][seen].sum() == moved["amount"][repaid].sum() > 0
    assert ((rows["paid_amount"] > 0) & (rows["paid_amount"] < rows["due_amount"])).sum() > 3


def test_movements_are_the_systems_share() -> None:
    for size in ("small", "200000"):
        assert abs(len(market(size)["transactions"]["kind"]) / parse_size(size).share("raisket") - 1) < 0.1


def test_defaults_have_causes_that_the_application_and_the_bureau_show() -> None:
    loans, made, reports = (market("300000")[name] for name in ("loans", "applications", "bureau_reports"))
    old = loans["disbursed_at"] < END - timedelta(days=200) // timedelta(microseconds=1)
    bad = (loans["status"] == "defaulted")[old]
    assert 0.09 < bad.mean() < 0.2

    def applied(column: str) -> Array:
        return looked_up(made["application_id"], made[column], loans["application_id"][old])

    inquiry = applied("bureau_inquiry_id")
    score = [
        600 if value is None else value for value in looked_up(reports["bureau_inquiry_id"], reports["score"], inquiry)
    ]
    assert 0.6 < ranks(-np.array(score), bad) < 0.85
    assert ranks(looked_up(reports["bureau_inquiry_id"], reports["utilisation_pct"], inquiry), bad) > 0.55
    assert ranks(applied("applied_existing_debt") / applied("applied_income"), bad) > 0.55
    assert ranks(-applied("applied_income"), bad) > 0.53
    informal = applied("applied_employment") == "informal"
    assert bad[informal].mean() > bad[~informal].mean()


def test_a_loans_commissions_sum_to_the_cent_and_bear_iva() -> None:
    rows = market()["commissions"]
    _, first, loan = np.unique(rows["loan_id"].astype(str), return_index=True, return_inverse=True)
    assert np.bincount(loan, weights=rows["share_amount"]).tolist() == rows["commission_amount"][first].tolist()
    assert np.abs(rows["iva_amount"] * 100 - rows["share_amount"] * 16).max() <= 50
    assert set(np.bincount(loan).tolist()) == {1, 2, 3}  # whoever brought the borrower, and all above
    assert set(rows["agreement_id"].astype(str).tolist()) <= set(
        market()["partner_agreements"]["agreement_id"].tolist()
    )


def test_the_tier_follows_what_was_lent_before_in_the_month() -> None:
    partners = build_partners(7, 100)
    promoter = len(partners) - 1
    # 59,999.99 before: the second tier begins at 60,000; the month after starts anew.
    lent = np.array([5_999_999, 100, 100])
    days = np.array([microseconds(AS_OF.replace(day=day)) for day in (1, 2, 3)])
    days[2] = microseconds(AS_OF.replace(month=12, day=1))
    brought: Columns = {
        "loan_id": np.array(["a", "b", "c"], dtype=object),
        "partner": np.full(3, promoter),
        "principal": lent,
        "disbursed": days,
    }
    rows = commission_rows(7, partners, brought, END)
    own = rows["partner_id"] == partners.partner[promoter]
    assert [name[-1] for name in rows["agreement_id"][own].tolist()] == ["1", "1", "1"]
    brought["principal"] = np.array([6_000_000, 100, 100])
    rows = commission_rows(7, partners, brought, END)
    assert [name[-1] for name in rows["agreement_id"][own].tolist()] == ["1", "2", "1"]
    assert rows["commission_amount"][own].tolist() == [90_000, 2, 2]


def test_complaints_are_answered_mostly_in_time_and_some_are_open() -> None:
    rows = market("300000")["complaints"]
    done = rows["status"] == "resolved"
    assert ((rows["resolved_at"] == NEVER) == ~done).all()
    days = (rows["resolved_at"][done] - rows["received_at"][done]) / 86_400_000_000
    assert 0.7 < (days < 42).mean() < 0.98
    assert 0 < (~done).sum() < done.sum()
