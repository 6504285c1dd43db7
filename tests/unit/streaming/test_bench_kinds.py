"""The benchmark of planted kinds stands on the contract's events, other shapes that stay what they are, and honest arithmetic."""

from __future__ import annotations

import json
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd  # type: ignore[import-untyped]
import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.events import validate_event
from contracts.models import fraud_model
from contracts.settings import Settings
from sources.workload.banking import build_banking
from sources.workload.calendars import Calendar
from sources.workload.planting.parameters import Range
from sources.workload.planting.shapes import USUAL
from sources.workload.sizes import HISTORY_DAYS, parse_size
from sources.workload.suite import build_suite
from tests.bench import bench_kinds
from tests.bench.kinds_events import told
from tests.bench.kinds_figures import figures, within_budget
from tests.bench.kinds_planting import perturbed
from tests.unit.sources.worlds import AS_OF, world

SEEDS = st.integers(0, 2**31)
COUNT = 1000  # of card payments, and as many transfers


@pytest.fixture(scope="module")
def events() -> list[dict[str, Any]]:
    calendar = Calendar(AS_OF, HISTORY_DAYS)
    bank, suite = (build(7, parse_size("tiny"), calendar).tables for build in (build_banking, build_suite))
    return [json.loads(json.loads(line)["value"]) for line in told(bank, suite).records()]


def test_every_event_keeps_the_contract(events: list[dict[str, Any]]) -> None:
    for event in events:
        validate_event(event)


def test_every_movement_and_label_of_the_two_systems_is_told_in_order_of_time(events: list[dict[str, Any]]) -> None:
    tables = world(7).tables
    wanted = {
        "transaction": {("diasporacore", "account_transactions"), ("finflow", "payments")},
        "label": {("diasporacore", "transaction_disputes"), ("finflow", "chargebacks")},
    }
    for kind, names in wanted.items():
        found = sum(event["type"].startswith(f"{kind}.") for event in events)
        assert found == sum(len(next(iter(tables[name].values()))) for name in names)
    times = [event["time"] for event in events]
    assert times == sorted(times)


def test_a_label_is_told_when_it_is_known_and_names_its_movement(events: list[dict[str, Any]]) -> None:
    labels = [event for event in events if event["type"] == "label.recorded.v1"]
    assert all(label["time"] == label["data"]["known_at"] > label["data"]["occurred_at"] for label in labels)
    accounts = {
        (event["data"]["transaction_id"], event["data"]["leg"]): event["data"]["account_id"] for event in events
    }
    assert all(
        accounts[label["data"]["transaction_id"], label["data"]["leg"]] == label["data"]["account_id"]
        for label in labels
    )


@given(seed=SEEDS)
def test_other_shapes_differ_by_less_than_a_third_and_stay_what_they_are(seed: int) -> None:
    shapes = perturbed(seed)
    assert shapes == perturbed(seed) != USUAL
    for kind in fields(USUAL):
        usual, moved = getattr(USUAL, kind.name), getattr(shapes, kind.name)
        for one in fields(usual):
            before, after = _ends(getattr(usual, one.name)), _ends(getattr(moved, one.name))
            assert all(0.7 * low <= high <= 1.3 * low for low, high in zip(before, after, strict=True))
            assert one.name not in {"passed_on", "outside"} or max(after) <= 1
            assert one.name != "largest" or after <= before


def _ends(value: Range | float) -> tuple[float, ...]:
    return (value.low, value.high) if isinstance(value, Range) else (value,)


def rows(**planted: range) -> pd.DataFrame:
    """As many card payments as transfers; the rows at some positions are planted, two to a case."""
    frame = pd.DataFrame(
        {
            "kind": ["card_payment"] * COUNT + ["transfer"] * COUNT,
            "amount_usd_minor": np.zeros(2 * COUNT, dtype=np.int64),
            "rules": [()] * (2 * COUNT),
            "planted": "",
            "case": "",
        }
    )
    for kind, places in planted.items():
        frame.loc[places.start : places.stop - 1, "planted"] = kind
        frame.loc[places.start : places.stop - 1, "case"] = [f"{kind}-{number // 2}" for number in range(len(places))]
    return frame


def scores(*highest: int) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    found = np.zeros(2 * COUNT)
    found[list(highest)] = 0.9
    return found


def test_card_payments_and_other_movements_have_the_declared_share_each() -> None:
    allowed = int(COUNT * fraud_model().decision.alert_budget)
    alerted = within_budget(np.arange(2.0 * COUNT), rows()["kind"].eq("card_payment").to_numpy())
    assert np.flatnonzero(alerted).tolist() == [
        *range(COUNT - allowed, COUNT),
        *range(2 * COUNT - allowed, 2 * COUNT),
    ]


def test_recall_is_of_the_planted_and_precision_counts_no_other_crime_as_false() -> None:
    watched = rows(stolen_card=range(30, 38), large_amount=range(40, 44))
    found = dict(figures("held", watched, scores(*range(30, 36), *range(40, 43))))
    assert found["held_recall_stolen_card"].value == 75
    assert found["held_recall_large_amount"].value == 75
    # Of twenty alerts six, three and eleven are whose they are.
    assert found["held_precision_stolen_card"].value == pytest.approx(100 * 6 / 17)
    assert found["held_precision_large_amount"].value == pytest.approx(100 * 3 / 14)
    assert found["held_precision_card"].value == pytest.approx(100 * 9 / 20)
    assert found["held_base_rate_card"].value == pytest.approx(100 * 12 / COUNT)
    assert found["held_recall_stolen_card_by_amount"].value == 0
    assert found["held_movements_account_takeover"].value == 0
    assert "held_recall_account_takeover" not in found


def test_a_look_alike_s_alerts_stand_beside_its_base_rate() -> None:
    watched = rows(benign_payroll=range(COUNT, COUNT + 40))
    found = dict(figures("held", watched, scores(*range(COUNT, COUNT + 10))))
    # Ten by their score, and ten more since equal scores go by time.
    assert found["held_lookalike_alert_share_payroll"].value == 50
    assert found["held_lookalike_base_rate_payroll"].value == pytest.approx(100 * 40 / COUNT)


def test_a_case_is_caught_where_its_own_typology_was_alerted_to() -> None:
    watched = rows(fan_in=range(COUNT, COUNT + 8), benign_landlord=range(COUNT + 10, COUNT + 14))
    held = {COUNT: ("CA-FANIN-001",), COUNT + 2: ("CA-STRUCT-001",), COUNT + 10: ("CA-FANIN-001", "CA-LARGE-002")}
    for place, rules in held.items():
        watched.loc[[place], "rules"] = pd.Series([rules], index=[place])
    found = dict(figures("held", watched, scores()))
    assert found["held_cases_fan_in"].value == 4
    assert found["held_case_recall_fan_in"].value == 25
    assert found["held_rule_precision_fan_in"].value == 50
    assert found["held_lookalike_cases_alarmed_landlord"].value == 50
    assert found["held_recall_fan_in_by_rules"].value == 25


def test_the_quick_run_gives_every_group_its_figures(tmp_path: Path) -> None:
    found = bench_kinds.measure(Settings(state=tmp_path), quick=True)
    assert found["alert_budget"].value == 100 * fraud_model().decision.alert_budget
    assert found["learnt_large_amount"].value > 0
    for group in ("later", "held_out", "perturbed"):
        assert found[f"{group}_alert_share_card"].value <= found["alert_budget"].value
        assert found[f"{group}_recall_large_amount"].value > 0
    assert all(0 <= figure.value <= 100 for figure in found.values() if figure.unit == "%")
