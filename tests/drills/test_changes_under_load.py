"""A promotion and a rule change under 1,000 events/s: every event is decided once, by one stated model and pack."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import datetime

import numpy as np
import pytest

from contracts.models.files import champion_file
from contracts.rules import compile_active
from ml.champions import Champion
from ml.governance.publication import publish
from streaming.submit import write_rules
from tests.drills.conftest import Figures
from tests.drills.ledger import Told
from tests.drills.line import Line, under_load
from tests.drills.platform import Platform, eventually
from tests.drills.releases import NEW_PACK, broken_champions, broken_packs, misjudged, pack_with_a_rule, trained

pytestmark = [pytest.mark.drills, pytest.mark.timeout(1500)]

EVENTS_PER_SECOND, QUESTIONS_PER_SECOND, LOAD_SECONDS = 1000, 5, 30.0
APART_SECONDS = 5.0
TAKEN_UP_SECONDS = 60.0
# The bound, from the promotion to the last decision by what was before.
SWAP_SECONDS = 2.0


@pytest.fixture
def champions(platform: Platform) -> Iterator[tuple[bytes, bytes]]:
    """Two artefacts, of which the first is in force with the declared rules, which are in force again afterwards."""
    first, second = trained(1), trained(4)
    publish(first, platform.settings, "fraud")
    write_rules(platform.settings.rules_file, compile_active())
    yield first, second
    write_rules(platform.settings.rules_file, compile_active())


def test_a_promotion_and_a_rule_change_reach_the_job_without_losing_or_mixing_a_decision(
    platform: Platform, champions: tuple[bytes, bytes], figure: Figures
) -> None:
    settings = platform.settings
    old, new = Champion(champions[0]), Champion(champions[1])
    assert old.version != new.version
    with under_load(platform, LOAD_SECONDS, EVENTS_PER_SECOND, QUESTIONS_PER_SECOND) as line:
        eventually(lambda: old.version not in versions(line, "model_version"), TAKEN_UP_SECONDS)
        began = time.time()
        time.sleep(APART_SECONDS)
        promoted_at = time.time()
        publish(champions[1], settings, "fraud")
        time.sleep(APART_SECONDS)
        changed_at = time.time()
        write_rules(settings.rules_file, pack_with_a_rule())
        time.sleep(APART_SECONDS)
        refused_from = offer_what_is_broken(platform, champions[1])
        line.settle()
        told = [one for one in line.scores.first().values() if decided_at(one) >= began]
    by_model = swapped(told, "model_version", new.version, promoted_at)
    by_pack = swapped(told, "pack_version", NEW_PACK, changed_at)
    figure("decisions", len(told))
    figure("seconds from the promotion to the last decision by the old model", round(by_model, 2))
    figure("seconds from the rule change to the last decision by the old pack", round(by_pack, 2))
    for name, moment in {"promotion": promoted_at, "rule change": changed_at}.items():
        figure(f"ms from event to score around the {name}", delays(line, told, moment))
    assert misjudged([one.data for one in told], [old, new]) == []
    after = [one.data for one in told if decided_at(one) > refused_from]
    assert {(one["model_version"], one["pack_version"]) for one in after} == {(new.version, NEW_PACK)}
    assert max(by_model, by_pack) <= SWAP_SECONDS


def offer_what_is_broken(platform: Platform, sound: bytes) -> float:
    """Put broken files in place one by one, and wait until the job says that it refused each; when the first came."""
    began = time.time()
    for content in broken_champions(sound):
        seen = refusals(platform, champion_file(platform.settings, "fraud").name)
        # Publication refuses what it cannot open: this is a disk that fails, or somebody's hand.
        champion_file(platform.settings, "fraud").write_bytes(content)
        await_refusal(platform, champion_file(platform.settings, "fraud").name, seen)
    for text in broken_packs():
        seen = refusals(platform, platform.settings.rules_file.name)
        write_rules(platform.settings.rules_file, text)
        await_refusal(platform, platform.settings.rules_file.name, seen)
    return began


def await_refusal(platform: Platform, file: str, seen: int) -> None:
    eventually(lambda: f"no refusal of {file}" if refusals(platform, file) == seen else "", TAKEN_UP_SECONDS)


def refusals(platform: Platform, file: str) -> int:
    return sum("Refused" in line and file in line for line in platform.log("flink_task").splitlines())


def versions(line: Line, name: str) -> set[str | None]:
    return {told.data[name] for told in line.scores.first().values()}


def swapped(told: list[Told], name: str, new: str, moment: float) -> float:
    """Seconds from a change to the last decision by what was before; both must have decided."""
    before = [decided_at(one) for one in told if one.data[name] != new]
    assert 0 < len(before) < len(told)
    return max(before) - moment


def delays(line: Line, told: list[Told], moment: float) -> str:
    """Median, 99th percentile and maximum from sending to score: of five seconds before a change, and of five from it on."""
    parts = []
    for name, begin in {"before": moment - 5, "from then on": moment}.items():
        took = [
            1000 * (one.at - sent)
            for one in told
            if begin <= (sent := line.wire.sent.get((one.data["transaction_id"], one.data["leg"], 1), 0)) < begin + 5
        ]
        middle, high, highest = np.percentile(took, [50, 99, 100])
        parts.append(f"{name} p50 {middle:.0f}, p99 {high:.0f}, max {highest:.0f}")
    return "; ".join(parts)


def decided_at(told: Told) -> float:
    return datetime.fromisoformat(told.data["decided_at"]).timestamp()
