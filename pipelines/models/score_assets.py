"""Scores of waiting applications as Dagster sees them: a table for each model whose applications stand apart from its loans."""

# Dagster resolves types itself and cannot read them from text: no annotations import here.

from collections import Counter
from dataclasses import dataclass

import dagster as dg

from contracts.models.credit import CreditModel
from contracts.models.inventory import model_inventory
from contracts.settings import Settings, load_settings
from ml.champions import ChampionWatch
from pipelines.failures import retried_by_kind
from pipelines.gate import refuse_held_back, table_key
from pipelines.lakehouse.catalog import Lake, open_lake
from pipelines.links import table_links
from pipelines.models.applied import applied_tables
from pipelines.models.scores import SCORED_MODELS, Score, score_waiting, table_of, write_scores
from pipelines.models.waiting import read_waiting


@dataclass(frozen=True)
class Scored:
    """What a run came to: the champion's version and its scores."""

    model_version: str
    scores: list[Score]


def refresh_scores(lake: Lake, settings: Settings, model: CreditModel) -> Scored | None:
    """Score what waits by what is served now, and write it; None, and nothing written, while nothing is served.

    So it is too while the champion reads a column that is no longer declared: every application would lack it.
    """
    champion = ChampionWatch(settings, model.model).current()
    if champion is None or not set(champion.features) <= set(model.columns):
        return None
    waiting = read_waiting(lake, model)
    scores = score_waiting(waiting, champion, model)
    write_scores(lake, model, scores, waiting)
    return Scored(champion.version, scores)


def results(model: CreditModel, scored: Scored | None) -> dg.MaterializeResult[None]:
    """How many wait, by what the champion says of them."""
    if scored is None:
        return dg.MaterializeResult(
            metadata={"not_computed": f"No champion of {model.model} is served that reads what is declared."}
        )
    counted = Counter(one.outcome for one in scored.scores)
    return dg.MaterializeResult(
        metadata={"model_version": scored.model_version, "waiting": len(scored.scores), **dict(sorted(counted.items()))}
    )


def _score_asset(model: CreditModel) -> dg.AssetsDefinition:
    tables = applied_tables(model)

    @dg.asset(
        key=dg.AssetKey(["models", f"{model.model}_scores"]),
        # Behind the model: the first run that has a champion scores by it.
        deps=[*map(table_key, tables), dg.AssetKey(["models", model.model])],
        group_name="models",
        kinds={"iceberg", "onnx"},
        owners=[model_inventory().entry(model.model).record.owner],
        metadata=table_links(table_of(model.model)),
        description=f"What {model.model} says of each application that waits: an advice to who decides, with its reasons.",
    )
    def scores(context: dg.AssetExecutionContext) -> dg.MaterializeResult[None]:
        settings = load_settings()
        with retried_by_kind(context), open_lake(settings) as lake:
            refuse_held_back(context.instance, *tables)
            return results(model, refresh_scores(lake, settings, model))

    return scores


SCORES = {model.model: _score_asset(model) for model in SCORED_MODELS}
