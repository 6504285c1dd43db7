"""What the asset of a model is asked: its promotion gate, the approval that it may wait for, and whether its review is current."""

# Dagster resolves types itself and cannot read them from text: no annotations import here.

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import dagster as dg

from contracts.errors import InvalidInputError
from contracts.models import ModelName
from contracts.models.files import champion_file
from contracts.models.inventory import model_inventory
from contracts.settings import Settings
from ml.governance.admission import Admission
from ml.governance.gate import Gate
from ml.governance.promotion import approval_command
from pipelines.spared import first_line, trace

GATE = "promotion_gate"
REVIEW = "review_is_current"
APPROVAL = "nothing_awaits_approval"


def gate_severity(settings: Settings, model: ModelName) -> dg.AssetCheckSeverity:
    """A failed gate is an error only while nothing is served that must be; else the champion stays, or people decide without."""
    needed = model_inventory().entry(model).policy.while_unserved == "error"
    missing = needed and not champion_file(settings, model).exists()
    return dg.AssetCheckSeverity.ERROR if missing else dg.AssetCheckSeverity.WARN


def judged(
    key: dg.AssetKey, severity: dg.AssetCheckSeverity, gate: Gate, metrics: Mapping[str, Any]
) -> dg.AssetCheckResult:
    """What the gate found, beside the figures that chance could have moved."""
    found = {item.name: item.found for item in gate.conditions}
    return _gate(key, severity, gate.failures(), {**_with_intervals(metrics), **found})


def not_trained(
    key: dg.AssetKey, severity: dg.AssetCheckSeverity, error: InvalidInputError
) -> Iterable[dg.AssetCheckResult]:
    """The gate and the approval where there is too little to learn from."""
    yield _gate(key, severity, [str(error)], {})
    yield _awaits_nobody(key, error)


def broken(key: dg.AssetKey, error: Exception) -> Iterable[dg.AssetCheckResult]:
    """The gate and the approval of a training that an error ended: an error of the run, whatever is served."""
    told = f"The training ended with {first_line(error)}"
    yield _gate(key, dg.AssetCheckSeverity.ERROR, [told], {"trace": trace(error)})
    yield _awaits_nobody(key, error)


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


def _awaits_nobody(key: dg.AssetKey, error: Exception) -> dg.AssetCheckResult:
    return dg.AssetCheckResult(asset_key=key, check_name=APPROVAL, passed=True, metadata={"not_trained": str(error)})


def _with_intervals(metrics: Mapping[str, Any]) -> dict[str, float]:
    """The figures that chance could have moved, each with the ends of its interval."""
    ends = {name for name in metrics if name.endswith(("_low", "_high"))}
    return {name: value for name, value in metrics.items() if name in ends or f"{name}_low" in ends}


def _gate(
    key: dg.AssetKey, severity: dg.AssetCheckSeverity, failures: Sequence[str], told: Mapping[str, Any]
) -> dg.AssetCheckResult:
    return dg.AssetCheckResult(
        asset_key=key,
        check_name=GATE,
        passed=not failures,
        severity=severity,
        description="; ".join(failures) or None,
        metadata={"failures": list(failures), **told},
    )
