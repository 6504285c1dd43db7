"""A history: the same for the same seed, balanced, labelled late, and with people in it."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.errors import InvalidInputError
from contracts.tables import load_tables
from sources.workload.calendars import microseconds
from sources.workload.columns import DAY, HOUR, NEVER, Columns
from sources.workload.planting.cases import KINDS
from sources.workload.sizes import parse_size
from sources.workload.world import build_world
from tests.unit.sources.worlds import AS_OF, digest, world

END = microseconds(AS_OF)
BANK, SUITE = ("diasporacore", "account_transactions"), ("finflow", "payments")


def test_the_same_seed_gives_the_same_bytes() -> None:
    assert digest(world(7)) == digest(build_world(7, parse_size("tiny"), AS_OF))


def test_another_seed_gives_another_world() -> None:
    assert digest(world(7)) != digest(world(8))


def test_every_declared_table_has_rows() -> None:
    assert set(world(7).tables) == {(table.app, table.name) for table in load_tables()}
    assert all(len(next(iter(rows.values()))) for rows in world(7).tables.values())


@pytest.mark.parametrize("size", ["tiny", "12000"])
def test_the_size_is_the_number_of_movements(size: str) -> None:
    tables = world(7, size).tables
    total = (
        len(tables[BANK]["leg"]) + len(tables[SUITE]["payment_id"]) + len(tables["nexafi", "payments"]["payment_id"])
    )
    assert total == pytest.approx(parse_size(size).movements, rel=0.05)


@pytest.mark.parametrize("text", ["huge", "0", "-5", "999", "1e5"])
def test_a_size_is_a_name_or_a_number_that_makes_sense(text: str) -> None:
    with pytest.raises(InvalidInputError, match="size"):
        parse_size(text)


@given(seed=st.integers(0, 2**31))
@settings(max_examples=4)
def test_the_lines_of_every_journal_entry_balance_but_for_some_manual_corrections(seed: int) -> None:
    tables = build_world(seed, parse_size("tiny"), AS_OF).tables
    lines, entries = tables["finflow", "journal_lines"], tables["finflow", "journal_entries"]
    names, entry = np.unique(lines["journal_entry_id"].astype(str), return_inverse=True)
    balance = np.bincount(entry, weights=(lines["debit"] - lines["credit"]).astype(float))
    memo = dict(zip(entries["journal_entry_id"].tolist(), entries["memo"].tolist(), strict=True))
    assert [memo[name] for name in names[balance != 0].tolist()] == ["manual correction"] * 3
    assert not (balance % 9).any()  # two digits that changed places
    assert (np.minimum(lines["debit"], lines["credit"]) == 0).all()


@pytest.mark.parametrize("seed", [7, 21, 99])
def test_every_kind_is_planted_and_nothing_outside_the_history(seed: int) -> None:
    truth = world(seed).truth
    assert set(truth["kind"].tolist()) == set(KINDS)
    assert truth["occurred_at"].max() <= END
    assert truth["occurred_at"].min() >= END - 120 * DAY


def test_identifiers_do_not_tell_what_was_planted() -> None:
    built = world(7)
    planted = set(built.truth["transaction_id"].tolist())
    rows = built.tables[BANK]
    shapes = {(name[:4], len(name)) for name in rows["transaction_id"].tolist()}
    assert len(shapes) == 1
    assert planted & set(rows["transaction_id"].tolist())
    known = set(built.tables["diasporacore", "devices"]["device_id"].tolist())
    assert {device for device in rows["device_id"].tolist() if device is not None} <= known


def test_both_legs_of_a_transfer_share_identifier_amount_and_instant() -> None:
    rows = world(7).tables[BANK]
    received = {
        name: (amount, at)
        for name, leg, amount, at, channel in zip(
            rows["transaction_id"], rows["leg"], rows["amount"], rows["occurred_at"], rows["channel"], strict=True
        )
        if leg == "credit" and channel == "app"
    }
    sent = {
        name: (amount, at)
        for name, leg, amount, at in zip(
            rows["transaction_id"], rows["leg"], rows["amount"], rows["occurred_at"], strict=True
        )
        if leg == "debit" and name in received
    }
    assert received
    assert received == sent


def test_labels_come_after_the_movement_and_never_from_the_future() -> None:
    tables = world(7, "12000").tables
    at = dict(zip(tables[BANK]["transaction_id"], tables[BANK]["occurred_at"], strict=True))
    told = tables["diasporacore", "transaction_disputes"]
    delay = told["recorded_at"] - np.array([at[name] for name in told["transaction_id"].tolist()])
    assert (delay > HOUR).all()
    assert told["recorded_at"].max() <= END
    assert 1 * DAY < np.median(delay) < 10 * DAY
    assert tables["finflow", "chargebacks"]["received_at"].max() <= END


def test_most_of_the_fraud_is_known_and_some_never() -> None:
    truth = world(7, "30000").truth
    old = np.isin(truth["kind"].astype(str), ["large_amount", "compromised_terminal"])
    old &= truth["occurred_at"] < END - 30 * DAY
    assert 0.8 < (truth["known_at"][old] != NEVER).mean() < 1.0


def test_about_six_in_a_thousand_card_payments_are_fraud() -> None:
    # Smaller worlds have more: enough for a model to learn from.
    built = world(7, "30000")
    cards = (built.tables[BANK]["kind"] == "card_payment").sum() + len(built.tables[SUITE]["payment_id"])
    fraud = np.isin(built.truth["kind"].astype(str), ["large_amount", "compromised_terminal"]).sum()
    assert 0.004 < fraud / cards < 0.009


def test_structuring_stays_below_the_threshold_in_parts_and_passes_it_together() -> None:
    truth = world(7, "12000").truth
    for case in set(truth["case_id"][truth["kind"] == "structuring"].tolist()):
        rows = truth["case_id"] == case
        amounts, at = truth["amount"][rows], truth["occurred_at"][rows]
        assert len(amounts) >= 3
        assert amounts.max() < 1_000_000 < amounts.sum()
        assert at.max() - at.min() < DAY
        assert len(set(truth["party_id"][rows].tolist())) == 1


def test_rapid_movement_sends_most_of_it_on_within_the_hour() -> None:
    truth = world(7, "12000").truth
    for case in set(truth["case_id"][truth["kind"] == "rapid_movement"].tolist()):
        rows = truth["case_id"] == case
        came = rows & (truth["leg"] == "credit")
        went = rows & (truth["leg"] == "debit")
        assert came.sum() == 1
        assert truth["amount"][went].sum() >= 0.8 * truth["amount"][came].sum()
        assert truth["occurred_at"][went].max() - truth["occurred_at"][came][0] <= HOUR
        assert (truth["occurred_at"][went] > truth["occurred_at"][came][0]).all()


def test_people_sleep_and_shop_more_at_the_week_end() -> None:
    rows = _cards(world(7, "12000").tables[BANK], "cu-lakeshore")
    local = rows["occurred_at"] // HOUR - 4  # Toronto in summer time, an hour off in November
    hours = np.bincount((local % 24).astype(int), minlength=24)
    assert hours[1:5].mean() * 5 < hours[11:20].mean()
    weekday = (rows["occurred_at"] // DAY + 3) % 7
    saturdays, mondays = (weekday == 5).sum(), (weekday == 0).sum()
    assert saturdays > 1.2 * mondays


def test_small_has_enough_loans_and_one_in_eight_defaults() -> None:
    loans = world(7, "small").tables["diasporacore", "loans"]
    old = loans["disbursed_at"] < END - 240 * DAY
    assert len(loans["loan_id"]) >= 2000
    assert 0.09 < (loans["status"][old] == "defaulted").mean() < 0.15


def test_an_application_shows_who_is_likely_to_default() -> None:
    loans = world(7, "small").tables["diasporacore", "loans"]
    old = loans["disbursed_at"] < END - 240 * DAY
    bad = loans["status"][old] == "defaulted"
    burden = (loans["applied_existing_debt"] / loans["applied_income"])[old]
    assert _ranks(burden, bad) > 0.58
    assert _ranks(-loans["applied_income"][old], bad) > 0.53
    score = np.array([600 if value is None else value for value in loans["applied_bureau_score"][old].tolist()])
    assert 0.6 < _ranks(-score, bad) < 0.85


def test_there_are_transfers_to_report_alone_and_within_a_day() -> None:
    orders = world(7).tables["diasporacore", "remittance_orders"]
    assert (orders["amount"] >= 1_000_000).sum() >= 3
    assert (orders["created_at"][orders["amount"] >= 1_000_000] > END - 7 * DAY).any()
    linked = [name for name in orders["on_behalf_of_id"].tolist() if name is not None]
    sums = [orders["amount"][orders["on_behalf_of_id"] == name].sum() for name in set(linked)]
    assert sums
    assert min(sums) >= 1_000_000


def test_open_invoices_are_the_receivables_of_the_books() -> None:
    tables = world(7, "12000").tables
    invoices, lines = tables["finflow", "invoices"], tables["finflow", "journal_lines"]
    assert set(invoices["status"].tolist()) == {"draft", "sent", "paid", "overdue", "void"}
    owed = np.isin(invoices["status"].astype(str), ["sent", "overdue"])
    partly = owed & (invoices["paid_amount"] > 0)
    assert partly.any()
    receivables = lines["ledger_account"] == "1100"
    for tenant in set(invoices["tenant_id"].tolist()):
        mine, booked = owed & (invoices["tenant_id"] == tenant), receivables & (lines["tenant_id"] == tenant)
        open_ = (invoices["amount"] - invoices["paid_amount"])[mine].sum()
        assert open_ == (lines["debit"] - lines["credit"])[booked].sum()


def test_amounts_are_positive_and_fees_below_them() -> None:
    tables = world(7).tables
    assert tables[BANK]["amount"].min() > 0
    assert (tables[SUITE]["fee_amount"] <= tables[SUITE]["amount"]).all()
    loans = tables["diasporacore", "loan_repayments"]
    assert Decimal(int(loans["due_amount"].min())) > 0


def _cards(rows: Columns, tenant: str) -> Columns:
    wanted = (rows["kind"] == "card_payment") & (rows["tenant_id"] == tenant)
    return {name: values[wanted] for name, values in rows.items()}


def _ranks(values: np.ndarray, bad: np.ndarray) -> float:
    """The chance that a bad one ranks above a good one."""
    order = np.argsort(np.argsort(values.astype(float))) + 1.0
    positives, negatives = bad.sum(), (~bad).sum()
    return float((order[bad].sum() - positives * (positives + 1) / 2) / (positives * negatives))
