"""What was planted in live traffic and what of it was found; the truth is joined here, and nowhere before."""

from __future__ import annotations

from pathlib import Path

from cli.demo.figures import Figures
from contracts.models import fraud_model
from sources.workload.planting.cases import CARD_FRAUD, CRIMES, FRAUD, LAUNDERING, LOOK_ALIKES


def detections(figures: Figures, folder: Path) -> None:
    """Live cases only: history is what the detectors learned from. `folder` holds the truth of the live runs."""
    truth = (
        "select kind, case_id, transaction_id, leg"
        f" from read_json('{folder}/live-*.jsonl', format = 'newline_delimited')"
    )
    _planted(figures, truth)
    _within_budget(figures, truth)
    _look_alikes(figures, truth)


def _planted(figures: Figures, truth: str) -> None:
    """Decisions stop fraud, which counts by payment; alerts tell of laundering, which counts by case.

    What hits a crime of another kind is no false alarm.
    """
    crimes = f"crimes as (select * from ({truth}) where kind in ({_listed(CRIMES)}))"
    for kind in FRAUD:
        moved = "card_payment" if kind in CARD_FRAUD else "transfer"
        figures.row(
            f"planted/{kind}",
            "lakehouse",
            f"with {crimes} select count(*), count(*) filter (where d.outcome <> 'allow'),"
            " (select count(*) from silver.decisions f anti join crimes using (transaction_id, leg)"
            f" where f.outcome <> 'allow' and f.origin = 'live' and f.kind = '{moved}')"
            " from crimes t left join silver.decisions d on (d.transaction_id, d.leg) = (t.transaction_id, t.leg)"
            f" where t.kind = '{kind}'",
            ("planted", "caught", "false_alarms"),
        )
    for kind in LAUNDERING:
        figures.row(
            f"planted/{kind}",
            "lakehouse",
            f"with {crimes}, found as (select t.case_id from silver.alerts a"
            " join crimes t on (t.transaction_id, t.leg) = (a.transaction_id, a.leg)"
            f" where a.typology = '{kind}' and t.kind = '{kind}')"
            " select count(distinct case_id), count(distinct case_id) filter (where case_id in (from found)),"
            f" (select count(*) from silver.alerts a anti join crimes using (transaction_id, leg)"
            f" where a.typology = '{kind}')"
            f" from crimes where kind = '{kind}'",
            ("planted", "caught", "false_alarms"),
        )


def _within_budget(figures: Figures, truth: str) -> None:
    """The model without the rules: of each kind that it is judged by, how many are among the payments of the highest scores.

    As many payments are taken as the declared alert budget lets analysts review; `alerts` says how many of those were crimes.
    """
    model = fraud_model()
    alerts = (
        f"crimes as (select * from ({truth}) where kind in ({_listed(CRIMES)})),"
        " ranked as (select transaction_id, leg, count(*) over () as payments,"
        " row_number() over (order by score desc, transaction_id, leg, attempt) as place from silver.decisions"
        f" where origin = 'live' and score is not null and kind in ({_listed(model.judged_kinds)})),"
        " alerts as (select distinct transaction_id, leg from ranked"
        f" where place <= payments * {model.decision.alert_budget})"
    )
    for kind in CARD_FRAUD:
        figures.row(
            f"model_within_budget/{kind}",
            "lakehouse",
            f"with {alerts} select count(*), count(*) filter (where (transaction_id, leg) in (from alerts))"
            f" from crimes where kind = '{kind}'",
            ("planted", "found"),
        )
    figures.row(
        "model_within_budget/alerts",
        "lakehouse",
        f"with {alerts} select count(*), count(*) filter"
        " (where (transaction_id, leg) in (select (transaction_id, leg) from crimes)) from alerts",
        ("alerts", "crimes"),
    )


def _look_alikes(figures: Figures, truth: str) -> None:
    """Honest cases with the shape of a crime: how many of them an alert named, and how many of their movements were stopped."""
    for kind in LOOK_ALIKES:
        figures.row(
            f"look_alikes/{kind}",
            "lakehouse",
            f"with honest as (select * from ({truth}) where kind = '{kind}')"
            " select count(distinct t.case_id), count(distinct t.case_id) filter (where a.alert_id is not null),"
            " count(distinct (t.transaction_id, t.leg)) filter (where d.outcome <> 'allow')"
            " from honest t left join silver.alerts a on (a.transaction_id, a.leg) = (t.transaction_id, t.leg)"
            " left join silver.decisions d on (d.transaction_id, d.leg) = (t.transaction_id, t.leg)",
            ("planted", "alarmed", "stopped"),
        )


def _listed(kinds: tuple[str, ...]) -> str:
    return ", ".join(f"'{kind}'" for kind in kinds)
