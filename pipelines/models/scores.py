"""`governance.<model>_scores`: what the champion says of each application that waits, for the underwriter who decides."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass

import pyarrow as pa  # type: ignore[import-untyped]
from pyiceberg.io.pyarrow import schema_to_pyarrow

from contracts.models.credit import CREDIT_MODELS, CreditModel, CreditModelName, credit_model
from ml.champions import Champion
from ml.credit.assessment import Assessment, CreditOutcome, assess
from ml.credit.reasons import largest_losses
from pipelines.lakehouse.canonical import INPUT_SNAPSHOTS
from pipelines.lakehouse.catalog import Lake, iceberg_schema
from pipelines.lakehouse.columns import SilverColumn
from pipelines.lakehouse.heads import Head
from pipelines.models.waiting import Waiting

# Those whose applications stand apart from their loans: others know of an application only when a loan has come of it.
SCORED_MODELS = tuple(model for model in map(credit_model, CREDIT_MODELS) if model.application is not None)
KEY = ("application_id",)
COLUMNS = (
    SilverColumn("application_id", "text", "Application"),
    SilverColumn("borrower_id", "text", "Who applied"),
    SilverColumn("probability_of_default", "number", "Within the model's outcome window"),
    SilverColumn("points", "integer", "Points of the scorecard"),
    SilverColumn("outcome", "text", "approve, review or decline by the champion's own thresholds: an advice"),
    SilverColumn("reasons", "text", "Codes of what cost most points, most first; empty for approve"),
    SilverColumn("model_version", "text", "Champion that gave the score"),
)


@dataclass(frozen=True)
class Score:
    """One row of the table."""

    application_id: str
    borrower_id: str
    probability_of_default: float
    points: int
    outcome: CreditOutcome
    reasons: str
    model_version: str


def table_of(model: CreditModelName) -> str:
    """The table's full name."""
    return f"governance.{model}_scores"


def score_waiting(waiting: Waiting, champion: Champion, model: CreditModel) -> list[Score]:
    """A score for every application, in their order; the champion is called once."""
    rows = waiting.rows.to_dict("records")
    if not rows:
        return []
    best: dict[str, float] = json.loads(champion.metadata["best_points"])
    assessed = assess(champion, [{name: row.get(name) for name in champion.features} for row in rows])
    return [
        Score(
            application_id=row["application_id"],
            borrower_id=row["borrower_id"],
            probability_of_default=one.probability,
            points=round(one.score),
            outcome=one.outcome,
            reasons=", ".join(_codes(one, best, model)),
            model_version=champion.version,
        )
        for row, one in zip(rows, assessed, strict=True)
    ]


def _codes(assessed: Assessment, best: dict[str, float], model: CreditModel) -> list[str]:
    if assessed.outcome == "approve":
        return []
    declared = {feature.name: feature.code for feature in model.features}
    losses = largest_losses(assessed.points, best, model.decision.reasons)
    return [declared[loss.feature] for loss in losses if loss.feature in declared]


def write_scores(lake: Lake, model: CreditModel, scores: Sequence[Score], waiting: Waiting) -> Head:
    """Put the scores in the place of those before: who was decided on waits no more."""
    schema = schema_to_pyarrow(iceberg_schema(COLUMNS), include_field_ids=False)
    rows = pa.Table.from_pylist(list(map(asdict, scores)), schema=schema)
    return lake.replace(table_of(model.model), rows, COLUMNS, {INPUT_SNAPSHOTS: json.dumps(dict(waiting.snapshots))})
