"""The allowance for expected credit losses as Dagster sees it: an asset for each credit model, a reporting day at a time, told by stage."""

# Dagster resolves types itself and cannot read them from text: no annotations import here.

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import partial

import dagster as dg

from contracts.errors import InvalidInputError
from contracts.lending import load_lending
from contracts.lending.pricing import load_pricing
from contracts.models.behaviour import behaviour_of
from contracts.models.credit import CREDIT_MODELS, CreditModel, CreditModelName, credit_model
from contracts.models.inventory import model_inventory
from contracts.settings import Settings, load_settings
from ml.champions import ChampionWatch
from ml.credit.assessment import as_taught
from pipelines.failures import retried_by_kind
from pipelines.gate import refuse_held_back, table_key
from pipelines.lakehouse.catalog import Lake, open_lake
from pipelines.links import table_links
from pipelines.models.allowance_checks import RECONCILES, RISES, by_stage, not_judged, reconciles, rises
from pipelines.models.allowances import table_of, write_provisions
from pipelines.models.behaviour_scores import behaviour_scores
from pipelines.models.open_loans import OpenLoans, latest_reporting_day, loan_tables, read_open_loans
from pipelines.models.provisions import Provision, Refused, Terms, provide
from pipelines.spared import Results, spared


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


def allowance_key(model: CreditModelName) -> dg.AssetKey:
    """The asset of a model's allowance."""
    return dg.AssetKey(["models", f"{model}_allowance"])


def refresh_allowance(lake: Lake, settings: Settings, model: CreditModel, day: date) -> Provided | None:
    """Work out a day's allowance by what is declared and served now, and write it; None, and nothing written, while nothing is served.

    So it is too while the champion reads a column that is no longer declared.
    """
    champion = ChampionWatch(settings, model.model).current()
    if champion is None or not set(champion.features) <= set(model.columns):
        return None
    share = load_pricing().loss_given_default_pct[model.model].value
    loans = read_open_loans(lake, model, day)
    declared = behaviour_of(model.model)
    behaviour = behaviour_scores(lake, settings, declared, day, loans.snapshots) if declared else None
    window = as_taught(champion, "outcome_window", model.outcome_window)
    terms = Terms(champion, load_lending(), share, window, behaviour)
    provisions, refused = provide(loans, terms, day)
    write_provisions(lake, model.model, provisions, loans, day)
    return Provided(day, loans, provisions, refused, champion.version, behaviour.model_version if behaviour else None)


def reporting_day(model: CreditModel, text: str, now: datetime) -> date:
    """The day that was asked for, or today where the lender is; raises InvalidInputError for no day and for one to come."""
    today = latest_reporting_day(model, now)
    try:
        day = date.fromisoformat(text) if text else today
    except ValueError:
        day = None
    if day is None or day > today:
        raise InvalidInputError(
            f"{text!r} is no day up to {today}", field="as_of", hint="Write it as 2026-11-30, or leave it out."
        )
    return day


def _allowance_asset(model: CreditModel) -> dg.AssetsDefinition:
    key, tables = allowance_key(model.model), loan_tables(model)
    models = [one.model for one in (model, behaviour_of(model.model)) if one]

    @dg.asset(
        key=key,
        # Behind the models: the first run of all has their champions by then.
        deps=[*map(table_key, tables), *(dg.AssetKey(["models", name]) for name in models)],
        group_name="models",
        kinds={"iceberg", "onnx"},
        owners=[model_inventory().entry(model.model).record.owner],
        metadata=table_links(table_of(model.model)),
        description=f"Expected credit losses of open {model.title} by IFRS 9 stage, a row for each loan and reporting day.",
        check_specs=[dg.AssetCheckSpec(RECONCILES, asset=key), dg.AssetCheckSpec(RISES, asset=key)],
    )
    def allowance(context: dg.AssetExecutionContext, config: AllowanceConfig) -> Results:
        """Reads silver as it is; a day that is made again has its rows replaced, other days keep theirs."""
        with retried_by_kind(context):
            day = reporting_day(model, config.as_of, datetime.now(UTC))
        # The totals of the other products stand on it as well.
        yield from spared(context, partial(make, context.instance, day), partial(not_judged, key))

    def make(instance: dg.DagsterInstance, day: date) -> Results:
        settings = load_settings()
        with open_lake(settings) as lake:
            refuse_held_back(instance, *tables)
            provided = refresh_allowance(lake, settings, model, day)
        yield from results(model, provided)

    return allowance


def results(
    model: CreditModel, provided: Provided | None
) -> Iterable[dg.MaterializeResult[None] | dg.AssetCheckResult]:
    """What a day came to by stage, and its two checks; without a champion both hold of nothing, and say so."""
    key = allowance_key(model.model)
    if provided is None:
        told = {"not_computed": f"No champion of {model.model} is served that reads what is declared."}
        yield dg.MaterializeResult(asset_key=key, metadata=told)
        for name in (RECONCILES, RISES):
            yield dg.AssetCheckResult(asset_key=key, check_name=name, passed=True, metadata=told)
        return
    behaviour = {"behaviour_model_version": provided.behaviour_version or f"none: {model.model} stands in"}
    yield dg.MaterializeResult(
        asset_key=key,
        metadata={
            "as_of_date": provided.day.isoformat(),
            "model_version": provided.model_version,
            **(behaviour if behaviour_of(model.model) else {}),
            "by_stage": dg.MetadataValue.md(stage_table(provided.provisions)),
            "refused": len(provided.refused),
            "snapshots": dict(provided.loans.snapshots),
        },
    )
    yield reconciles(key, provided.provisions, provided.refused, provided.loans.unpaid)
    yield rises(key, provided.provisions)


def stage_table(provisions: list[Provision]) -> str:
    """A table in Markdown: loans, exposure, allowance and coverage of each currency and stage."""
    lines = [
        f"| {currency} | {stage} | {one.loans:,} | {one.exposure:,} | {one.allowance:,} | {one.coverage:.2%} |"
        for (currency, stage), one in by_stage(provisions).items()
    ]
    return "\n".join(
        ["| currency | stage | loans | exposure | allowance | coverage |", "|---|--:|--:|--:|--:|--:|", *lines]
    )


ALLOWANCES = {name: _allowance_asset(credit_model(name)) for name in CREDIT_MODELS}
