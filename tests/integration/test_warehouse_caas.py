"""caas's marts over built rows on a real PostgreSQL: each level at its boundary, each ratio counted by hand."""

from __future__ import annotations

from pathlib import Path

import pytest

from contracts.settings import Settings
from tests.integration.caas_marts import ask, build_marts
from tests.integration.caas_rows import at, check, provider, quote, request
from tests.unit.pipelines.lakes import Json

pytestmark = pytest.mark.integration

MARTS = "rpt_providers rpt_credit_funnel_monthly fct_collateral_positions rpt_collateral_by_asset rpt_chain_daily rpt_chain_failures"
FIFTY = "0x" + "0" * 62


def loan(name: str, asked: str, principal: str = "1000.00", currency: str = "USD") -> Json:
    return {
        "loan_id": name,
        "request_id": asked,
        "quote_id": "q1",
        "borrower_id": "b1",
        "provider_id": "p1",
        "account_id": "a1",
        "jurisdiction": "US",
        "principal": principal,
        "currency": currency,
        "annual_rate_pct": "8.000",
        "term_months": 6,
        "status": "active",
        "disbursed_at": at("13:00:00"),
        "defaulted_at": None,
        "updated_at": at("13:00:00"),
    }


def instalment(name: str, number: int, principal: str, due: str, *, paid: bool) -> Json:
    return {
        "loan_id": name,
        "instalment": number,
        "jurisdiction": "US",
        "due_date": 20_500,
        "principal_amount": principal,
        "due_amount": due,
        "paid_amount": due if paid else "0.00",
        "paid_at": at("14:00:00") if paid else None,
        "updated_at": at("14:00:00"),
    }


def price(asset: str, clock: str, value: str) -> Json:
    return {"asset": asset, "priced_at": at(clock), "price": value, "currency": "USD"}


def position(name: str, secured: str, asset: str, quantity: str, status: str = "active") -> Json:
    return {
        "position_id": name,
        "loan_id": secured,
        "asset": asset,
        "quantity": quantity,
        "status": status,
        "opened_at": at("12:55:00"),
        "closed_at": None if status == "active" else at("15:00:00"),
        "updated_at": at("12:55:00"),
    }


def call(name: str, called: str, resolution: str) -> Json:
    return {
        "margin_call_id": name,
        "position_id": called,
        "outstanding": "1.00",
        "currency": "USD",
        "quantity": "1.000000000000000000",
        "price": "1.000000000000000000",
        "resolution": resolution,
        "called_at": at("14:00:00"),
        "resolved_at": None if resolution == "open" else at("15:00:00"),
        "updated_at": at("14:00:00"),
    }


def on_chain(number: int, chain: str, clock: tuple[str, str], status: str = "succeeded", **changes: object) -> Json:
    return {
        "transaction_hash": f"{FIFTY}{number:02d}",
        "loan_id": "boundary",
        "chain": chain,
        "block_number": 1000 + number,
        "event_kind": "loan_repaid",
        "status": status,
        "asset": "USDC",
        "quantity": "10.000000000000000000",
        "gas_used": 100000,
        "gas_price": "0.000000020000000001",
        "submitted_at": at(clock[0]),
        "confirmed_at": at(clock[1]),
        **changes,
    }


