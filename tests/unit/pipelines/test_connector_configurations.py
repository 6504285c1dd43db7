"""The connectors' configurations follow from the contracts."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from contracts.capture import EVENTS, ROWS
from contracts.settings import Settings
from contracts.tables import load_systems, load_tables
from contracts.topics import event_topics, load_topics
from deploy.local.services.connect import SERVICE as CONNECT
from pipelines.landing.configurations import SINK, Configuration, connector_configurations

PASSWORDS = {"postgres_debezium": "9f1c-replicates", "postgres_lake": "44ab-commits"}


@pytest.fixture
def configurations(tmp_path: Path) -> dict[str, Configuration]:
    (tmp_path / "secrets.json").write_text(json.dumps(PASSWORDS), encoding="utf-8")
    return connector_configurations(Settings(state=tmp_path))


def test_every_declared_table_is_captured_as_rows_and_every_outbox_as_events(
    configurations: dict[str, Configuration],
) -> None:
    rows = configurations[ROWS]["table.include.list"].split(",")
    events = configurations[EVENTS]["table.include.list"].split(",")
    assert {f"{table.schema_name}.{table.name}" for table in load_tables()} <= set(rows)
    assert {f"{system.schema_name}.outbox" for system in load_systems()} <= set(events)
    assert set(rows) & set(events) == {"cdc_control.heartbeat"}


def test_the_two_slots_never_share_a_name_a_publication_or_a_prefix(configurations: dict[str, Configuration]) -> None:
    for option in ("slot.name", "publication.name", "topic.prefix"):
        assert configurations[ROWS][option] != configurations[EVENTS][option]


def test_no_connector_may_change_what_is_published(configurations: dict[str, Configuration]) -> None:
    for name in (ROWS, EVENTS):
        assert configurations[name]["publication.autocreate.mode"] == "disabled"


def test_no_password_is_registered_and_the_worker_knows_each_that_is_referred_to(
    configurations: dict[str, Configuration], tmp_path: Path
) -> None:
    settings = Settings(state=tmp_path)
    told = json.dumps(configurations)
    assert PASSWORDS["postgres_debezium"] not in told
    assert PASSWORDS["postgres_lake"] not in told
    known = CONNECT.environment(settings)
    CONNECT.prepare(settings)
    (allowed,) = re.findall(r"allowlist\.pattern=(.*)", (tmp_path / "connect" / "worker.properties").read_text())
    referred = set(re.findall(r"\$\{env:(\w+)\}", told))
    assert {known[name] for name in referred} == set(PASSWORDS.values())
    assert all(re.fullmatch(allowed, name) for name in referred)
    assert not re.fullmatch(allowed, "ATALAYA_SECRET_POSTGRES_ATALAYA")


def test_each_landed_topic_goes_to_exactly_one_bronze_table(configurations: dict[str, Configuration]) -> None:
    sink = configurations[SINK]
    patterns = {
        option.removeprefix("iceberg.table.").removesuffix(".route-regex"): pattern
        for option, pattern in sink.items()
        if option.endswith(".route-regex")
    }
    for topic in sink["topics"].split(","):
        targets = [target for target, pattern in patterns.items() if re.match(pattern, topic)]
        assert len(targets) == 1, topic
    assert set(patterns) == set(sink["iceberg.tables"].split(","))


def test_requests_before_commit_are_never_landed(configurations: dict[str, Configuration]) -> None:
    landed = set(configurations[SINK]["topics"].split(","))
    assert not landed & {topic.name for topic in load_topics() if topic.kind == "requests"}
    assert {topic.name for topic in event_topics()} <= landed
