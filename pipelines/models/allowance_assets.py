"""The allowance for expected credit losses as Dagster sees it: a reporting day at a time, told by stage."""

# Dagster resolves types itself and cannot read them from text: no annotations import here.

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime

import dagster as dg

from contracts.errors import InvalidInputError
from contracts.jurisdictions import load_jurisdiction
from contracts.lending import load_lending
from contracts.lending.pricing import load_pricing
from contracts.models import micro_loan_model
from contracts.models.behaviour import micro_loan_behaviour_model
from contracts.models.inventory import model_inventory
from contracts.settings import Settings, load_settings
from ml.champions import ChampionWatch
from pipelines.failures import retried_by_kind
from pipelines.gate import refuse_held_back, table_key
from pipelines.lakehouse.catalog import Lake, open_lake
from pipelines.links import table_links
from pipelines.models.allowance_checks import RECONCILES, RISES, by_stage, reconciles, rises
from pipelines.models.allowances import table_of, write_provisions
from pipelines.models.assets import MICRO_LOAN
from pipelines.models.behaviour_assets import MICRO_LOAN_BEHAVIOUR
from pipelines.models.behaviour_scores import behaviour_scores
from pipelines.models.open_loans import OpenLoans, loan_tables, read_open_loans
from pipelines.models.provisions import Provision, Refused, Terms, provide

ALLOWANCE = dg.AssetKey(["models", "micro_loan_allowance"])

_MODEL = micro_loan_model()
_BEHAVIOUR = micro_loan_behaviour_model()


class AllowanceConfig(dg.Config):
    """`as_of` is the reporting day as 2026-11-30; empty for today where the lender is."""

    as_of: str = ""


@dataclass(frozen=True)
class Provided:
    """What a reporting day came to; `behaviour_version` is None where the application model stood in."""

    day: date
    loans: OpenLoans
    provisions: list[Provision]
    refused: list[Refused]
    model_version: str
    behaviour_version: str | None


def refresh_allowance(lake: Lake, settings: Settings, day: date) -> Provided | None:
    """Work out a day's allowance by what is declared and served now, and write it; None while nothing is served."""
    champion = ChampionWatch(settings, _MODEL.model).current()
    if champion is None:
        return None
    share = load_pricing().loss_given_default_pct[_MODEL.model].value
    loans = read_open_loans(lake, _MODEL, day)
    behaviour = behaviour_scores(lake, settings, _BEHAVIOUR, day, loans.snapshots)
    terms = Terms(champion, load_lending(), share, _MODEL.outcome_window, behaviour)
    provisions, refused = provide(loans, terms, day)
    write_provisions(lake, _MODEL.model, provisions, loans, day)
    return Provided(day, loans, provisions, refused, champion.version, behaviour.model_version if behaviour else None)


def reporting_day(text: str, now: datetime) -> date:
    """The day that was asked for, or today where the lender is; raises InvalidInputError for no day and for one to come."""
    today = now.astimezone(load_jurisdiction(_MODEL.jurisdiction).zone).date()
    try:
        day = date.fromisoformat(text) if text else today
    except ValueError:
        day = None
    if day is None or day > today:
        raise InvalidInputError(
            f"{text!r} is no day up to {today}", field="as_of", hint="Write it as 2026-11-30, or leave it out."
        )
    return day


@dg.asset(
    key=ALLOWANCE,
    # Behind the models: the first run of all has their champions by then.
    deps=[*(table_key(name) for name in loan_tables(_MODEL)), MICRO_LOAN, MICRO_LOAN_BEHAVIOUR],
    group_name="models",
    kinds={"iceberg", "onnx"},
    owners=[model_inventory().entry(_MODEL.model).record.owner],
    metadata=table_links(table_of(_MODEL.model)),
    description="Expected credit losses of open micro-loans by IFRS 9 stage, a row for each loan and reporting day.",
    check_specs=[dg.AssetCheckSpec(RECONCILES, asset=ALLOWANCE), dg.AssetCheckSpec(RISES, asset=ALLOWANCE)],
)
def micro_loan_allowance(
    context: dg.AssetExecutionContext, config: AllowanceConfig
) -> Iterable[dg.MaterializeResult[None] | dg.AssetCheckResult]:
    """Reads silver as it is; a day that is made again has its rows replaced, other days keep theirs."""
    settings = load_settings()
    with retried_by_kind(context), open_lake(settings) as lake:
        refuse_held_back(context.instance, *loan_tables(_MODEL))
        provided = refresh_allowance(lake, settings, reporting_day(config.as_of, datetime.now(UTC)))
    yield from results(provided)


def results(provided: Provided | None) -> Iterable[dg.MaterializeResult[None] | dg.AssetCheckResult]:
    """What a day came to by stage, and its two checks; without a champion both hold of nothing, and say so."""
    if provided is None:
        told = {"not_computed": "No champion of micro_loan is served yet."}
        yield dg.MaterializeResult(asset_key=ALLOWANCE, metadata=told)
        for name in (RECONCILES, RISES):
            yield dg.AssetCheckResult(asset_key=ALLOWANCE, check_name=name, passed=True, metadata=told)
        return
    yield dg.MaterializeResult(
        asset_key=ALLOWANCE,
        metadata={
            "as_of_date": provided.day.isoformat(),
            "model_version": provided.model_version,
            "behaviour_model_version": provided.behaviour_version or f"none: {_BEHAVIOUR.until_served} stands in",
            "by_stage": dg.MetadataValue.md(stage_table(provided.provisions)),
            "refused": len(provided.refused),
            "snapshots": dict(provided.loans.snapshots),
        },
    )
    yield reconciles(ALLOWANCE, provided.provisions, provided.refused, provided.loans.unpaid)
    yield rises(ALLOWANCE, provided.provisions)


def stage_table(provisions: list[Provision]) -> str:
    """A table in Markdown: loans, exposure, allowance and coverage of each currency and stage."""
    lines = [
        f"| {currency} | {stage} | {one.loans:,} | {one.exposure:,} | {one.allowance:,} | {one.coverage:.2%} |"
        for (currency, stage), one in by_stage(provisions).items()
    ]
    return "\n".join(
        ["| currency | stage | loans | exposure | allowance | coverage |", "|---|--:|--:|--:|--:|--:|", *lines]
    )
