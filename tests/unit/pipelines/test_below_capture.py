"""What enters below capture is to silver as what Debezium sent, and later changes are told apart from it."""

from __future__ import annotations

import json
from decimal import Decimal

from contracts.tables import Table, find_table
from pipelines.lakehouse.catalog import Lake
from pipelines.lakehouse.content import content_hash
from pipelines.lakehouse.refresh import refresh, refresh_together
from pipelines.lakehouse.specification import find_silver
from pipelines.landing.below_capture import PARTITION, Entry, append_below_capture
from tests.unit.pipelines.lakes import START, change, instalment, land

TABLE = find_table("diasporacore", "loan_repayments")
SILVERS = (find_silver(TABLE.silver), find_silver(TABLE.silver_history))
ROWS = """
select i as row_number, 'union' as tenant_id, 'loan-1' as loan_id, (i + 1)::smallint as instalment, date '2026-02-16' as due_date,
    90.1::decimal(18,2) as due_amount, 0::decimal(18,2) as paid_amount, null::timestamptz as paid_at,
    timestamptz '2026-11-01 10:00:00.123456Z' as updated_at
from range(3) numbers(i)
"""


def enter(lake: Lake, table: Table = TABLE) -> None:
    append_below_capture(lake, table, ROWS, 3, Entry(START))


def test_a_document_is_the_one_that_debezium_writes(lake: Lake) -> None:
    enter(lake)
    lake.attach(TABLE.bronze)
    rows = lake.session.execute(f'select value, topic, "partition", "offset" from {TABLE.bronze} order by 4').fetchall()
    assert [row[1:] for row in rows] == [(TABLE.topic, PARTITION, offset) for offset in range(3)]
    document = json.loads(rows[0][0])
    assert document["after"] == instalment(1, due_date=20_500)
    assert (document["op"], document["before"]) == ("r", None)


def test_silver_takes_it_in_and_real_changes_after_it_whatever_their_offsets(lake: Lake) -> None:
    enter(lake)
    assert [done.rows for done in refresh_together(lake, SILVERS)] == [3, 3]
    land(lake, TABLE.bronze, TABLE.topic, [change("u", instalment(2, paid="5.00"), 10), change("d", instalment(3), 11)])
    assert [(done.changes, done.rebuilt) for done in refresh_together(lake, SILVERS)] == [(2, False), (2, False)]
    lake.attach(TABLE.silver)
    paid = lake.session.execute(f"select instalment, paid_amount from {TABLE.silver} order by 1").fetchall()
    assert paid == [(1, Decimal("0.00")), (2, Decimal("5.00"))]
    before = [content_hash(lake, table.name) for table in SILVERS]
    for table in SILVERS:
        assert refresh(lake, table, full=True).rebuilt
    assert [content_hash(lake, table.name) for table in SILVERS] == before
