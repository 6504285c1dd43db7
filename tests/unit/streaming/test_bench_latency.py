"""Percentiles are of the whole way; stages are told apart, and those of the slowest add up."""

from __future__ import annotations

import numpy as np
import pytest

from tests.bench.latency_chart import waterfalls
from tests.bench.latency_load import Load, told
from tests.bench.latency_stages import Waterfall, falling

# Of a hundred, one is slow, and only in its second stage.
STAMPS = np.array([[0.0, 0.001, 0.003]] * 99 + [[0.0, 0.001, 0.201]])


def test_the_slowest_hundredth_is_explained_by_the_stage_that_was_slow() -> None:
    figures = dict(Waterfall(("first", "second"), STAMPS).figures("load"))
    assert figures["load_p50"].value == pytest.approx(3)
    assert dict(falling(figures, "load", "p50")) == pytest.approx({"first": 1, "second": 2})
    slowest = dict(falling(figures, "load", "slowest"))
    assert sum(slowest.values()) == pytest.approx(201)
    assert slowest["second"] == pytest.approx(200)


def test_each_load_that_has_stages_has_a_chart() -> None:
    figures = dict(Waterfall(("first", "second"), STAMPS).figures("load"))
    drawn = waterfalls(figures)
    assert list(drawn) == ["latency_load.svg"]
    assert "slowest 1 %" in drawn["latency_load.svg"]


def test_every_event_of_a_load_has_an_identifier_of_its_own() -> None:
    events = list(told(Load(rate=30_000, seconds=1, name="some")))
    assert len({event["id"] for event in events}) == len(events) == 30_000
    assert all(event["data"]["transaction_id"] == event["subject"] == event["id"] for event in events)
