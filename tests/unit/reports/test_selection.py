"""The 24-hour rule by example, after FINTRAC's guidance (sections 2 to 4), and by property."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.reports.eftr.orders import RemittanceOrder
from pipelines.reports.eftr.selection import Selected, select_reports
from tests.unit.reports.builders import CANADA, at, order


def reports_of(*orders: RemittanceOrder) -> list[Selected]:
    selection = select_reports(orders, CANADA)
    assert selection.refused == ()
    return list(selection.reports)


def told(report: Selected) -> tuple[str, str, set[str]]:
    return report.aggregation, report.party_id, {transfer.order.order_id for transfer in report.transfers}


def ids(*orders: RemittanceOrder) -> set[str]:
    return {order.order_id for order in orders}


def test_a_transfer_at_the_threshold_is_reported_on_its_own() -> None:
    alone = order("10000.00")
    assert [told(report) for report in reports_of(alone)] == [("not_applicable", alone.order_id, ids(alone))]


def test_a_cent_below_the_threshold_is_not_reported() -> None:
    assert reports_of(order("9999.99")) == []


def test_one_requester_reaches_the_threshold_by_two_transfers() -> None:
    first, second = order("6000", "eve", "sam"), order("4000", "eve", "james")
    assert [told(report) for report in reports_of(first, second)] == [("requester", "eve", ids(first, second))]


def test_the_conductor_is_the_requester_where_there_is_one() -> None:
    first = order("6000", "eve", "sam", conductor_id="iris")
    second = order("4000", "mike", "james", conductor_id="iris")
    assert [told(report) for report in reports_of(first, second)] == [("requester", "iris", ids(first, second))]


def test_transfers_on_behalf_of_one_third_party_are_added() -> None:
    first = order("6000", "eve", "sam", on_behalf_of_id="acme")
    second = order("5000", "mike", "james", on_behalf_of_id="acme")
    assert [told(report) for report in reports_of(first, second)] == [("on_behalf_of", "acme", ids(first, second))]


def test_transfers_for_one_beneficiary_are_added() -> None:
    first, second = order("6000", "eve", "sam"), order("5000", "mike", "sam")
    assert [told(report) for report in reports_of(first, second)] == [("beneficiary", "sam", ids(first, second))]


def test_roles_are_not_mixed() -> None:
    """Martha asks for one; Iris asks for another on Martha's behalf: nothing is shared (guidance 4, example 1)."""
    assert reports_of(order("9000", "martha", "mike"), order("4000", "iris", "tom", on_behalf_of_id="martha")) == []


def test_mixed_roles_still_meet_in_the_beneficiary() -> None:
    """Guidance 4, example 2: the beneficiary alone is shared."""
    first, second = order("9000", "martha", "mike"), order("8000", "iris", "mike", on_behalf_of_id="martha")
    assert [told(report) for report in reports_of(first, second)] == [("beneficiary", "mike", ids(first, second))]


def test_identical_sets_make_one_report_that_names_both_aggregations() -> None:
    first, second = order("8000", "henry", "sam"), order("6000", "henry", "sam")
    (report,) = reports_of(first, second)
    assert told(report) == ("requester", "henry", ids(first, second))
    assert report.same_as == ("beneficiary",)


def test_overlapping_but_different_sets_are_all_reported() -> None:
    """Guidance 4: 103 and 104 share the requester, 103 and 105 the beneficiary."""
    first, second, third = order("8000", "ted", "ted"), order("6000", "ted", "sally"), order("5000", "sally", "ted")
    assert [told(report) for report in reports_of(first, second, third)] == [
        ("requester", "ted", ids(first, second)),
        ("beneficiary", "ted", ids(first, third)),
    ]


