"""What the demo tells: rows through the layers, latencies, detections, models, reports, each by a query."""

from __future__ import annotations

from cli.demo.detections import detections
from cli.demo.figures import Figures
from contracts.errors import PermanentError
from contracts.settings import Settings
from contracts.tables import load_tables


def measure(figures: Figures, settings: Settings) -> None:
    """Ask every figure of the result; raises PermanentError when silver's live keys differ from the source's."""
    _rows(figures)
    _latencies(figures)
    detections(figures, settings.truth_directory)
    _models(figures)
    _reports(figures)
    _totals(figures)


def _rows(figures: Figures) -> None:
    """Rows of each layer, and that the live keys are the same ones: equal numbers of other rows would prove nothing."""
    for table in load_tables():
        name, source, key = f"{table.app}.{table.name}", f"{table.schema_name}.{table.name}", ", ".join(table.key)
        figures.one(f"rows/{name}/source", "operations", f"select count(*) from {source}")
        figures.one(f"rows/{name}/bronze_changes", "lakehouse", f"select count(*) from {table.bronze}")
        figures.one(
            f"rows/{name}/silver", "lakehouse", f"select count(*) from (select distinct {key} from {table.silver})"
        )
        figures.one(f"rows/{name}/lsn", "lakehouse", f"select coalesce(max(_row_lsn), 0) from {table.silver}")
        committed = figures.one(f"keys/{name}/source", "operations", _keys_digest(source, key))
        landed = figures.one(f"keys/{name}/silver", "lakehouse", _keys_digest(table.silver, key))
        if committed != landed:
            raise PermanentError(
                f"{table.silver} does not hold the keys of its source.",
                hint=f"Rows of each layer: {figures.values['rows'][name]}.",
            )


def _keys_digest(table: str, key: str) -> str:
    """The same text for PostgreSQL and DuckDB, and the same digest for the same set of keys."""
    return f"select coalesce(md5(string_agg(one, '' order by one)), '') from (select md5(concat_ws('|', {key})) as one from {table}) keys"


def _latencies(figures: Figures) -> None:
    """Both begin at the event's `time`, which the trigger stamps inside the transaction: before its commit, never after."""
    figures.row(
        "latency_ms/commit_to_score",
        "lakehouse",
        "with events as (select value ->> '$.data.transaction_id' as transaction_id, value ->> '$.data.leg' as leg,"
        " min((value ->> '$.time')::timestamptz) as written_at from bronze.events where topic = 'transaction.events'"
        " group by all), latencies as (select epoch_us(d.recorded_at - e.written_at) / 1000.0 as ms"
        " from platform.decisions d join events e using (transaction_id, leg) where d.origin = 'live')"
        " select round(quantile_cont(ms, 0.5), 1), round(quantile_cont(ms, 0.99), 1), count(*) from latencies",
        ("p50", "p99", "movements"),
    )
    figures.row(
        "latency_ms/commit_to_bronze",
        "lakehouse",
        "with latencies as (select epoch_us(committed_at::timestamptz - (value ->> '$.time')::timestamptz) / 1000.0 as ms"
        " from commits.events where topic = 'transaction.events')"
        " select round(quantile_cont(ms, 0.5), 1), round(quantile_cont(ms, 0.99), 1), count(*) from latencies",
        ("p50", "p99", "movements"),
    )


def _models(figures: Figures) -> None:
    metrics = figures.ask(
        "mlflow",
        "select a.name, m.key from registered_model_aliases a"
        " join model_versions v on v.name = a.name and v.version = a.version"
        " join latest_metrics m on m.run_uuid = v.run_id where a.alias = 'champion' order by 1, 2",
    )
    for model, metric in metrics:
        figures.one(
            f"models/{model}/{metric}",
            "mlflow",
            "select round(m.value::numeric, 6) from registered_model_aliases a"
            " join model_versions v on v.name = a.name and v.version = a.version"
            f" join latest_metrics m on m.run_uuid = v.run_id and m.key = '{metric}'"
            f" where a.alias = 'champion' and a.name = '{model}'",
        )


def _reports(figures: Figures) -> None:
    figures.table(
        "reports",
        "platform",
        "select report_id, coalesce(valid, false), status from reports where sequence > 0 order by report_id",
        ("id", "valid", "status"),
    )


def _totals(figures: Figures) -> None:
    figures.one("totals/movements", "lakehouse", "select count(*) from silver.transactions")
    figures.one("totals/decisions", "platform", "select count(*) from decisions")
    figures.one("totals/asked_before_commit", "platform", "select count(*) from decisions where origin = 'request'")
    figures.one("totals/fallback", "platform", "select count(*) from decisions where mode = 'fallback'")
    figures.one("totals/alerts", "platform", "select count(*) from alerts")
    figures.one("totals/quarantined", "platform", "select count(*) from quarantine")
