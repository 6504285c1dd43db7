"""What an allowance must hold: it covers all that is unpaid, and a later stage is covered by more. Both warn."""

# Dagster resolves types itself and cannot read them from text: no annotations import here.

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise
from typing import Any

import dagster as dg

from pipelines.models.provisions import Provision, Refused
from pipelines.spared import first_line, trace

RECONCILES, RISES = "unpaid_balance_is_covered", "coverage_rises_with_stage"
_NAMED = 20


@dataclass(frozen=True)
class StageTotal:
    """What a stage holds in one currency; `probability` of default within a year is the mean of its loans, by exposure."""

    loans: int
    exposure: Decimal
    allowance: Decimal
    probability: float

    @property
    def coverage(self) -> Decimal:
        """The allowance as a share of the exposure; 0 of nothing."""
        return self.allowance / self.exposure if self.exposure else Decimal(0)

    def __str__(self) -> str:
        """As a warning tells it: the probability says whether risk or only a short remaining life is the reason."""
        return f"{self.coverage:.2%} at a probability of {self.probability:.2%}"


def by_stage(provisions: Sequence[Provision]) -> dict[tuple[str, int], StageTotal]:
    """Totals by currency and stage, in that order."""
    held: dict[tuple[str, int], list[Provision]] = defaultdict(list)
    for one in provisions:
        held[one.currency, one.stage].append(one)
    return {key: _total(held[key]) for key in sorted(held)}


def _total(provisions: Sequence[Provision]) -> StageTotal:
    exposure = sum((one.exposure_amount for one in provisions), Decimal(0))
    weighed = sum(one.probability_of_default * float(one.exposure_amount) for one in provisions)
    allowance = sum((one.allowance_amount for one in provisions), Decimal(0))
    return StageTotal(len(provisions), exposure, allowance, weighed / float(exposure) if exposure else 0.0)


def reconciles(
    key: dg.AssetKey, provisions: Sequence[Provision], refused: Sequence[Refused], unpaid: Mapping[str, Decimal]
) -> dg.AssetCheckResult:
    """A warning where what silver counts as unpaid is not what the allowance stands on; loans without one are named."""
    covered: dict[str, Decimal] = defaultdict(Decimal)
    for one in provisions:
        covered[one.currency] += one.outstanding_amount
    currencies = sorted({*covered, *unpaid})
    differ = [name for name in currencies if covered.get(name, Decimal(0)) != unpaid.get(name, Decimal(0))]
    told = [f"{name}: {unpaid.get(name, 0)} is unpaid, {covered.get(name, 0)} is covered" for name in differ]
    told += [f"loan {one.loan_id} of {one.tenant_id} {one.reason}" for one in refused[:_NAMED]]
    metadata: dict[str, dg.MetadataValue[Any]] = {
        "unpaid": dg.MetadataValue.json({name: str(amount) for name, amount in unpaid.items()}),
        "refused": dg.MetadataValue.int(len(refused)),
    }
    return _warning(key, RECONCILES, told, metadata)


def rises(key: dg.AssetKey, provisions: Sequence[Provision]) -> dg.AssetCheckResult:
    """A warning where a later stage of a currency is covered by less than an earlier one."""
    totals = by_stage(provisions)
    told = [
        f"{currency}: stage {later} is covered by {totals[currency, later]}, stage {stage} by {totals[currency, stage]}"
        for (currency, stage), (other, later) in pairwise(totals)
        if currency == other and totals[currency, later].coverage < totals[currency, stage].coverage
    ]
    metadata: dict[str, dg.MetadataValue[Any]] = {
        f"{currency} {stage}": dg.MetadataValue.float(float(one.coverage)) for (currency, stage), one in totals.items()
    }
    return _warning(key, RISES, told, metadata)


def not_judged(key: dg.AssetKey, error: Exception) -> Iterable[dg.AssetCheckResult]:
    """Both checks of an allowance that an error ended: an error of the run."""
    told = f"The allowance ended with {first_line(error)}"
    yield dg.AssetCheckResult(
        asset_key=key,
        check_name=RECONCILES,
        passed=False,
        severity=dg.AssetCheckSeverity.ERROR,
        description=told,
        metadata={"trace": trace(error)},
    )
    yield dg.AssetCheckResult(asset_key=key, check_name=RISES, passed=True, metadata={"not_computed": told})


def _warning(
    key: dg.AssetKey, name: str, told: Sequence[str], metadata: Mapping[str, dg.MetadataValue[Any]]
) -> dg.AssetCheckResult:
    """Passed where nothing is told."""
    return dg.AssetCheckResult(
        asset_key=key,
        check_name=name,
        passed=not told,
        severity=dg.AssetCheckSeverity.WARN,
        description="; ".join(told) or None,
        metadata=metadata,
    )
