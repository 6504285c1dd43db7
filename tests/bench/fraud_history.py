"""Somebody's payments as the platform has them: taken in by a mapping, told as events, and each one's features as the kernel gives them.

It is the kernel itself, `atalaya.kernel.Replay`, whose features are kept, in one JVM and without a cluster. Movements and labels reach it in
the order in which they were written, a label when its mapping's delay is over, as the job's ordered replay takes them
(docs/decisions/0022). What came out is kept below the state, under a name that every input goes into.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import orjson
import pandas as pd  # type: ignore[import-untyped]

from contracts.errors import PermanentError
from contracts.features import feature_names
from contracts.settings import Settings
from sources.importing.accepting import AcceptedRows, accept_rows
from sources.importing.amounts import hundredths
from sources.importing.mapping import Mapping, load_mapping
from streaming.configuration import job_configuration
from streaming.kernel_jar import kernel_jar
from tests.bench.kernel_run import LABELS, MOVEMENTS, decided, event, record

Json = dict[str, Any]
Matrix = npt.NDArray[np.float32]

_APP = "diasporacore"  # where an import writes
_NOT_OF_THE_EVENT = ("amount", "occurred_at")


@dataclass(frozen=True)
class History:
    """All payments in order of time. `rows` has the mapped columns; `features`, in the order of `names`, begin at the row `first`.

    `rejected` rows of the file break the contract (the book's have amounts of nothing): no import takes them, and nobody here sees them.
    """

    rows: pd.DataFrame
    fraud: npt.NDArray[np.bool_]
    amount_usd_minor: npt.NDArray[np.int64]
    names: tuple[str, ...]
    features: Matrix
    first: int
    rejected: int

    def inputs(self, rows: npt.NDArray[np.intp], names: Sequence[str]) -> Matrix:
        """The named features of some rows, none before `first`."""
        places = np.array([self.names.index(name) for name in names])
        taken: Matrix = self.features[np.ix_(rows - self.first, places)]
        return taken


def read_history(settings: Settings, file: Path, mapping: str, kept_from: date, end: date) -> History:
    """Payments before `end`, all of them counted by the kernel; features are kept from the day `kept_from` on."""
    declared = load_mapping(mapping)
    accepted = accept_rows(file, declared, end=end)
    first = int((accepted.rows["occurred_at"] < pd.Timestamp(kept_from, tz=declared.zone)).sum())
    place = settings.state / "bench" / "fraud" / f"{_fingerprint(settings, file, declared, kept_from, end)}.npy"
    if not place.exists():
        place.parent.mkdir(parents=True, exist_ok=True)
        partial = place.with_suffix(".partial.npy")
        np.save(partial, kernel_features(settings, accepted, declared, first))
        partial.replace(place)
    cents = hundredths(accepted.rows["amount"]).to_numpy().astype(np.int64)
    return History(accepted.rows, accepted.fraud, cents, feature_names(), np.load(place), first, len(accepted.rejects))


def kernel_features(settings: Settings, accepted: AcceptedRows, mapping: Mapping, first: int) -> Matrix:
    """The features of every payment from the row `first` on, after the kernel has taken all before; NaN is a missing value.

    Decisions come in the order of the payments; those before `first` are counted and not parsed.
    """
    expected, names = accepted.rows["transaction_id"].tolist(), list(feature_names())
    features = np.empty((len(expected) - first, len(names)), dtype=np.float32)
    count = 0
    for row, line in enumerate(decided(settings, records(accepted, mapping))):
        count += 1
        if row < first:
            continue
        decision = orjson.loads(line)["value"]["data"]
        told = decision["features"]
        if decision["transaction_id"] != expected[row]:
            raise PermanentError(f"The kernel decided {decision['transaction_id']} where {expected[row]} was due.")
        features[row - first] = [np.nan if (value := told[name]) is None else value for name in names]
    if count != len(expected):
        raise PermanentError(f"The kernel decided {count} of {len(expected)} payments.")
    return features


def records(accepted: AcceptedRows, mapping: Mapping) -> Iterator[bytes]:
    """Movements and labels as the kernel reads them, one JSON line each, in the order in which they were written."""
    events = _movements(accepted, mapping)
    told = _labels(accepted, mapping)
    waiting = next(told, None)
    for offset, movement in enumerate(events):
        while waiting is not None and waiting["time"] <= movement["time"]:
            yield record(LABELS, offset, waiting)
            waiting = next(told, None)
        yield record(MOVEMENTS, offset, movement)


def _movements(accepted: AcceptedRows, mapping: Mapping) -> Iterator[Json]:
    """What the outbox makes of a committed row (sources/sql/11_diasporacore_transactions.sql)."""
    amounts = hundredths(accepted.rows["amount"]).astype(np.int64).tolist()
    columns = [name for name in accepted.rows.columns if name not in _NOT_OF_THE_EVENT]
    values = zip(*(accepted.rows[name].tolist() for name in columns), strict=True)
    times = _texts(accepted.rows["occurred_at"])
    common: Json = {
        "app": _APP,
        "tenant_id": mapping.tenant.id,
        "jurisdiction": mapping.tenant.country,
        "attempt": 1,
        "kyc_tier": 0,
    }
    for row, amount, at in zip(values, amounts, times, strict=True):
        data = common | dict(zip(columns, row, strict=True))
        if data["currency"] != "USD":
            raise PermanentError(f"This benchmark knows no rate of {data['currency']}.")
        data |= {"amount_minor": amount, "amount_usd_minor": amount, "rate_id": f"USDUSD:{at[:10]}", "occurred_at": at}
        yield event(_APP, "transaction.processed.v1", data["transaction_id"], at, data)


def _labels(accepted: AcceptedRows, mapping: Mapping) -> Iterator[Json]:
    if mapping.label is None:
        return
    frauds = accepted.rows[accepted.fraud]
    keys = ["transaction_id", "leg", "account_id", "customer_id", "counterparty_id", "terminal_id"]
    values = zip(*(frauds[name].tolist() for name in keys), strict=True)
    known = _texts(frauds["occurred_at"] + mapping.label.delay)
    for row, at, known_at in zip(values, _texts(frauds["occurred_at"]), known, strict=True):
        data: Json = dict(zip(keys, row, strict=True))
        name = f"label-{data['transaction_id']}"
        told = {"label_id": name, "label": "fraud", "kind": mapping.label.kind, "occurred_at": at, "known_at": known_at}
        yield event(_APP, "label.recorded.v1", name, known_at, data | told)


def _texts(times: pd.Series) -> list[str]:
    instants = times.dt.tz_convert("UTC").dt.tz_localize(None).to_numpy(dtype="datetime64[us]")
    return [f"{text}Z" for text in np.datetime_as_string(instants, unit="us").tolist()]


def _fingerprint(settings: Settings, file: Path, mapping: Mapping, kept_from: date, end: date) -> str:
    views = json.loads(job_configuration(settings))["views"]
    said = [kernel_jar(settings).name, views, mapping.model_dump(mode="json"), str(kept_from), str(end)]
    digest = hashlib.sha256(json.dumps(said, sort_keys=True).encode())
    for part in (file, Path(__file__)):
        digest.update(part.read_bytes())
    return digest.hexdigest()[:16]