# One coin of 100 US dollars backs each: 85 is BTC's liquidation level, 75 its margin call.
POSITIONS = {
    "healthy": ("74.99", "BTC", "1.000000000000000000"),
    "called": ("75.00", "BTC", "1.000000000000000000"),
    "below": ("84.99", "BTC", "1.000000000000000000"),
    "boundary": ("85.00", "BTC", "1.000000000000000000"),
    "hair": ("85.00", "BTC", "1.000000000000000001"),
    "dust": ("100.00", "BTC", "0.000000000000000001"),
    "sol_boundary": ("70.00", "SOL", "2.000000000000000000"),
    "sol_below": ("69.99", "SOL", "2.000000000000000000"),
    "repaying": ("90.00", "BTC", "1.000000000000000000"),
    "sold": ("50.00", "ETH", "1.500000000000000000"),
}
ROWS: dict[str, list[Json]] = {
    "providers": [provider("p1"), provider("p2"), provider("p3", jurisdiction="EU")],
    "provider_health": [
        check("p1", "00:00:00"),
        check("p1", "06:00:00", healthy=False),
        check("p1", "06:30:00", "open", healthy=False),
        check("p1", "07:00:00", "half_open"),
        check("p1", "07:01:00"),
        check("p2", "00:00:00"),
        check("p2", "10:00:00"),
    ],
    "credit_requests": [
        request("r1", "q1"),
        request("r2", "q4"),
        request("r3", None),
        request("r4", None),
        request("r5", None, "2026-10-31T23:59:59Z"),
        request("r6", "q9", "2026-11-01T00:00:00Z", collateral_asset="BTC", collateral_quantity="1.000000000000000000"),
    ],
    "provider_quotes": [
        quote("q1", "r1", "p1", "approved", 100, "8.000"),
        quote("q2", "r1", "p2", "approved", 200, "9.500"),
        quote("q3", "r2", "p1", "approved", 300, "8.000"),
        quote("q4", "r2", "p2", "approved", 400, "8.500"),
        quote("q5", "r3", "p1", "declined", 500),
        quote("q6", "r3", "p2", "timeout", 3000),
        quote("q7", "r4", "p2", "timeout", 3000),
        quote("q8", "r5", "p1", "timeout", 3000),
        quote("q9", "r6", "p2", "approved", 600, "7.000"),
    ],
    "loans": [
        loan("l1", "r1"),
        *(
            loan(name, name, principal, "EUR" if name == "sold" else "USD")
            for name, (principal, _, _) in POSITIONS.items()
        ),
        loan("euro", "euro", "100.00", "EUR"),
    ],
    "loan_repayments": [
        instalment("repaying", 1, "40.00", "41.20", paid=True),
        instalment("repaying", 2, "50.00", "50.40", paid=False),
    ],
    "collateral_prices": [
        price("BTC", "00:00:00", "1000.000000000000000000"),
        price("BTC", "16:00:00", "100.000000000000000000"),
        price("SOL", "16:00:00", "50.000000000000000000"),
        price("ETH", "09:00:00", "2000.000000000000000000"),
        price("ETH", "16:00:00", "3000.000000000000000000"),
    ],
    "collateral_positions": [
        *(
            position(name, name, asset, quantity, "liquidated" if name == "sold" else "active")
            for name, (_, asset, quantity) in POSITIONS.items()
        ),
        position("euro", "euro", "ETH", "0.045416666666666667"),
    ],
    "margin_calls": [
        call("c1", "called", "open"),
        call("c2", "healthy", "topped_up"),
        call("c3", "healthy", "recovered"),
        call("c4", "sold", "liquidated"),
    ],
    "chain_events": [
        on_chain(1, "ethereum", ("10:00:00", "10:00:12"), "failed", gas_used=60000),
        on_chain(2, "ethereum", ("10:00:40", "10:01:04")),
        on_chain(3, "ethereum", ("11:00:00", "11:00:36"), "failed", event_kind="collateral_locked"),
        on_chain(4, "base", ("23:59:58", "23:59:59")),
        on_chain(5, "base", ("23:59:58", "23:59:59"), confirmed_at="2026-11-21T00:00:00Z"),
    ],
}


