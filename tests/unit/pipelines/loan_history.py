"""A lakehouse with enough loans and borrowers for a card to be fitted, and what a run on it records."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pandas as pd  # type: ignore[import-untyped]

from contracts.models import micro_loan_model
from ml.credit.run import card_parameters, card_provenance, train_card
from pipelines.lakehouse.catalog import Lake
from pipelines.models.data import read_loan_data
from pipelines.models.reproduction import Recorded
from tests.unit.ml.applications import loans
from tests.unit.pipelines.test_model_data import LOANS, USERS, hold, user

MODEL = micro_loan_model()
_MONEY = ("principal", "applied_income", "applied_existing_debt")
_WHOLE = ("applied_bureau_score", "applied_employment_months", "applied_remittances_90d")


def hold_loans(lake: Lake, seed: int = 3) -> None:
    """Twelve hundred loans of one credit union, a borrower each, in place of what was there."""
    frame = loans(seed=seed)
    hold(lake, USERS, *(user(f"user-{number}", date(1990, 1, 1)) for number in range(len(frame))))
    hold(lake, LOANS, *(_row(number, told) for number, told in enumerate(frame.to_dict("records"))))


def trained_run(lake: Lake) -> Recorded:
    """What a run on the present loans leaves behind."""
    data = read_loan_data(lake)
    return Recorded(
        tags=card_provenance(MODEL, data.snapshots).origin(),
        parameters={name: str(value) for name, value in card_parameters(MODEL).items()},
        content=train_card(MODEL, data.loans, groups=data.groups).content,
    )


def _row(number: int, told: dict[str, Any]) -> dict[str, Any]:
    known = {name: value for name, value in told.items() if not pd.isna(value)}
    return {
        **known,
        **{name: Decimal(f"{known[name]:.2f}") for name in _MONEY},
        **{name: int(known[name]) for name in _WHOLE if name in known},
        **{name: known[name].to_pydatetime() for name in ("disbursed_at", "defaulted_at") if name in known},
        "tenant_id": "union",
        "user_id": f"user-{number}",
    }
