"""A backtest's replays on a real Kafka and a real Flink cluster: the same computation, other rules, nothing left behind."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import yaml
from rich.console import Console

from cli.backtest import history
from cli.backtest.candidate import Candidate, read_packs
from cli.backtest.comparison import compare, controlled
from cli.backtest.decided import Known
from cli.backtest.movements import Decision, Movement, MovementKey
from cli.backtest.run import Replays, folder_of
from cli.flow.journal import Journal
from contracts.errors import InvalidInputError
from contracts.rules import DIRECTORY, compile_active, compile_packs, load_rule_packs
from pipelines.lakehouse.catalog import Lake
from pipelines.landing.offsets import open_offsets
from tests.integration.streaming.stack import Stack
from tests.unit.pipelines.lakes import land, small_lake
from tests.unit.streaming.kernel_process import START, event, later, movement

pytestmark = pytest.mark.integration

MOVEMENTS = 12
UNDECIDED = Decision("allow", None, ())


@pytest.fixture
def lake(tmp_path: Path) -> Iterator[Lake]:
    with small_lake(tmp_path) as opened:
        yield opened


def landed(lake: Lake) -> history.Span:
    """Transfers of one account, ten minutes apart: the first half is history, the other live."""
    written = [
        event(
            movement(number, later(minutes=10 * number), account_id="a1"), time=later(minutes=10 * number).isoformat()
        )
        for number in range(MOVEMENTS)
    ]
    half = MOVEMENTS // 2
    land(lake, history.BRONZE, "transaction.history", written[:half])
    land(lake, history.BRONZE, "transaction.events", written[half:], first_offset=half)
    return history.span_of(lake, START, START, START + timedelta(days=1))


def replays(stack: Stack, lake: Lake, span: history.Span, decided: dict[MovementKey, Decision]) -> Replays:
    known = {key: Known("account-1", "transfer", 1000, "fraud", decision) for key, decision in decided.items()}
    return Replays(stack.settings, lake, span, known, Journal(Console(), stack.settings.state / "logs"))


def stricter(folder: Path) -> Candidate:
    """Canada's rules with another count of transfers in an hour."""
    pack = yaml.safe_load((DIRECTORY / "CA.yml").read_text(encoding="utf-8"))
    pack["thresholds"]["transfers_per_hour"] = [{"valid_from": START.date(), "value": 3, "source": "trial"}]
    file = folder / "CA.yml"
    file.write_text(yaml.safe_dump(pack), encoding="utf-8")
    return Candidate(compile_packs(load_rule_packs() | read_packs([file])), None)


def by_key(rows: list[Movement]) -> dict[MovementKey, Decision]:
    return {row.key: row.tried for row in rows}


def test_a_replay_repeats_itself_a_candidate_changes_what_its_rules_say_and_nothing_is_left(
    stack: Stack, lake: Lake, tmp_path: Path
) -> None:
    span = landed(lake)
    undecided = {(f"t{number}", "debit", 1): UNDECIDED for number in range(MOVEMENTS)}
    decided = by_key(replays(stack, lake, span, undecided).run(Candidate(compile_active(), None), "first", "active"))
    assert len(decided) == MOVEMENTS
    assert {rule for decision in decided.values() for rule in decision.rules if "VELOC-001" in rule} == {"CA-VELOC-001"}

    again = replays(stack, lake, span, decided).run(Candidate(compile_active(), None), "again", "active")
    assert controlled(again).equal == MOVEMENTS

    tried = replays(stack, lake, span, decided).run(stricter(tmp_path), "candidate", "stricter")
    rule = compare(tried).rules["CA-VELOC-001"]
    assert (rule.decided.caught, rule.tried.caught) == (MOVEMENTS - 5, MOVEMENTS - 3)
    assert all(row.tried.features == row.decided.features for row in tried)

    with open_offsets(stack.settings) as offsets:
        assert not [name for name in offsets.topics() if name.startswith("backtest-")]
        assert sum(offsets.ends(["transaction.scores", "aml.alerts"]).values()) == 0
    assert not list(folder_of(stack.settings).glob("backtest-*"))


def test_rules_that_do_not_compile_are_refused_in_the_kernels_words_before_anything_is_made(
    stack: Stack, lake: Lake
) -> None:
    rules = json.loads(compile_active())
    rules["packs"]["CA"]["rules"][0]["when"] = "tx.nothing == 1.0"
    with pytest.raises(InvalidInputError, match=r"kernel refuses it.*tx\.nothing"):
        replays(stack, lake, landed(lake), {}).run(Candidate(json.dumps(rules), None), "refused", "refused")
    assert not list(folder_of(stack.settings).glob("backtest-*"))
