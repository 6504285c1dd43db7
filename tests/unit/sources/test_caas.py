"""The credit aggregator: breakers that keep requests away, loans that add up, and collateral that is sold when it must."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.credit import BreakerPolicy, levels_on, load_breaker_policy
from contracts.errors import ConfigurationError
from contracts.money import rate_on
from contracts.tables import Column, load_systems
from sources.bulk import csv_bytes
from sources.workload.caas.breakers import Breaker
from sources.workload.columns import NEVER, Columns
from tests.unit.sources.worlds import world

POLICY = load_breaker_policy()
SIZES = ["tiny", "small"]
TODAY = date(2026, 11, 22)


def tables(size: str) -> dict[str, Columns]:
    return {name: rows for (app, name), rows in world(7, size).tables.items() if app == "caas"}


def columns(rows: Columns, *names: str) -> list[tuple[Any, ...]]:
    return list(zip(*(rows[name].tolist() for name in names), strict=True))


def states(health: Columns) -> dict[object, tuple[np.ndarray, np.ndarray]]:
    return {
        provider: (health["checked_at"][mine], health["breaker"][mine])
        for provider in set(health["provider_id"].tolist())
        for mine in [health["provider_id"] == provider]
    }


@pytest.mark.parametrize("size", SIZES)
def test_no_request_is_sent_to_an_open_breaker_and_every_other_provider_gets_it(size: str) -> None:
    built = tables(size)
    quotes, known = built["provider_quotes"], states(built["provider_health"])
    home = dict(columns(built["providers"], "provider_id", "jurisdiction"))
    asked = defaultdict(set)
    for request, provider, sent in columns(quotes, "request_id", "provider_id", "sent_at"):
        checked, state = known[provider]
        last = np.searchsorted(checked, sent, side="right") - 1
        assert last < 0 or state[last] != "open"
        asked[request].add(provider)
    skipped = 0
    for request, jurisdiction in columns(built["credit_requests"], "request_id", "jurisdiction"):
        expected = {provider for provider, where in home.items() if where == jurisdiction}
        assert asked[request] <= expected
        skipped += len(expected - asked[request])
    opened = (built["provider_health"]["breaker"] == "open").sum()
    assert opened > 10
    assert skipped < len(quotes["quote_id"]) / 20


@pytest.mark.parametrize("size", SIZES)
def test_each_check_leaves_the_breaker_as_the_policy_says(size: str) -> None:
    health = tables(size)["provider_health"]
    before: dict[object, Breaker] = {}
    for provider, healthy, *after in columns(health, "provider_id", "is_healthy", "breaker", "failures", "successes"):
        breaker = before.get(provider, Breaker()).after(POLICY, healthy=bool(healthy))
        assert (breaker.state, breaker.failures, breaker.successes) == tuple(after)
        before[provider] = breaker


@given(st.lists(st.booleans(), max_size=40))
def test_a_breaker_opens_with_the_last_failure_in_a_row_and_closes_with_the_last_success(checks: list[bool]) -> None:
    policy = POLICY.model_copy(update={"failures_to_open": 3, "successes_to_close": 2})
    breaker, failed, good = Breaker(), 0, 0
    for healthy in checks:
        was = breaker
        breaker = breaker.after(policy, healthy=healthy)
        failed = 0 if healthy else failed + 1
        good = good + 1 if healthy else 0
        if was.state == "closed":
            assert (breaker.state == "open") == (failed >= 3)
        elif not healthy:
            assert breaker.state == "open"
        else:
            assert breaker.state == ("closed" if good >= 2 else "half_open")


def test_an_open_breaker_is_tried_again_when_its_time_has_passed() -> None:
    usual = timedelta(hours=1)
    waits = {state: Breaker(state).next_check(POLICY, usual) for state in ("closed", "open", "half_open")}
    assert waits == {"closed": usual, "open": POLICY.open_for, "half_open": POLICY.check_again_after}
    assert Breaker("closed", 1).next_check(POLICY, usual) == POLICY.check_again_after


def test_an_outage_is_seen_as_timeouts_before_the_breaker_opens() -> None:
    built = tables("small")
    limit = POLICY.time_limit // timedelta(milliseconds=1)
    quotes = built["provider_quotes"]
    late = quotes["outcome"] == "timeout"
    assert late.any()
    assert (quotes["latency_ms"][late] == limit).all()
    assert (quotes["latency_ms"][~late] < limit).all()
    assert (quotes["responded_at"] == NEVER).tolist() == late.tolist()


@pytest.mark.parametrize("size", SIZES)
def test_what_a_borrower_took_was_offered_in_time(size: str) -> None:
    built = tables(size)
    quotes = {
        row[0]: row[1:] for row in columns(built["provider_quotes"], "quote_id", "request_id", "outcome", "amount")
    }
    expiry = dict(columns(built["provider_quotes"], "quote_id", "expires_at"))
    loans = {row[0]: row[1:] for row in columns(built["loans"], "request_id", "quote_id", "principal", "disbursed_at")}
    names = ("request_id", "status", "chosen_quote_id", "decided_at")
    for request, status, chosen, decided in columns(built["credit_requests"], *names):
        assert (chosen is not None) == (status == "funded") == (request in loans)
        if chosen is not None:
            quote, principal, disbursed = loans[request]
            assert quote == chosen
            assert quotes[chosen] == (request, "approved", principal)
            assert decided < expiry[chosen]
            assert decided < disbursed


@pytest.mark.parametrize("size", SIZES)
def test_instalments_repay_the_principal_to_the_cent(size: str) -> None:
    built = tables(size)
    repaid: dict[object, int] = defaultdict(int)
    for loan, part, due, paid in columns(
        built["loan_repayments"], "loan_id", "principal_amount", "due_amount", "paid_amount"
    ):
        repaid[loan] += part
        assert due >= part >= 0
        assert paid in {0, due}
    assert repaid == dict(columns(built["loans"], "loan_id", "principal"))


def test_who_stops_paying_had_a_lower_score() -> None:
    built = tables("300000")
    score = dict(columns(built["credit_requests"], "request_id", "applied_score"))
    secured = dict(columns(built["providers"], "provider_id", "is_secured"))
    scores: dict[bool, list[int]] = {True: [], False: []}
    for request, provider, status in columns(built["loans"], "request_id", "provider_id", "status"):
        if not secured[provider]:
            scores[status == "defaulted"].append(score[request])
    assert len(scores[True]) >= 4
    assert np.mean(scores[True]) < np.mean(scores[False]) - 20


@pytest.mark.parametrize("size", SIZES)
def test_prices_are_positive_and_move(size: str) -> None:
    prices = tables(size)["collateral_prices"]
    assert min(prices["price"]) > 0
    for asset in set(prices["asset"].tolist()):
        mine = prices["price"][prices["asset"] == asset].astype(float)
        assert len(set(mine.tolist())) > 100
        assert np.diff(np.log(mine)).min() < -0.05


@pytest.mark.parametrize("size", SIZES)
def test_collateral_is_sold_at_its_level_and_never_below_it(size: str) -> None:
    built = tables(size)
    price = {
        (asset, at): value for asset, at, value in columns(built["collateral_prices"], "asset", "priced_at", "price")
    }
    latest = max(at for _, at in price)
    loans = {row[0]: row[1:] for row in columns(built["loans"], "loan_id", "currency", "status")}
    names = ("loan_id", "asset", "quantity", "status", "closed_at")
    sold = 0
    for loan, asset, quantity, status, closed in columns(built["collateral_positions"], *names):
        currency, _ = loans[loan]
        level = levels_on(str(asset), TODAY).liquidation_ltv
        if status == "liquidated":
            sold += 1
            owed = principal_sold(built["loan_repayments"], loan, closed)
            assert ratio(owed, currency, quantity, price[asset, closed]) >= level
        if status == "active":
            owed = principal_open(built["loan_repayments"], loan)
            assert ratio(owed, currency, quantity, price[asset, latest]) < level
        assert (loans[loan][1] in {"liquidated", "defaulted"}) == (status == "liquidated")
    assert sold


@pytest.mark.parametrize("size", SIZES)
def test_a_margin_call_is_made_between_its_level_and_the_sale(size: str) -> None:
    built = tables(size)
    asset = dict(columns(built["collateral_positions"], "position_id", "asset"))
    names = ("position_id", "outstanding", "currency", "quantity", "price", "called_at", "resolution", "resolved_at")
    calls = columns(built["margin_calls"], *names)
    assert calls
    for position, owed, currency, quantity, price, called, resolution, resolved in calls:
        levels = levels_on(asset[position], TODAY)
        assert levels.margin_call_ltv <= ratio(owed, currency, quantity, price) < levels.liquidation_ltv
        assert (resolved == NEVER) == (resolution == "open")
        assert resolved == NEVER or resolved > called


@pytest.mark.parametrize("size", SIZES)
def test_blocks_only_rise_with_time_and_no_hash_comes_twice(size: str) -> None:
    events = tables(size)["chain_events"]
    hashes = events["transaction_hash"].tolist()
    assert len(set(hashes)) == len(hashes)
    assert all(len(text) == 66 and text.startswith("0x") and int(text, 16) >= 0 for text in hashes)
    for chain in set(events["chain"].tolist()):
        mine = events["chain"] == chain
        assert (np.diff(events["confirmed_at"][mine]) >= 0).all()
        assert (np.diff(events["block_number"][mine]) >= 0).all()
    assert (events["submitted_at"] <= events["confirmed_at"]).all()


def test_a_chain_event_that_failed_was_tried_again() -> None:
    events = tables("small")["chain_events"]
    rows = columns(events, "loan_id", "event_kind", "quantity", "status", "confirmed_at")
    good = {row[:3]: row[4] for row in rows if row[3] == "succeeded"}
    failed = [row for row in rows if row[3] == "failed"]
    assert failed
    assert all(good[row[:3]] > row[4] for row in failed)


def test_quantities_are_written_to_their_last_digit() -> None:
    column = Column(name="quantity", type="numeric(38,18)", description="Any")
    values = ["0.000000000000000001", "12345678901234567890.123456789012345678", "1.5"]
    written = csv_bytes([column], {"quantity": np.array([Decimal(text) for text in values] + [None], dtype=object)})
    lines = written.decode().splitlines()
    assert [Decimal(line) for line in lines[:3]] == [Decimal(text) for text in values]
    assert not lines[3].strip('"')


def test_every_row_refers_to_one_that_is_there() -> None:
    built = tables("small")
    (system,) = [one for one in load_systems() if one.app == "caas"]
    for table in system.tables:
        for column in table.columns:
            if column.references:
                target, key = column.references.split(".")
                assert set(built[table.name][column.name].tolist()) <= set(built[target][key].tolist())
        keys = columns(built[table.name], *table.key)
        assert len(set(keys)) == len(keys)


def test_levels_hold_from_their_day_on() -> None:
    assert levels_on("BTC", date(2020, 1, 1)).liquidation_ltv == Decimal("0.85")
    with pytest.raises(ConfigurationError, match="No collateral levels"):
        levels_on("BTC", date(2019, 12, 31))
    with pytest.raises(ConfigurationError, match="DOGE"):
        levels_on("DOGE", TODAY)


def test_levels_that_do_not_rise_are_refused() -> None:
    levels = levels_on("ETH", TODAY)
    with pytest.raises(ValueError, match="must rise"):
        type(levels).model_validate({**levels.model_dump(), "margin_call_ltv": levels.liquidation_ltv})
    with pytest.raises(ValueError, match="failures_to_open"):
        BreakerPolicy.model_validate({**POLICY.model_dump(), "failures_to_open": 0})


def ratio(owed: int, currency: str, quantity: Decimal, price: Decimal) -> Decimal:
    return Decimal(owed) / 100 * rate_on(currency, TODAY).usd_per_unit / (quantity * price)


def principal_open(repayments: Columns, loan: object) -> int:
    mine = (repayments["loan_id"] == loan) & (repayments["paid_at"] == NEVER)
    return int(repayments["principal_amount"][mine].sum())


def principal_sold(repayments: Columns, loan: object, at: object) -> int:
    mine = (repayments["loan_id"] == loan) & ((repayments["paid_at"] == at) | (repayments["paid_at"] == NEVER))
    return int(repayments["principal_amount"][mine].sum())
