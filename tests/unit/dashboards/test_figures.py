"""What the page computes from frames, and what its charts carry."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pandas as pd  # type: ignore[import-untyped]
import pytest

from contracts.tables import load_systems
from dashboards import figures
from dashboards.indicators import approval_rate, indicators, relative_change
from dashboards.queries import Overview
from dashboards.report_list import report_counts, report_list, report_state
from tests.unit.dashboards.allowances import allowance, stage

NOW = datetime(2026, 11, 22, 17, tzinfo=UTC)
DAYS = pd.to_datetime(["2026-11-16", "2026-11-17", "2026-11-23"])


def overview(scale: float = 1.0) -> Overview:
    """Three days of everything, times a scale."""
    return Overview(
        volume=pd.DataFrame({"day": DAYS, "app": "finflow", "transactions": 10.0, "amount_usd": 1000.0 * scale}),
        decisions=pd.DataFrame(
            {"day": DAYS, "outcome": ["allow", "review", "allow"], "decisions": [90.0, 10.0, 100.0]}
        ),
        corridors=pd.DataFrame(
            {"corridor": ["CA-MX", "CA-PH"], "orders": 3.0, "amount_usd": [2e6 * scale, 5e5], "margin_usd": [4e4, 1e4]}
        ),
        margin=pd.DataFrame({"day": DAYS, "margin_usd": 100.0 * scale}),
        fraud=pd.DataFrame(
            {"day": DAYS, "caught_usd": [500.0 * scale, 0, 250], "missed_usd": [0, 60.0, 0], "caught": 1, "missed": 0}
        ),
        alerts=pd.DataFrame({"typology": ["structuring"], "severity": ["high"], "alerts": [4.0 * scale]}),
        reports=reports(),
        allowance=allowance(stage("2026-11-22", "CAD", 1, 1000.0, 10.0)),
    )


def reports(status: str = "filed") -> pd.DataFrame:
    return pd.DataFrame(
        {
            "report_key": ["2026-11-18.requester.0a"],
            "report_id": ["fintrac:eftr:2026-11-18.requester.0a:1"],
            "regulator": "FINTRAC",
            "report_type": "eftr",
            "jurisdiction": "CA",
            "status": status,
            "period_start": NOW - timedelta(days=4),
            "due_at": NOW + timedelta(days=3),
            "total": 11000.0,
            "currency": "CAD",
            "transactions": 2.0,
        }
    )


def test_six_indicators_compare_with_the_period_before() -> None:
    found = {one.label: one for one in indicators(overview(2), overview(1))}
    assert found["Volume"].value == "$6 k"
    assert found["Volume"].change == "+100.0 %"
    assert found["Approval rate"].value == "95.00 %"
    assert found["Approval rate"].change == "+0.00 pts"
    assert found["Remittance margin"].value == "$600"
    assert found["Fraud stopped"].value == "$1.25 k"
    assert found["Fraud missed"].delta_color == "inverse"
    assert found["Alerts raised"].value == "8"


def test_without_a_period_before_there_is_no_change() -> None:
    nothing = Overview(**{name: frame.iloc[:0] for name, frame in vars(overview()).items()})
    assert all(one.change is None for one in indicators(overview(), nothing))
    assert [one.value for one in indicators(nothing, nothing)] == ["$0", "—", "$0", "$0", "$0", "0"]


def test_the_approval_rate_is_the_share_allowed() -> None:
    assert approval_rate(overview().decisions) == pytest.approx(0.95)
    assert approval_rate(overview().decisions.iloc[:0]) is None
    assert relative_change(5, 0) is None


@pytest.mark.parametrize(
    ("amount", "text"),
    [(96, "$96"), (1234, "$1.23 k"), (310_000, "$310 k"), (1_240_000, "$1.24 M"), (2.5e9, "$2.5 B"), (0, "$0")],
)
def test_money_is_short(amount: float, text: str) -> None:
    assert figures.short_money(amount) == text


def test_fraud_is_added_by_week_from_monday() -> None:
    stopped, missed = figures.fraud_figure(overview().fraud).data
    assert [str(day)[:10] for day in stopped.x] == ["2026-11-16", "2026-11-23"]
    assert list(stopped.y) == [500.0, 250.0]
    assert list(missed.y) == [60.0, 0.0]


def test_corridors_show_the_largest_first_with_their_margin() -> None:
    (bars,) = figures.corridors_figure(overview().corridors).data
    assert bars.y[-1] == "CA → MX"
    assert bars.text[-1].strip() == "$2 M · 2.0 %"


def test_decisions_leave_out_what_was_allowed() -> None:
    names = {bars.name: sum(bars.y) for bars in figures.decisions_figure(overview().decisions).data}
    assert names == {"Sent to review": 10.0, "Declined": 0}


def test_every_system_has_a_name_and_a_colour_of_its_own() -> None:
    apps = {system.app for system in load_systems()}
    assert apps == set(figures.APPS) == set(figures.APP_NAMES)
    assert len(set(figures.APPS.values())) == len(set(figures.APP_NAMES.values())) == len(apps)


def test_alerts_and_volume_name_what_they_show() -> None:
    (alerts,) = figures.alerts_figure(overview().alerts).data
    assert (alerts.name, list(alerts.y)) == ("High severity", ["Structuring"])
    (volume,) = figures.volume_figure(overview().volume).data
    assert volume.name == "Merchant payments"


def test_an_invalid_report_is_overdue_once_its_deadline_passed() -> None:
    assert report_state("invalid", NOW - timedelta(days=1), NOW) == "late"
    assert report_state("invalid", NOW + timedelta(days=1), NOW) == "invalid"
    assert report_state("filed", NOW - timedelta(days=1), NOW) == "filed"


def test_the_most_urgent_report_comes_first_and_text_is_escaped() -> None:
    several = pd.concat([reports(), reports("invalid"), reports("open").assign(regulator="<b>")])
    assert list(report_counts(several, NOW)) == ["invalid", "open", "filed"]
    shown = report_list(several, NOW)
    assert shown.index("Not valid") < shown.index("Window open") < shown.index("Filed")
    assert "&lt;b&gt;" in shown
    assert "CAD 11,000 in 2 transfers" in shown


def test_a_deadline_is_shown_by_the_regulators_calendar() -> None:
    """The last second of 27 November in Toronto is the 28th in UTC."""
    due = reports().assign(due_at=datetime(2026, 11, 28, 4, 59, 59, tzinfo=UTC))
    assert "due 27 Nov" in report_list(due, NOW)
