"""What was decided in a window, as monitoring judges it: payments by their decisions, loans by what was applied with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
import pandas as pd  # type: ignore[import-untyped]

from contracts.features import feature_names
from contracts.models import ModelName, fraud_model
from contracts.models.credit import CreditModel
from ml.champions import Champion
from ml.credit.dataset import feature_frame
from ml.credit.outcomes import defaulted
from ml.governance.monitoring import Decided, Window
from ml.governance.resampling import Values
from pipelines.lakehouse.catalog import Lake
from pipelines.models.data import read_loan_data

PAYMENTS = _ACTIVITY, _DECISIONS, _LABELS = "features.transaction_activity", "silver.decisions", "silver.labels"

Reader = Callable[[Champion, Window], Decided | None]


@dataclass(frozen=True)
class Watched:
    """A model's data: how far they reach, when an outcome counts as known, and the decisions of a window.

    `present` is the latest moment that they know, so that the same data give the same findings.
    `read` gives None where nothing was decided, or the model's inputs are no longer there.
    """

    model: ModelName
    present: datetime
    maturity: timedelta
    alert_budget: float | None
    read: Reader


def watched_payments(lake: Lake) -> Watched | None:
    """What the fraud model decided on; None while there is nothing. Raises NotFoundError for a table that is not there."""
    lake.attach(_ACTIVITY, _DECISIONS, _LABELS)
    row = lake.session.execute(
        f"select max(moment) from (select max(occurred_at) as moment from {_ACTIVITY} "  # noqa: S608 - declared names only
        f"union all select max(known_at) from {_LABELS})"
    ).fetchone()
    if row is None or row[0] is None:
        return None
    declared = fraud_model()

    def read(champion: Champion, window: Window) -> Decided | None:
        return _payments_of(lake, champion, window)

    return Watched("fraud", row[0], declared.label_maturity, declared.decision.alert_budget, read)


def _payments_of(lake: Lake, champion: Champion, window: Window) -> Decided | None:
    """Every live decision of the job, with the score that the champion gives to what was logged with it."""
    if not set(champion.features) <= set(feature_names()):
        return None
    inputs = ", ".join(champion.features)
    rows = lake.session.execute(
        f"select account_id, kind, coalesce(told.fraud, false) as fraud, shadow_score, shadow_model_version, {inputs} "  # noqa: S608 - declared names only
        f"from {_ACTIVITY} join (select transaction_id, leg, attempt, shadow_score, shadow_model_version from {_DECISIONS}) "
        "using (transaction_id, leg, attempt) left join ("
        f"select transaction_id, leg, arg_max(label, known_at) = 'fraud' as fraud from {_LABELS} "
        "where label in ('fraud', 'legitimate') group by transaction_id, leg) told using (transaction_id, leg) "
        "where origin <> 'history' and occurred_at >= ? and occurred_at < ? "
        "order by occurred_at, transaction_id, leg, attempt",
        [window.start, window.end],
    ).df()
    if rows.empty:
        return None
    # As float32, which the reference was counted in: a value on the edge of a bin stays in it.
    columns = {name: rows[name].to_numpy(dtype=np.float32).astype(np.float64) for name in champion.features}
    return Decided(
        columns=columns,
        scores=champion.run(np.column_stack(list(columns.values())))[0][:, 1].astype(np.float64),
        clusters=pd.factorize(rows["account_id"])[0],
        judged=rows["kind"].isin(fraud_model().judged_kinds).to_numpy(dtype=np.bool_),
        outcome=rows["fraud"].to_numpy(dtype=np.bool_),
        shadow=_of_one_challenger(rows),
    )


def _of_one_challenger(rows: pd.DataFrame) -> Values:
    """Scores of the challenger that scored most of the window; another's are another question."""
    counted = rows["shadow_model_version"].value_counts()
    scores = rows["shadow_score"].astype("float64")
    kept = scores.where(rows["shadow_model_version"].eq(counted.index[0])) if len(counted) else scores * np.nan
    return np.asarray(kept, dtype=np.float64)


def watched_loans(lake: Lake, model: CreditModel) -> Watched | None:
    """The loans of a card; None while there is none. Raises NotFoundError for a table that is not there."""
    loans = read_loan_data(lake, model=model).loans
    known = [moment for moment in (loans["disbursed_at"].max(), loans["defaulted_at"].max()) if not pd.isna(moment)]
    if not known:
        return None

    def read(champion: Champion, window: Window) -> Decided | None:
        return _loans_of(loans, model, champion, window)

    return Watched(model.model, max(known).to_pydatetime(), model.outcome_window, None, read)


def _loans_of(loans: pd.DataFrame, declared: CreditModel, champion: Champion, window: Window) -> Decided | None:
    """Every loan disbursed in the window; whoever got none is not known."""
    rows = loans[(loans["disbursed_at"] >= window.start) & (loans["disbursed_at"] < window.end)]
    if rows.empty or not set(champion.features) <= set(rows.columns):
        return None
    features = feature_frame(rows, declared)
    return Decided(
        columns={str(name): features[name].to_numpy(dtype=np.float64) for name in features.columns},
        scores=champion.run(rows[list(champion.features)].astype("float64").to_numpy())[0][:, 1].astype(np.float64),
        clusters=pd.factorize(rows["borrower"])[0],
        judged=np.ones(len(rows), dtype=np.bool_),
        outcome=defaulted(rows, declared).to_numpy(dtype=np.bool_),
        shadow=np.full(len(rows), np.nan),
    )
