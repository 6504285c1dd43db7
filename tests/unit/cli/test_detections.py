"""What the demo says of detections: crimes found and missed, and look-alikes that were mistaken for them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import duckdb
import pytest

from cli.demo.detections import detections
from cli.demo.figures import Figures
from contracts.models import fraud_model
from sources.workload.planting.cases import CRIMES, LOOK_ALIKES

PLANTED = [
    ("large_amount", "l0", "stopped"),
    ("large_amount", "l1", "passed"),
    ("account_takeover", "t0", "moved"),
    ("smurfing", "s0", "smurf"),
    ("fan_in", "f0", "many-1"),
    ("fan_in", "f0", "many-2"),
    ("benign_tontine_pot", "p0", "pot-1"),
    ("benign_tontine_pot", "p0", "pot-2"),
    ("benign_tontine_pot", "p1", "quiet"),
]
DECISIONS = [
    ("stopped", "decline", "card_payment", 0.9),
    ("passed", "allow", "card_payment", 0.2),
    ("nobody", "review", "card_payment", 0.8),
    ("moved", "review", "transfer", 0.95),
    ("pot-1", "review", "transfer", 0.1),
    ("quiet", "allow", "transfer", 0.1),
    *((f"usual-{number}", "allow", "card_payment", 0.1) for number in range(96)),
    ("unscored", "allow", "card_payment", None),
]
ALERTS = [("a1", "many-1", "fan_in"), ("a2", "many-2", "fan_in"), ("a3", "pot-2", "fan_in"), ("a4", "smurf", "fan_in")]


@pytest.fixture
def found(tmp_path: Path) -> dict[str, Any]:
    lines = [
        json.dumps({"kind": kind, "case_id": case, "transaction_id": name, "leg": "debit"})
        for kind, case, name in PLANTED
    ]
    tmp_path.joinpath("live-1.jsonl").write_text("\n".join(lines), encoding="utf-8")
    session = duckdb.connect()
    session.execute("create schema silver")
    session.execute(
        "create table silver.decisions (transaction_id text, leg text, attempt int, outcome text, kind text, origin text,"
        " score double)"
    )
    session.executemany("insert into silver.decisions values (?, 'debit', 1, ?, ?, 'live', ?)", DECISIONS)
    session.execute("create table silver.alerts (alert_id text, transaction_id text, leg text, typology text)")
    session.executemany("insert into silver.alerts values (?, ?, 'debit', ?)", ALERTS)
    figures = Figures(lambda _engine, query: session.execute(query).fetchall())
    detections(figures, tmp_path)
    return figures.values


def test_every_crime_has_its_line_and_every_look_alike(found: dict[str, Any]) -> None:
    assert set(found["planted"]) == set(CRIMES)
    assert set(found["look_alikes"]) == set(LOOK_ALIKES)


def test_fraud_counts_by_payment(found: dict[str, Any]) -> None:
    assert found["planted"]["large_amount"] == {"planted": 2, "caught": 1, "false_alarms": 1}
    assert found["planted"]["account_takeover"] == {"planted": 1, "caught": 1, "false_alarms": 1}


def test_the_model_alone_has_the_alerts_that_analysts_can_review(found: dict[str, Any]) -> None:
    budget = fraud_model().decision.alert_budget
    scored = [decision for decision in DECISIONS if decision[2] == "card_payment" and decision[3] is not None]
    assert found["model_within_budget"]["alerts"] == {"alerts": int(len(scored) * budget), "crimes": 1}
    assert found["model_within_budget"]["large_amount"] == {"planted": 2, "found": 1}
    assert found["model_within_budget"]["stolen_card"] == {"planted": 0, "found": 0}


def test_laundering_counts_by_case_and_another_crime_is_no_false_alarm(found: dict[str, Any]) -> None:
    assert found["planted"]["fan_in"] == {"planted": 1, "caught": 1, "false_alarms": 1}
    assert found["planted"]["smurfing"] == {"planted": 1, "caught": 0, "false_alarms": 0}


def test_a_look_alike_is_never_caught_only_mistaken(found: dict[str, Any]) -> None:
    assert found["look_alikes"]["benign_tontine_pot"] == {"planted": 2, "alarmed": 1, "stopped": 1}
    assert found["look_alikes"]["benign_payroll"] == {"planted": 0, "alarmed": 0, "stopped": 0}
