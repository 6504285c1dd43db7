"""Somebody's transactions into the operational database, as history, once: `import_transactions`."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd  # type: ignore[import-untyped]
import psycopg

from contracts.settings import Settings
from contracts.tables import find_table
from sources.bulk import Columns, insert_new
from sources.importing.accepting import accept_rows
from sources.importing.amounts import hundredths
from sources.importing.mapping import Mapping, load_mapping

# What is being written, rows done, rows in all.
Progress = Callable[[str, int, int], None]

_APP = "diasporacore"
_DIGEST_LENGTH = 32


@dataclass(frozen=True)
class ImportSummary:
    """What an import did; `inserted` counts new rows by table, `present` movements that an earlier import brought."""

    tenant: str
    read: int
    selected: int
    rejected: int
    present: int
    inserted: dict[str, int] = field(default_factory=dict)
    labels_pending: int = 0
    rejects_file: str = ""
    seconds: float = 0.0


def import_transactions(  # noqa: PLR0913 - what a caller may choose
    settings: Settings,
    file: Path,
    mapping: str | Path,
    *,
    start: date | None = None,
    end: date | None = None,
    limit: int | None = None,
    progress: Progress | None = None,
) -> ImportSummary:
    """Import the rows from `start` on and before `end` (days of the mapping's zone), the first `limit` of them in time.

    Rows that break the contract go to a file under the state's `imports`, with row number, field and reason; the others are
    written. Labels become known after the mapping's delay; one that lies in the future is left for a later import.
    Raises InvalidInputError for a mapping or a file that cannot be used.
    """
    begun = time.monotonic()
    declared = load_mapping(mapping)
    accepted = accept_rows(file, declared, start=start, end=end, limit=limit)
    rejects_file = _write_rejects(settings, file, accepted.rejects)
    tables, pending = _tables(accepted.rows, accepted.fraud, declared)
    inserted = _write(settings, tables, progress or (lambda _what, _done, _total: None))
    return ImportSummary(
        tenant=declared.tenant.id,
        read=accepted.read,
        selected=len(accepted.rows) + len(accepted.rejects),
        rejected=len(accepted.rejects),
        present=len(accepted.rows) - inserted["account_transactions"],
        inserted=inserted,
        labels_pending=pending,
        rejects_file=rejects_file,
        seconds=time.monotonic() - begun,
    )


def _write_rejects(settings: Settings, file: Path, rejects: pd.DataFrame) -> str:
    if rejects.empty:
        return ""
    path = settings.state / "imports" / f"{file.name}.rejected.csv"
    path.parent.mkdir(parents=True, exist_ok=True)
    rejects.to_csv(path, index=False)
    return str(path)


def _tables(rows: pd.DataFrame, fraud: Any, mapping: Mapping) -> tuple[dict[str, Columns], int]:  # noqa: ANN401
    rows = rows.assign(tenant_id=mapping.tenant.id, attempt=1, updated_at=rows["occurred_at"])
    movements = {name: _values(rows[name]) for name in rows.columns}
    movements["amount"] = hundredths(rows["amount"]).to_numpy().astype(np.int64)
    labels, pending = _labels(rows[fraud], mapping)
    return {
        "tenants": _tenant(mapping),
        "users": _users(rows, mapping),
        "accounts": _accounts(rows),
        "account_transactions": movements,
        "transaction_disputes": labels,
    }, pending


def _tenant(mapping: Mapping) -> Columns:
    values = {"tenant_id": mapping.tenant.id, "name": mapping.tenant.name, "country": mapping.tenant.country}
    return {
        **{name: np.array([value], dtype=object) for name, value in values.items()},
        "created_at": np.zeros(1, dtype=np.int64),
    }


def _users(rows: pd.DataFrame, mapping: Mapping) -> Columns:
    """One member for each customer; who they are is not in the file, and is not invented."""
    first = rows.drop_duplicates("customer_id")
    count, since = len(first), _values(first["occurred_at"])
    return {
        "user_id": _values(first["customer_id"]),
        "tenant_id": _values(first["tenant_id"]),
        "full_name": np.full(count, "(imported)", dtype=object),
        "email": np.full(count, "(imported)", dtype=object),
        "birth_date": np.full(count, "1900-01-01", dtype=object),
        "country": np.full(count, mapping.tenant.country, dtype=object),
        "kyc_tier": np.zeros(count, dtype=np.int64),
        "registered_at": since,
        "updated_at": since,
    }


def _accounts(rows: pd.DataFrame) -> Columns:
    first = rows.drop_duplicates("account_id")
    since = _values(first["occurred_at"])
    return {
        "account_id": _values(first["account_id"]),
        "user_id": _values(first["customer_id"]),
        "tenant_id": _values(first["tenant_id"]),
        "currency": _values(first["currency"]),
        "status": np.full(len(first), "active", dtype=object),
        "opened_at": since,
        "updated_at": since,
    }


def _labels(rows: pd.DataFrame, mapping: Mapping) -> tuple[Columns, int]:
    if mapping.label is None:
        return {"tenant_id": np.array([], dtype=object), "dispute_id": np.array([], dtype=object)}, 0
    known = rows["occurred_at"] + mapping.label.delay
    told = (known <= pd.Timestamp.now("UTC")).to_numpy()
    rows, known = rows[told], known[told]
    return {
        "dispute_id": _label_ids(rows),
        "tenant_id": _values(rows["tenant_id"]),
        "transaction_id": _values(rows["transaction_id"]),
        "leg": _values(rows["leg"]),
        "label": np.full(len(rows), "fraud", dtype=object),
        "kind": np.full(len(rows), mapping.label.kind, dtype=object),
        "recorded_at": _values(known),
    }, int((~told).sum())


def _label_ids(rows: pd.DataFrame) -> Any:  # noqa: ANN401 - a numpy array
    """The same at every import: a digest of the movement, whose two legs are two movements."""
    movements = zip(rows["transaction_id"], rows["leg"], strict=True)
    # The length of each part keeps ("a b", "c") apart from ("a", "b c").
    digests = [hashlib.sha256(f"{len(one)} {one} {leg}".encode()).hexdigest() for one, leg in movements]
    return np.array([f"label-{digest[:_DIGEST_LENGTH]}" for digest in digests], dtype=object)


def _values(column: pd.Series) -> Any:  # noqa: ANN401 - a numpy array
    """Times as microseconds since 1970, everything else as it is."""
    if pd.api.types.is_datetime64_any_dtype(column):
        return column.dt.tz_convert("UTC").dt.tz_localize(None).to_numpy(dtype="datetime64[us]").astype(np.int64)
    return column.to_numpy()


def _write(settings: Settings, tables: dict[str, Columns], progress: Progress) -> dict[str, int]:
    total = sum(len(next(iter(columns.values()))) for columns in tables.values())
    done, inserted = 0, {}
    with psycopg.connect(settings.database_url("operations"), autocommit=True) as connection:
        connection.execute("set atalaya.origin = 'history'")
        for name, columns in tables.items():

            def advance(count: int, what: str = name) -> None:
                nonlocal done
                done += count
                progress(what, done, total)

            inserted[name] = insert_new(connection, find_table(_APP, name), columns, advance)
        connection.execute("analyze")
    return inserted
