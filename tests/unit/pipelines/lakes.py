"""A small lakehouse on files, and bronze as the sink writes it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa  # type: ignore[import-untyped]
from pyiceberg.catalog.sql import SqlCatalog

from contracts.settings import Settings
from pipelines.lakehouse.catalog import CATALOG, Lake, open_session
from pipelines.lakehouse.refresh import prepare_session

START = datetime(2026, 11, 1, tzinfo=UTC)
KEY = "unit-test-key"
Json = dict[str, Any]

_BRONZE = pa.schema(
    [
        ("value", pa.string()),
        ("topic", pa.string()),
        ("partition", pa.int32()),
        ("offset", pa.int64()),
        ("arrived_at", pa.timestamp("us", tz="UTC")),
    ]
)


@contextmanager
def small_lake(folder: Path) -> Iterator[Lake]:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "secrets.json").write_text(json.dumps({"token_key": KEY}), encoding="utf-8")
    catalog = SqlCatalog(CATALOG, uri=f"sqlite:///{folder}/catalog.db", warehouse=f"file://{folder}/lakehouse")
    session = open_session()
    lake = Lake(catalog, session)
    prepare_session(lake, Settings(state=folder))
    yield lake
    session.close()
    catalog.engine.dispose()


def land(lake: Lake, bronze: str, topic: str, documents: Iterable[Json | str | None], first_offset: int = 0) -> int:
    """Append documents to a bronze table in one commit; the next offset."""
    rows = [
        {
            "value": document if document is None or isinstance(document, str) else json.dumps(document),
            "topic": topic,
            "partition": 0,
            "offset": offset,
            "arrived_at": START + timedelta(seconds=offset),
        }
        for offset, document in enumerate(documents, start=first_offset)
    ]
    lake.catalog.create_namespace_if_not_exists("bronze")
    table = lake.catalog.create_table_if_not_exists(bronze, _BRONZE)
    table.append(pa.Table.from_pylist(rows, schema=_BRONZE))
    return first_offset + len(rows)


def change(operation: str, row: Json, lsn: int, *, snapshot: str = "false") -> Json:
    """A row change as Debezium writes it."""
    return {
        "before": row if operation == "d" else None,
        "after": None if operation == "d" else row,
        "source": {"lsn": lsn, "ts_us": 1_795_366_525_561_381 + lsn, "snapshot": snapshot, "table": "any"},
        "op": operation,
        "ts_ms": 1_795_366_526_642,
    }


def instalment(number: int, paid: str = "0.00", **replaced: object) -> Json:
    """A row of diasporacore.loan_repayments as Debezium writes it."""
    row: Json = {
        "loan_id": "loan-1",
        "tenant_id": "union",
        "instalment": number,
        "due_date": 20_500,
        "due_amount": "90.10",
        "paid_amount": paid,
        "paid_at": None,
        "updated_at": "2026-11-01T10:00:00.123456Z",
    }
    return {**row, **replaced}


def transaction(identifier: str, status: str, **replaced: object) -> Json:
    """A transaction event; `at` is its writing time in seconds after START."""
    at = START + timedelta(seconds=int(str(replaced.pop("at", 0))))
    kinds = {"completed": "processed"}
    data: Json = {
        "transaction_id": identifier,
        "leg": "debit",
        "attempt": 1,
        "status": status,
        "app": "diasporacore",
        "jurisdiction": "CA",
        "kind": "transfer",
        "channel": "app",
        "account_id": "account-1",
        "customer_id": "user-1",
        "amount_minor": 1050,
        "currency": "CAD",
        "amount_usd_minor": 767,
        "rate_id": "CADUSD:2000-01-01",
        "occurred_at": at.isoformat(),
        **replaced,
    }
    return {
        "specversion": "1.0",
        "id": f"{identifier}-{status}",
        "source": "/diasporacore",
        "type": f"transaction.{kinds.get(status, status)}.v1",
        "subject": identifier,
        "time": at.isoformat(),
        "data": data,
    }
