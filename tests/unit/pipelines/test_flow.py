"""A day's rows are usual within robust bounds of its weekday's past."""

from __future__ import annotations

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from contracts.lakehouse.flow import VolumePolicy, load_flow
from pipelines.lakehouse.flow import judge_volume
from pipelines.lakehouse.specification import find_silver

POLICY = VolumePolicy(day_of="occurred_at", weeks=4, minimum_weeks=3, spread=6, tolerance=0.5)
TODAY = date(2026, 11, 22)


def days(yesterday: int, *weeks_before: int) -> dict[date, int]:
    """Today's rows so far, yesterday's, and those of the same weekday before, the latest first."""
    counts = {TODAY: 1, TODAY - timedelta(days=1): yesterday}
    for week, rows in enumerate(weeks_before, start=1):
        counts[TODAY - timedelta(days=1 + 7 * week)] = rows
    return counts


@given(st.integers(1, 10**6), st.integers(-50, 50))
def test_half_of_the_usual_more_or_less_is_no_anomaly(usual: int, percent: int) -> None:
    volume = judge_volume(days(usual + usual * percent // 100, *[usual] * 4), POLICY)
    assert volume is not None
    assert volume.is_usual or usual + usual * percent // 100 < usual / 2


def test_a_day_that_breaks_off_or_doubles_is_unusual() -> None:
    for rows in (0, 400, 2000):
        volume = judge_volume(days(rows, 1000, 1010, 990, 1000), POLICY)
        assert volume is not None
        assert not volume.is_usual


def test_one_odd_week_moves_nothing() -> None:
    volume = judge_volume(days(1000, 1000, 100_000, 990, 1010), POLICY)
    assert volume is not None
    assert volume.most is not None
    assert volume.is_usual
    assert volume.most < 2000


def test_too_few_weeks_say_nothing() -> None:
    volume = judge_volume(days(5, 1000, 1000), POLICY)
    assert volume is not None
    assert volume.is_usual
    assert judge_volume({TODAY: 1}, POLICY) is None


def test_every_declared_class_names_columns_that_its_tables_have() -> None:
    for flow in load_flow().values():
        for name in flow.tables:
            columns = {column.name for column in find_silver(name).stored}
            assert {flow.arrived_by, *([flow.volume.day_of] if flow.volume else [])} <= columns
