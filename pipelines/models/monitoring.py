"""Models in service as Dagster sees them: windows that are over, examined and told by two checks that warn."""

# Dagster resolves types itself and cannot read them from text: no annotations import here.

from collections.abc import Iterable, Sequence
from typing import Any

import dagster as dg

from contracts.models import MODELS, ModelName
from contracts.models.inventory import model_inventory
from contracts.models.monitoring import model_monitoring
from contracts.settings import Settings, load_settings
from ml.governance.in_charge import Served
from ml.governance.monitoring import Finding, closed_windows, examine
from pipelines.failures import retried_by_kind
from pipelines.gate import refuse_held_back
from pipelines.lakehouse.catalog import Lake, open_lake
from pipelines.links import table_links
from pipelines.models.findings import Examined, table_of, write_findings
from pipelines.models.watches import WATCHES

POPULATION, PERFORMANCE = "population_holds", "performance_holds"
# What is known of a window changes until its labels are mature; so many more are looked at again, for labels that came late.
_LATE_WINDOWS = 3


def refresh_monitoring(lake: Lake, settings: Settings, model: ModelName) -> list[Examined]:
    """Examine what is over and not yet settled, and write it down; oldest window first."""
    policy, source, served = model_monitoring(model), WATCHES[model].look(lake), Served(settings, model)
    if source is None:
        return []
    earliest = source.present - source.maturity - _LATE_WINDOWS * policy.window
    examined: list[Examined] = []
    for window in reversed(closed_windows(policy.window, earliest, source.present)):
        in_charge = served.in_charge(window.start)
        decided = source.read(in_charge[0], window) if in_charge else None
        if in_charge is None or decided is None:
            continue
        champion, reference = in_charge
        mature = window.end + source.maturity <= source.present
        findings = examine(reference, decided, policy, source.alert_budget, mature=mature)
        examined.insert(0, Examined(window, champion.version, findings))
    write_findings(lake, model, examined, earliest)
    return examined


def verdict(key: dg.AssetKey, check: str, family: str, examined: Sequence[Examined]) -> dg.AssetCheckResult:
    """A warning that names what alarmed in the latest window that could be judged; what is served stays as it is."""
    last = next((one for one in reversed(examined) if one.of(family)), None)
    alarms = [finding for finding in last.of(family) if finding.alarm] if last else []
    return dg.AssetCheckResult(
        asset_key=key,
        check_name=check,
        passed=not alarms,
        severity=dg.AssetCheckSeverity.WARN,
        description="; ".join(map(_sentence, alarms)) or None,
        metadata={**_told(last, family), "not_judged": _not_judged(examined)},
    )


def _told(last: Examined | None, family: str) -> dict[str, Any]:
    if last is None:
        return {"judged": "no window yet"}
    return {
        "window_start": last.window.start.isoformat(),
        "window_end": last.window.end.isoformat(),
        "model_version": last.model_version,
        "alarms": [_sentence(finding) for finding in last.of(family) if finding.alarm],
        **{finding.subject: finding.value for finding in last.of(family)},
    }


def _sentence(finding: Finding) -> str:
    held = "" if finding.held_out is None else f", {finding.held_out:.4g} when it was judged"
    return f"{finding.subject} is {finding.value:.4g}, critical value {finding.critical:.4g}{held}"


def _not_judged(examined: Sequence[Examined]) -> list[str]:
    """Windows that held too little: silence must not pass for a clean bill."""
    return [
        f"{one.window.start.date()}: {finding.value:g} {finding.subject}, {finding.critical:g} are asked for"
        for one in examined
        for finding in one.of("coverage")
    ]


def _monitoring_asset(model: ModelName) -> dg.AssetsDefinition:
    key = dg.AssetKey(["models", f"{model}_monitoring"])
    inputs = WATCHES[model].inputs

    @dg.asset(
        key=key,
        deps=[dg.AssetKey(name.split(".")) for name in inputs],
        group_name="models",
        kinds={"iceberg", "onnx"},
        owners=[model_inventory().entry(model).record.owner],
        metadata=table_links(table_of(model)),
        description=f"The {model} model in service: drift, performance once labels are mature, its challenger.",
        check_specs=[dg.AssetCheckSpec(POPULATION, asset=key), dg.AssetCheckSpec(PERFORMANCE, asset=key)],
    )
    def monitoring(context: dg.AssetExecutionContext) -> Iterable[dg.MaterializeResult[None] | dg.AssetCheckResult]:
        settings = load_settings()
        with retried_by_kind(context), open_lake(settings) as lake:
            refuse_held_back(context.instance, *(name for name in inputs if name.startswith("silver")))
            examined = refresh_monitoring(lake, settings, model)
        yield dg.MaterializeResult(asset_key=key, metadata={"windows": len(examined), "latest": _latest(examined)})
        yield verdict(key, POPULATION, "drift", examined)
        yield verdict(key, PERFORMANCE, "performance", examined)

    return monitoring


def _latest(examined: Sequence[Examined]) -> str:
    return examined[-1].window.end.isoformat() if examined else "none is over"


MONITORING = {model: _monitoring_asset(model) for model in MODELS}