def test_a_set_within_another_is_reported_as_well() -> None:
    """After annex B.2: all four are Eve's, two of them are for Sam."""
    first, second = order("5000", "eve", "ana"), order("4000", "eve", "sam")
    third, fourth = order("11000", "eve", "sam"), order("12000", "eve", "james")
    assert [told(report) for report in reports_of(first, second, third, fourth)] == [
        ("requester", "eve", ids(first, second, third, fourth)),
        ("beneficiary", "sam", ids(second, third)),
    ]


def test_a_large_transfer_is_aggregated_with_others_and_not_repeated_alone() -> None:
    """Since 1 June 2021 amounts at or above the threshold are aggregated too."""
    large, small = order("11000", "eve", "sam"), order("200", "eve", "james")
    assert [told(report) for report in reports_of(large, small)] == [("requester", "eve", ids(large, small))]


def test_a_large_transfer_that_shares_nothing_stands_alone_beside_an_aggregate() -> None:
    large = order("11000", "ana", "luz")
    first, second = order("6000", "eve", "sam"), order("5000", "eve", "james")
    assert [told(report) for report in reports_of(large, first, second)] == [
        ("requester", "eve", ids(first, second)),
        ("not_applicable", large.order_id, ids(large)),
    ]


def test_midnight_in_toronto_parts_two_windows() -> None:
    late = order("6000", created_at=at("2026-11-18T23:59:59.999999"))
    early = order("6000", created_at=at("2026-11-19T00:00"))
    assert reports_of(late, early) == []


def test_other_time_zones_are_converted_to_the_window() -> None:
    """21:30 in Vancouver on the 18th is 00:30 in Toronto on the 19th."""
    first = order("6000", created_at=at("2026-11-19T00:30"))
    second = order("4000", created_at=at("2026-11-19T09:00"))
    (report,) = reports_of(first, second)
    assert str(report.window.day) == "2026-11-19"


def test_the_day_of_twenty_five_hours_has_a_second_window() -> None:
    """On 1 November 2026 the clock goes back: 24 hours after midnight it is 23:00."""
    midday = order("6000", created_at=at("2026-11-01T12:00"))
    before, after = (order("4000", created_at=at(f"2026-11-01T{clock}")) for clock in ("22:59:59", "23:00"))
    (report,) = reports_of(midday, before, after)
    assert told(report)[2] == ids(midday, before)
    assert report.window.end.timestamp() - report.window.start.timestamp() == timedelta(hours=24).total_seconds()
    assert report.window.end.isoformat() == "2026-11-01T23:00:00-05:00"


def test_the_day_of_twenty_three_hours_ends_at_midnight() -> None:
    early, late = (order("5000", created_at=at(f"2026-03-08T{clock}")) for clock in ("00:00", "23:59:59"))
    next_day = order("5000", created_at=at("2026-03-09T00:00"))
    (report,) = reports_of(early, late, next_day)
    assert told(report)[2] == ids(early, late)


def test_cancelled_and_domestic_orders_do_not_count() -> None:
    assert reports_of(order("20000", status="cancelled"), order("20000", corridor="CA-CA")) == []


def test_incoming_orders_are_no_initiation() -> None:
    assert reports_of(order("20000", corridor="MX-CA")) == []


def test_fees_are_not_part_of_the_amount_and_foreign_money_is_converted_at_the_days_rate() -> None:
    (report,) = reports_of(order("7299.28", currency="USD"))
    assert report.total_minor == 1_000_001
    assert reports_of(order("7299.26", currency="USD")) == []


@pytest.mark.parametrize(("amount", "cents"), [("7300.50", 10_877_74), ("7400.50", 11_026_74), ("7400.10", 11_026_15)])
def test_cents_are_rounded_half_to_even(amount: str, cents: int) -> None:
    (report,) = reports_of(order(amount, currency="EUR"))
    assert report.total_minor == cents


def test_an_order_without_a_rate_is_refused_by_name_and_the_others_go_on() -> None:
    odd, good = order("50000", currency="XTS"), order("10000")
    selection = select_reports([odd, good], CANADA)
    assert [told(report)[2] for report in selection.reports] == [ids(good)]
    (error,) = selection.refused
    assert error.field == "currency"
    assert odd.order_id in error.message


