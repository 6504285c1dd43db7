"""A champion and rules as production has them: the model by the product's own training on rows that were made up."""

from __future__ import annotations

import json
from datetime import timedelta
from functools import cache

import numpy as np
import pandas as pd  # type: ignore[import-untyped]

from contracts.models import fraud_model
from contracts.models.files import champion_file
from contracts.rules import compile_active
from contracts.settings import Settings
from ml.fraud.run import train_fraud
from streaming.submit import write_rules
from tests.bench.streaming_events import END

_ROWS = 20_000
_FRAUDS = 0.03
_DAYS = 60
_EMPTY = 0.05
_ACCOUNTS = 500


def publish(settings: Settings) -> bytes:
    """Write model and rules where the job looks for them; the model's ONNX."""
    write_rules(settings.rules_file, compile_active())
    content = trained_model()
    file = champion_file(settings, "fraud")
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content)
    return content


@cache
def trained_model() -> bytes:
    """As many trees and leaves as are declared, over inputs that each say a little."""
    declared = fraud_model()
    draw = np.random.default_rng(declared.training.seed)
    inputs = draw.lognormal(2.0, 1.5, (_ROWS, len(declared.inputs)))
    weights = draw.normal(0, 1, len(declared.inputs))
    risk = np.log(inputs) @ weights + draw.normal(0, 2, _ROWS)
    inputs[draw.random(inputs.shape) < _EMPTY] = np.nan
    moments = pd.to_datetime(END - timedelta(days=_DAYS)) + pd.to_timedelta(np.sort(draw.random(_ROWS)) * _DAYS, "D")
    movements = pd.DataFrame({"transaction_id": [f"tx-{row}" for row in range(_ROWS)], "leg": "debit"})
    facts = {"attempt": 1, "occurred_at": moments, "kind": declared.judged_kinds[0], "amount_usd_minor": 1000}
    accounts = [f"account-{row % _ACCOUNTS}" for row in range(_ROWS)]
    decisions = movements.assign(account_id=accounts, **facts).join(pd.DataFrame(inputs, columns=list(declared.inputs)))
    fraud = risk >= np.quantile(risk, 1 - _FRAUDS)
    labels = movements.assign(label=np.where(fraud, "fraud", "legitimate"), known_at=moments)
    return train_fraud(decisions, labels).content


def rules_of(count: int) -> str:
    """The compiled rules with so many in each pack: the declared ones, again under other names when they run out."""
    compiled = json.loads(compile_active())
    for pack in compiled["packs"].values():
        declared = pack["rules"]
        pack["rules"] = [
            {**declared[number % len(declared)], "id": f"CA-BENCH-{number:03d}"} for number in range(count)
        ]
    compiled["digest"] = f"bench-{count}"
    return json.dumps(compiled, sort_keys=True)
