"""What may be tried: packs that keep their shape, over the declared ones."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import yaml

from cli.backtest.candidate import load_model, read_packs
from cli.backtest.plan import Plan, declared_warm_up
from cli.backtest.run import rule_ids
from contracts.errors import InvalidInputError
from contracts.rules import DIRECTORY, compile_active, compile_packs, load_rule_packs

START = datetime(2026, 11, 1, tzinfo=UTC)


def pack(folder: Path, **changes: object) -> Path:
    """Canada's declared pack with changes, as a file."""
    document = yaml.safe_load((DIRECTORY / "CA.yml").read_text(encoding="utf-8")) | changes
    file = folder / "CA.yml"
    file.write_text(yaml.safe_dump(document), encoding="utf-8")
    return file


def test_a_changed_threshold_reaches_what_the_kernel_reads_and_other_packs_stay(tmp_path: Path) -> None:
    lower = {"large_usd_minor": [{"valid_from": START.date(), "value": 1, "source": "trial"}]}
    compiled = json.loads(compile_packs(load_rule_packs() | read_packs([pack(tmp_path, thresholds=lower)])))
    declared = json.loads(compile_active())
    assert compiled["packs"]["CA"]["thresholds"]["large_usd_minor"][0]["value"] == 1
    assert compiled["packs"]["MX"] == declared["packs"]["MX"]
    assert compiled["digest"] != declared["digest"]
    assert rule_ids(json.dumps(compiled)) == rule_ids(compile_active())


def test_a_pack_that_breaks_its_shape_is_refused_in_the_words_of_its_check(tmp_path: Path) -> None:
    with pytest.raises(InvalidInputError, match="jurisdiction"):
        read_packs([pack(tmp_path, jurisdiction="Canada")])


def test_two_packs_for_one_jurisdiction_are_refused(tmp_path: Path) -> None:
    file = pack(tmp_path)
    with pytest.raises(InvalidInputError, match="two packs"):
        read_packs([file, file])


def test_a_pack_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidInputError, match="there is no"):
        read_packs([tmp_path / "absent.yml"])


def test_what_is_no_model_is_refused() -> None:
    with pytest.raises(InvalidInputError, match="no model"):
        load_model(b"nothing")


def test_an_empty_interval_and_a_plan_without_a_candidate_are_refused() -> None:
    with pytest.raises(InvalidInputError, match="empty"):
        Plan(START, START, model="1").check()
    with pytest.raises(InvalidInputError, match="nothing to try"):
        Plan(START, START + timedelta(days=1)).check()


def test_the_longest_window_of_labels_is_warm_with_its_delay() -> None:
    assert declared_warm_up() >= timedelta(days=37)


def test_what_is_summed_of_accounts_is_warm_with_the_accounts_own_window() -> None:
    """A terminal's oldest movement, a window, a delay and its bucket before, was measured by thirty days of its account."""
    assert declared_warm_up() >= timedelta(days=30 + 7, hours=1, minutes=1) + timedelta(days=30, hours=1)
