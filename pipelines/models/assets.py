"""Dagster's view of the models: one asset for each, with its promotion gate and the approval it may wait for as checks."""

# Dagster resolves types itself and cannot read them from text: no annotations import here.

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any

import dagster as dg

from contracts.errors import InvalidInputError
from contracts.models import ModelName
from contracts.models.credit import CREDIT_MODELS, CardName, CreditModel, credit_model
from contracts.models.files import champion_file
from contracts.models.inventory import model_inventory
from contracts.settings import Settings, load_settings
from ml.governance.admission import Admission
from ml.governance.gate import Gate
from ml.governance.promotion import approval_command
from ml.governance.registry import Registered
from pipelines.failures import retried_by_kind
from pipelines.gate import refuse_held_back, table_key
from pipelines.lakehouse.care.tags import tag_snapshots
from pipelines.lakehouse.catalog import open_lake
from pipelines.links import model_links
from pipelines.models.data import card_tables, read_fraud_data, read_loan_data

if TYPE_CHECKING:
    from ml.credit.run import Outcome

FRAUD = dg.AssetKey(["models", "fraud"])
MICRO_LOAN = dg.AssetKey(["models", "micro_loan"])
GATE = "promotion_gate"
REVIEW = "review_is_current"
APPROVAL = "nothing_awaits_approval"

Results = Iterable[dg.MaterializeResult[None] | dg.AssetCheckResult]
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
    with retried_by_kind(context):
        refuse_held_back(context.instance, "silver.labels")
        yield from _train_fraud()
        yield review(FRAUD, "fraud", datetime.now(UTC))


def _train_fraud() -> Results:
    from ml.fraud.run import run_fraud  # noqa: PLC0415 - LightGBM costs 3 s to import

    settings = load_settings()
    with open_lake(settings) as lake:
        data = read_fraud_data(lake)
    try:
        outcome = run_fraud(data.decisions, data.labels, settings, snapshots=data.snapshots)
    except InvalidInputError as error:
        yield from _not_trained(FRAUD, "fraud", error)
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
        with retried_by_kind(context):
            refuse_held_back(context.instance, *tables)
            yield from fitted(key, model, fit)
            yield review(key, model, datetime.now(UTC))

    return card


def fitted(key: dg.AssetKey, model: CardName, fit: Fit) -> Results:
    """What a training came to; too little data is told, and stops nothing."""
    try:
        outcome, snapshots = fit(load_settings())
    except InvalidInputError as error:
        yield from _not_trained(key, model, error)
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


def approval(key: dg.AssetKey, model: ModelName, number: str, admission: Admission) -> dg.AssetCheckResult:
    """A warning while a version that passed its gate waits for a person, with the command that this person types."""
    waits = admission.awaits_approval
    role = model_inventory().entry(model).record.approver_role
    command = approval_command(model, number)
    return dg.AssetCheckResult(
        asset_key=key,
        check_name=APPROVAL,
        passed=not waits,
        severity=dg.AssetCheckSeverity.WARN,
        description=f"Version {number} awaits approval by the {role}: {command}" if waits else None,
        metadata={"approver_role": role, "approve_with": dg.MetadataValue.md(f"```\n{command}\n```")} if waits else {},
    )


def review(key: dg.AssetKey, model: ModelName, at: datetime) -> dg.AssetCheckResult:
    """A warning once the inventory's review date has passed; the model is served as before."""
    entry = model_inventory().entry(model)
    return dg.AssetCheckResult(
        asset_key=key,
        check_name=REVIEW,
        passed=not entry.is_overdue(at.date()),
        severity=dg.AssetCheckSeverity.WARN,
        metadata=entry.facts(),
    )


def _keep_data(model: ModelName, run_id: str, snapshots: Mapping[str, str]) -> None:
    """Tag what the run was trained on, so that expiry keeps it and the run can be made again."""
    with open_lake(load_settings()) as lake:
        tag_snapshots(lake, snapshots, f"model.{model}.{run_id}")


def _not_trained(key: dg.AssetKey, model: ModelName, error: InvalidInputError) -> Results:
    """Too little data yet is told by the gate and does not stop the rest of the line."""
    yield dg.MaterializeResult(
        asset_key=key, metadata={"promoted": False, "awaits_approval": False, "not_trained": str(error)}
    )
    yield _check(key, model, failures=[str(error)])
    yield dg.AssetCheckResult(asset_key=key, check_name=APPROVAL, passed=True, metadata={"not_trained": str(error)})


def _results(key: dg.AssetKey, model: ModelName, metadata: Mapping[str, Any], gate: Gate) -> Results:
    yield dg.MaterializeResult(asset_key=key, metadata=dict(metadata))
    found = {item.name: item.found for item in gate.conditions}
    yield _check(key, model, failures=gate.failures(), **{**_with_intervals(metadata), **found})


def _with_intervals(metadata: Mapping[str, Any]) -> dict[str, float]:
    """The figures that chance could have moved, each with the ends of its interval."""
    ends = {name for name in metadata if name.endswith(("_low", "_high"))}
    return {name: value for name, value in metadata.items() if name in ends or f"{name}_low" in ends}


def gate_severity(settings: Settings, model: ModelName) -> dg.AssetCheckSeverity:
    """A failed gate is an error only while nothing is served that must be; else the champion stays, or people decide without."""
    needed = model_inventory().entry(model).policy.while_unserved == "error"
    missing = needed and not champion_file(settings, model).exists()
    return dg.AssetCheckSeverity.ERROR if missing else dg.AssetCheckSeverity.WARN


def _check(key: dg.AssetKey, model: ModelName, *, failures: Sequence[str], **found: float) -> dg.AssetCheckResult:
    return dg.AssetCheckResult(
        asset_key=key,
        check_name=GATE,
        passed=not failures,
        severity=gate_severity(load_settings(), model),
        description="; ".join(failures) or None,
        metadata={"failures": list(failures), **found},
    )


CARDS = {
    name: card_asset(name, card_tables(credit_model(name)), partial(_fit, credit_model(name))) for name in CREDIT_MODELS
}