HISTORY_START = at("2026-10-31T00:00").astimezone(UTC)  # before the day of twenty-five hours
parties = st.sampled_from(["ana", "eve", "sam", "ted"])
orders = st.builds(
    lambda cents, who, whom, third, hours: order(
        str(Decimal(cents).scaleb(-2)), who, whom, on_behalf_of_id=third, created_at=HISTORY_START + hours
    ),
    st.integers(1, 1_500_000),
    parties,
    parties,
    st.none() | parties,
    st.integers(0, 72 * 3600).map(lambda seconds: timedelta(seconds=seconds)),
)


@given(st.lists(orders, max_size=12))
def test_no_report_is_below_the_threshold_and_none_is_told_twice(some: list[RemittanceOrder]) -> None:
    reports = reports_of(*some)
    assert all(report.total_minor >= 1_000_000 for report in reports)
    sets = [tuple(transfer.order.order_id for transfer in report.transfers) for report in reports]
    assert len(set(sets)) == len(sets)
    assert len({report.key for report in reports}) == len(reports)


@given(st.lists(orders, max_size=12))
def test_whatever_reaches_the_threshold_is_covered(some: list[RemittanceOrder]) -> None:
    reports = reports_of(*some)
    covered = {transfer.order.order_id for report in reports for transfer in report.transfers}
    by_party: Counter[tuple[object, ...]] = Counter()
    for one in some:
        cents = int(one.amount.scaleb(2))
        roles = {"requester": one.user_id, "third": one.on_behalf_of_id, "beneficiary": one.beneficiary_id}
        for role, party in roles.items():
            if party:
                by_party[role, party, _window_start(one)] += cents
    for one in some:
        roles = {"requester": one.user_id, "third": one.on_behalf_of_id, "beneficiary": one.beneficiary_id}
        due = any(by_party[role, party, _window_start(one)] >= 1_000_000 for role, party in roles.items() if party)
        assert due == (one.order_id in covered)


@given(st.lists(orders, max_size=12))
def test_a_transfer_lies_in_one_window_of_at_most_twenty_four_hours(some: list[RemittanceOrder]) -> None:
    windows: dict[str, set[str]] = {}
    for report in reports_of(*some):
        assert report.window.end.timestamp() - report.window.start.timestamp() <= 24 * 3600
        for transfer in report.transfers:
            assert report.window.start <= transfer.order.created_at < report.window.end
            windows.setdefault(transfer.order.order_id, set()).add(report.window.period)
    assert all(len(periods) == 1 for periods in windows.values())


def _window_start(one: RemittanceOrder) -> tuple[str, bool]:
    """An independent statement of the window: the local day, and whether it is the hour won on 1 November."""
    local = one.created_at.astimezone(CANADA.zone)
    return str(local.date()), str(local.date()) == "2026-11-01" and local.hour == 23


def test_the_order_of_arrival_does_not_matter() -> None:
    first, second, third = order("8000", "ted", "ted"), order("6000", "ted", "sally"), order("5000", "sally", "ted")
    assert reports_of(first, second, third) == reports_of(third, first, second)


@pytest.mark.parametrize(
    "moment",
    [datetime(2019, 3, 1, 12, tzinfo=UTC), datetime(2021, 6, 1, 3, tzinfo=UTC), datetime(1, 1, 1, tzinfo=UTC)],
    ids=["years before the first rule", "the local day before it", "the first day that there is"],
)
def test_an_order_of_a_day_without_a_rule_is_refused_by_name_and_the_rest_is_judged(moment: datetime) -> None:
    old, good = order("12000", created_at=moment), order("12000")
    selection = select_reports([old, good], CANADA)
    assert [told(report)[2] for report in selection.reports] == [ids(good)]
    (refused,) = selection.refused
    assert (refused.field, old.order_id in refused.message) == ("created_at", True)
    assert selection.judged == ids(good)