@pytest.fixture(scope="module")
def marts(postgres: Settings, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    build_marts(postgres, Path(tmp_path_factory.mktemp("lake")), ROWS, MARTS)
    return postgres


def test_a_level_is_reached_when_loan_to_value_equals_it(marts: Settings) -> None:
    shown = ask(
        marts, "select position_id, collateral_state, ltv_ratio::text from marts.fct_collateral_positions order by 1"
    )
    assert shown == [
        ("below", "margin_call", "0.84990000"),
        ("boundary", "liquidation", "0.85000000"),
        ("called", "margin_call", "0.75000000"),
        ("dust", "liquidation", "1000000000000000000.00000000"),
        ("euro", "margin_call", "0.80000000"),  # a hair below, as `hair`: the last digit decides
        ("hair", "margin_call", "0.85000000"),
        ("healthy", "healthy", "0.74990000"),
        ("repaying", "healthy", "0.50000000"),
        ("sol_below", "margin_call", "0.69990000"),
        ("sol_boundary", "liquidation", "0.70000000"),
        ("sold", "liquidated", None),
    ]


def test_what_is_paid_off_is_no_longer_owed_and_euros_count_in_dollars(marts: Settings) -> None:
    columns = "outstanding_amount::text, outstanding_usd::text, value_usd::text, liquidation_price_usd::text"
    shown = {
        row[0]: row[1:] for row in ask(marts, f"select position_id, {columns} from marts.fct_collateral_positions")
    }
    assert shown["repaying"] == ("50.00", "50.00", "100.00", "58.82352941")
    assert shown["euro"] == ("100.00", "109.00", "136.25", "3000.00000000")
    assert shown["sold"][:2] == ("50.00", "54.50")
    assert shown["sold"][3] is None


def test_an_asset_says_what_it_covers_and_what_its_calls_came_to(marts: Settings) -> None:
    columns = (
        "asset, active_positions, margin_call_positions, liquidation_positions, liquidated_positions, outstanding_usd::text,"
        " coverage_ratio::text, margin_calls, open_calls, topped_up_calls, recovered_calls, liquidated_calls"
    )
    assert ask(marts, f"select {columns} from marts.rpt_collateral_by_asset order by 1") == [
        # 600 of value: the dust is worth nothing.
        ("BTC", 7, 3, 2, 0, "554.98", "1.0811", 3, 1, 1, 1, 0),
        ("ETH", 1, 1, 0, 1, "109.00", "1.2500", 1, 0, 0, 0, 1),
        ("SOL", 2, 1, 1, 0, "139.99", "1.4287", 0, 0, 0, 0, 0),
    ]


def test_providers_are_counted_by_what_they_answered_and_won(marts: Settings) -> None:
    counts = "provider_id, asked, answered, approved, declined, timeouts, taken"
    assert ask(marts, f"select {counts} from marts.rpt_providers order by 1") == [
        ("p1", 4, 3, 2, 1, 1, 1),
        ("p2", 5, 3, 3, 0, 2, 2),
        ("p3", 0, 0, 0, 0, 0, 0),
    ]
    ratios = "approval_ratio, hit_ratio, win_ratio, mean_apr_pct, mean_apr_above_best_pct, cheapest_ratio"
    shown = ask(
        marts,
        f"select {', '.join(f'{name}::text' for name in ratios.split(', '))} from marts.rpt_providers order by provider_id",
    )
    assert shown == [
        ("0.6667", "0.5000", "0.3333", "8.000", "0.000", "1.0000"),
        ("1.0000", "0.6667", "0.6667", "8.333", "0.667", "0.3333"),
        (None, None, None, None, None, None),
    ]
    latency = ask(marts, "select latency_p50_ms, latency_p95_ms from marts.rpt_providers order by provider_id")
    assert latency == [(300, 500), (400, 600), (None, None)]


def test_health_holds_from_one_check_to_the_next(marts: Settings) -> None:
    # p1 is watched for ten hours, an hour of them after a failed check; its breaker is open for half an hour.
    shown = ask(marts, "select uptime_ratio::text, breaker_open_seconds from marts.rpt_providers order by provider_id")
    assert shown == [("0.900000", 1800), ("1.000000", 0), (None, 0)]


def test_the_funnel_narrows_by_month_of_the_request(marts: Settings) -> None:
    columns = (
        "request_month::text, is_secured, requests, asked_requests, answered_requests, offered_requests, taken_requests,"
        " disbursed_loans, disbursed_amount::text, conversion_ratio::text"
    )
    assert ask(marts, f"select {columns} from marts.rpt_credit_funnel_monthly order by 1, 2") == [
        ("2026-10-01", False, 1, 1, 0, 0, 0, 0, "0.00", "0.0000"),
        ("2026-11-01", False, 4, 4, 3, 2, 2, 1, "1000.00", "0.2500"),
        ("2026-11-01", True, 1, 1, 1, 1, 1, 0, "0.00", "0.0000"),
    ]


def test_gas_is_counted_exactly_and_costs_dollars_at_the_days_last_price(marts: Settings) -> None:
    columns = (
        "chain, chain_date::text, transactions, succeeded, failed, success_ratio::text, gas_used, cost_eth::text,"
        " failed_cost_eth::text, cost_usd::text, confirmation_p50_seconds"
    )
    assert ask(marts, f"select {columns} from marts.rpt_chain_daily order by 1, 2") == [
        ("base", "2026-11-20", 1, 1, 0, "1.0000", 100000, "0.002000000000100000", "0", "6.0000", 1.0),
        ("base", "2026-11-21", 1, 1, 0, "1.0000", 100000, "0.002000000000100000", "0", "6.0000", 2.0),
        (
            "ethereum",
            "2026-11-20",
            3,
            1,
            2,
            "0.3333",
            260000,
            "0.005200000000260000",
            "0.003200000000160000",
            "15.6000",
            24.0,
        ),
    ]


def test_a_failure_is_shown_with_what_made_it_good(marts: Settings) -> None:
    shown = ask(
        marts,
        "select block_number, event_kind, to_char(succeeded_at at time zone 'UTC', 'HH24:MI:SS') from marts.rpt_chain_failures order by 1",
    )
    assert shown == [(1001, "loan_repaid", "10:01:04"), (1003, "collateral_locked", None)]
