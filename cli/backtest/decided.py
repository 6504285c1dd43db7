"""What was decided and what became known, from silver, and a replay's decisions beside it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from cli.backtest.movements import (
    Decision,
    LegKey,
    Movement,
    MovementKey,
    Told,
    Truth,
    latest_labels,
    packed,
    truth_of,
)
from contracts.errors import NotFoundError
from contracts.models import fraud_model

if TYPE_CHECKING:
    from pipelines.lakehouse.catalog import Lake

Json = dict[str, Any]

_DECISIONS, _LABELS, _COMMITTED = "silver.decisions", "silver.labels", "silver.transactions"
_COLUMNS = (
    *(
        "transaction_id",
        "leg",
        "attempt",
        "account_id",
        "kind",
        "amount_usd_minor",
        "occurred_at",
        "origin",
        "mode",
        "outcome",
    ),
    *("score", "rules", "model_version", "pack_version", "policy_version", "features_version", "features"),
)
_VERSIONS = ("model_version", "pack_version", "policy_version", "features_version")


@dataclass(frozen=True)
class Known:
    """One decided movement with today's knowledge of it."""

    account: str
    kind: str
    amount: int
    truth: Truth
    decided: Decision
    after_question: bool = False


def read_known(lake: Lake, start: datetime, end: datetime) -> dict[MovementKey, Known]:
    """The decided movements of an interval; raises NotFoundError when silver has none."""
    lake.attach(_DECISIONS, _LABELS, _COMMITTED)
    labels, present = _labels(lake)
    asked = _uncommitted(lake)
    maturity = fraud_model().label_maturity
    rows = lake.session.execute(
        f"select {', '.join(_COLUMNS)} from {_DECISIONS} where occurred_at >= ? and occurred_at < ?",  # noqa: S608 - declared names only
        [start, end],
    ).fetchall()
    if not rows:
        raise NotFoundError(
            f"silver.decisions has none between {start} and {end}.", hint="Refresh silver: './atalaya open dagster'."
        )
    known: dict[MovementKey, Known] = {}
    for row in rows:
        told = dict(zip(_COLUMNS, row, strict=True))
        truth = truth_of((told["transaction_id"], told["leg"]), told["occurred_at"], labels, present, maturity)
        first_asked = asked.get(told["account_id"])
        known[key_of(told)] = Known(
            told["account_id"],
            told["kind"],
            int(told["amount_usd_minor"]),
            truth,
            decision_of(told),
            after_question=first_asked is not None and told["occurred_at"] >= first_asked,
        )
    return known


def beside(known: Mapping[MovementKey, Known], replayed: Iterable[Json]) -> list[Movement]:
    """Each decided movement with the replay's decision on it; of two on one movement the first counts."""
    tried: dict[MovementKey, Decision] = {}
    for told in replayed:
        if (key := key_of(told)) in known and key not in tried:
            tried[key] = decision_of(told)
    return [
        Movement(key, one.kind, one.amount, one.truth, one.decided, decision, one.account, one.after_question)
        for key, decision in sorted(tried.items())
        for one in (known[key],)
    ]


def key_of(told: Json) -> MovementKey:
    """The movement that a decision is about."""
    return str(told["transaction_id"]), str(told["leg"]), int(told["attempt"])


def decision_of(told: Json) -> Decision:
    """A decision as a message or a row of silver tells it."""
    return Decision(
        outcome=told["outcome"],
        score=told["score"],
        rules=tuple(_parsed(told["rules"])),
        versions=tuple(str(told[name]) for name in _VERSIONS),
        features=packed(_parsed(told["features"])),
        asked=told["origin"] == "request" or told["mode"] == "fallback",
    )


def _uncommitted(lake: Lake) -> dict[str, datetime]:
    """When each account first asked about a movement that it then did not commit: it counted for what the account did next."""
    rows = lake.session.execute(
        f"select account_id, min(occurred_at) from {_DECISIONS} anti join {_COMMITTED} using (transaction_id, leg)"  # noqa: S608 - declared names only
        " where origin = 'request' or mode = 'fallback' group by account_id"
    ).fetchall()
    return dict(rows)


def _labels(lake: Lake) -> tuple[dict[LegKey, Told], datetime]:
    """The present is the latest moment that the data know, so that the same data give the same result."""
    rows = lake.session.execute(f"select transaction_id, leg, label, known_at from {_LABELS}").fetchall()  # noqa: S608
    labels = [Told((transaction, leg), label, known_at) for transaction, leg, label, known_at in rows]
    row = lake.session.execute(f"select max(occurred_at) from {_DECISIONS}").fetchone()  # noqa: S608
    moments = [label.known_at for label in labels] + ([row[0]] if row and row[0] else [])
    if not moments:
        raise NotFoundError("silver.decisions is empty.", hint="Materialise silver first.")
    return latest_labels(labels), max(moments)


def _parsed(value: Any) -> Any:  # noqa: ANN401 - what a JSON document holds
    return json.loads(value) if isinstance(value, str) else value
