"""History: every version of a row with the interval in which it held."""

from __future__ import annotations

from contracts.tables import find_table
from pipelines.lakehouse.catalog import Lake
from pipelines.lakehouse.quarantine import QUARANTINE
from pipelines.lakehouse.refresh import refresh, refresh_together
from pipelines.lakehouse.specification import find_silver
from tests.unit.pipelines.lakes import Json, change, instalment, land

TABLE = find_table("diasporacore", "loan_repayments")
STATE, HISTORY = find_silver(TABLE.silver), find_silver(TABLE.silver_history)


def held(lake: Lake) -> list[tuple[int, str, int, int | None]]:
    """Instalment, amount paid, and the microseconds of its interval, counted as the log positions of `change`."""
    lake.attach(HISTORY.name)
    at = "epoch_us({}) - 1795366525561381"
    query = f"select instalment, paid_amount::varchar, {at.format('valid_from')}, {at.format('valid_to')} from {HISTORY.name}"
    return lake.session.execute(f"{query} order by 1, 3").fetchall()


def told(lake: Lake, *batches: list[Json | str | None]) -> list[tuple[int, str, int, int | None]]:
    offset = 0
    for batch in batches:
        offset = land(lake, TABLE.bronze, TABLE.topic, batch, offset)
        refresh(lake, HISTORY)
    return held(lake)


def test_an_update_closes_a_version_and_a_deletion_the_last(lake: Lake) -> None:
    changes: list[Json | str | None] = [
        change("c", instalment(1), 5),
        change("u", instalment(1, "9.00"), 7),
        change("d", instalment(1), 9),
    ]
    again = change("c", instalment(1, "1.00"), 12)
    expected = [(1, "0.00", 5, 7), (1, "9.00", 7, 9), (1, "1.00", 12, None)]
    assert told(lake, changes[:1], changes[1:], [again]) == expected


def test_a_snapshot_that_comes_in_pieces_and_out_of_order_closes_only_what_it_lacks(lake: Lake) -> None:
    known: list[Json | str | None] = [change("c", instalment(number), number) for number in (1, 2, 3)]
    last = change("r", instalment(2), 50, snapshot="last_in_data_collection")
    first = change("r", instalment(1), 50, snapshot="first_in_data_collection")
    assert told(lake, known, [last], [first]) == [(1, "0.00", 1, None), (2, "0.00", 2, None), (3, "0.00", 3, 50)]


def test_a_change_that_comes_late_takes_its_place(lake: Lake) -> None:
    early, late = [change("u", instalment(1, paid), lsn) for paid, lsn in (("2.00", 7), ("3.00", 9))]
    assert told(lake, [change("c", instalment(1), 5), late], [early, late]) == [
        (1, "0.00", 5, 7),
        (1, "2.00", 7, 9),
        (1, "3.00", 9, None),
    ]


def test_a_misfit_is_told_of_once_and_leaves_the_version_before_it_standing(lake: Lake) -> None:
    documents: list[Json | str | None] = [change("c", instalment(1), 5), change("u", instalment(1, "much"), 7)]
    land(lake, TABLE.bronze, TABLE.topic, documents)
    assert [done.quarantined for done in refresh_together(lake, (STATE, HISTORY))] == [1, 0]
    assert held(lake) == [(1, "0.00", 5, None)]
    lake.attach(QUARANTINE)
    assert lake.count(f"select count(*) from {QUARANTINE}") == 1
