"""Dagster's view of the models: one asset for each, with its promotion gate and the approval it may wait for as checks."""

# Dagster resolves types itself and cannot read them from text: no annotations import here.

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any

import dagster as dg

from contracts.errors import InvalidInputError
from contracts.models import ModelName
from contracts.models.credit import CREDIT_MODELS, CardName, CreditModel, credit_model
from contracts.models.inventory import model_inventory
from contracts.settings import Settings, load_settings
from ml.governance.admission import Admission
from ml.governance.gate import Gate
from ml.governance.promotion import approval_command
from ml.governance.registry import Registered
from pipelines.gate import refuse_held_back, table_key
from pipelines.lakehouse.care.tags import tag_snapshots
from pipelines.lakehouse.catalog import open_lake
from pipelines.links import model_links
from pipelines.models.data import card_tables, read_fraud_data, read_loan_data
from pipelines.models.model_checks import (
    APPROVAL,
    GATE,
    REVIEW,
    approval,
    broken,
    gate_severity,
    judged,
    not_trained,
    review,
)
from pipelines.spared import Results, spared

if TYPE_CHECKING:
    from ml.credit.run import Outcome

FRAUD = dg.AssetKey(["models", "fraud"])

# What a training came to, and the snapshot id of each table that it read.
Fit = Callable[[Settings], tuple["Outcome", dict[str, str]]]


@dg.asset(
    key=FRAUD,
    deps=[dg.AssetKey(["features", "transaction_activity"]), dg.AssetKey(["silver", "labels"])],
    group_name="models",
    kinds={"lightgbm", "mlflow", "onnx"},
    owners=[model_inventory().entry("fraud").record.owner],
    metadata=model_links("fraud"),
    description=(
        "The fraud model: trained on time, judged on later time, registered. Where its gate lets it pass, a person has it"
        f" served: `{approval_command('fraud', 'NUMBER')}`."
    ),
    check_specs=[dg.AssetCheckSpec(name, asset=FRAUD) for name in (GATE, APPROVAL, REVIEW)],
)
def fraud(context: dg.AssetExecutionContext) -> Results:
    """Trains a challenger from the decisions and labels of the lakehouse."""
    yield from spared(context, partial(_train_fraud, context.instance), partial(broken, FRAUD))
    yield review(FRAUD, "fraud", datetime.now(UTC))


def _train_fraud(instance: dg.DagsterInstance) -> Results:
    from ml.fraud.run import run_fraud  # noqa: PLC0415 - LightGBM costs 3 s to import

    refuse_held_back(instance, "silver.labels")
    settings = load_settings()
    with open_lake(settings) as lake:
        data = read_fraud_data(lake)
    try:
        outcome = run_fraud(data.decisions, data.labels, settings, snapshots=data.snapshots)
    except InvalidInputError as error:
        yield from _told_why(FRAUD, "fraud", error)
        return
    _keep_data("fraud", outcome.registered.run_id, data.snapshots)
    trained = outcome.trained
    facts = {
        "model_version": trained.version,
        **placed(outcome.registered, outcome.admission),
        "review_threshold": trained.thresholds.review,
        "decline_threshold": trained.thresholds.decline,
    }
    yield from _results(FRAUD, "fraud", {**facts, **trained.metrics, "snapshots": data.snapshots}, trained.gate)
    yield approval(FRAUD, "fraud", outcome.registered.number, outcome.admission)


def card_asset(model: CardName, tables: Sequence[str], fit: Fit) -> dg.AssetsDefinition:
    """The asset of a card that is trained from silver tables."""
    key, record = dg.AssetKey(["models", model]), model_inventory().entry(model).record

    @dg.asset(
        key=key,
        deps=[table_key(name) for name in tables],
        group_name="models",
        kinds={"mlflow", "onnx"},
        owners=[record.owner],
        metadata=model_links(model),
        description=(
            f"{record.purpose} A scorecard of monotone bins, points and reasons, registered. Where its gate lets it pass,"
            f" a person has it served: `{approval_command(model, 'NUMBER')}`."
        ),
        check_specs=[dg.AssetCheckSpec(name, asset=key) for name in (GATE, APPROVAL, REVIEW)],
    )
    def card(context: dg.AssetExecutionContext) -> Results:
        yield from spared(context, partial(train, context.instance), partial(broken, key))
        yield review(key, model, datetime.now(UTC))

    def train(instance: dg.DagsterInstance) -> Results:
        refuse_held_back(instance, *tables)
        yield from fitted(key, model, fit)

    return card


def fitted(key: dg.AssetKey, model: CardName, fit: Fit) -> Results:
    """What a training came to; too little data is told, and stops nothing."""
    try:
        outcome, snapshots = fit(load_settings())
    except InvalidInputError as error:
        yield from _told_why(key, model, error)
        return
    _keep_data(model, outcome.registered.run_id, snapshots)
    trained = outcome.trained
    facts = {
        "model_version": trained.version,
        **placed(outcome.registered, outcome.admission),
        "features": [feature.name for feature in trained.card.features],
    }
    yield from _results(key, model, {**facts, **trained.metrics, "snapshots": snapshots}, trained.gate)
    yield approval(key, model, outcome.registered.number, outcome.admission)


def _fit(model: CreditModel, settings: Settings) -> tuple["Outcome", dict[str, str]]:
    from ml.credit.run import run_card  # noqa: PLC0415 - kept beside optbinning, which costs 10 s

    with open_lake(settings) as lake:
        data = read_loan_data(lake, model=model)
    return run_card(model, data.loans, data.groups, settings, snapshots=data.snapshots), data.snapshots


def placed(registered: Registered, admission: Admission) -> dict[str, str | bool]:
    """Where a run is recorded and what became of it, as the asset's metadata tell it."""
    return {
        "mlflow_run": registered.run_id,
        "registered_version": registered.number,
        "promoted": admission.promoted,
        "awaits_approval": admission.awaits_approval,
    }


def _keep_data(model: ModelName, run_id: str, snapshots: Mapping[str, str]) -> None:
    """Tag what the run was trained on, so that expiry keeps it and the run can be made again."""
    with open_lake(load_settings()) as lake:
        tag_snapshots(lake, snapshots, f"model.{model}.{run_id}")


def _told_why(key: dg.AssetKey, model: ModelName, error: InvalidInputError) -> Results:
    """Too little data yet is told by the gate and does not stop the rest of the line."""
    yield dg.MaterializeResult(
        asset_key=key, metadata={"promoted": False, "awaits_approval": False, "not_trained": str(error)}
    )
    yield from not_trained(key, gate_severity(load_settings(), model), error)


def _results(key: dg.AssetKey, model: ModelName, metadata: Mapping[str, Any], gate: Gate) -> Results:
    yield dg.MaterializeResult(asset_key=key, metadata=dict(metadata))
    yield judged(key, gate_severity(load_settings(), model), gate, metadata)


CARDS = {
    name: card_asset(name, card_tables(credit_model(name)), partial(_fit, credit_model(name))) for name in CREDIT_MODELS
}
