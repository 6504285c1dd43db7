"""The API follows the kernel's rules file while it runs."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from contracts.rules import compile_active
from contracts.rules.active import declared_rules
from contracts.settings import Settings
from serving.decisions.explain import reasons
from serving.platform.rules import RulesWatch
from tests.unit.serving.test_explain import document

RULE = "CA-VELOC-001"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(state=tmp_path)


def publish(settings: Settings, content: str) -> None:
    """As streaming.submit does."""
    settings.rules_file.parent.mkdir(exist_ok=True)
    partial = settings.rules_file.with_suffix(".partial")
    partial.write_text(content, encoding="utf-8")
    partial.replace(settings.rules_file)


def changed() -> str:
    body = json.loads(compile_active())
    body["texts"]["rules"][RULE]["fr"] = "Nouveau texte."
    body["policy"]["version"] = "next"
    body["policy"]["fallback"]["maximum_allow_usd_minor"] = 7
    return json.dumps(body)


def test_before_there_is_a_file_the_declared_rules_hold(settings: Settings) -> None:
    assert RulesWatch(settings).current() == declared_rules()


def test_a_replaced_file_changes_texts_and_policy_without_a_restart(settings: Settings) -> None:
    watch = RulesWatch(settings)
    publish(settings, compile_active())
    assert watch.current() == declared_rules()
    publish(settings, changed())
    active = watch.current()
    assert (active.policy.version, active.policy.fallback.maximum_allow_usd_minor) == ("next", 7)
    (reason,) = reasons(document(rules=[RULE], outcome="review"), "fr", None, active)
    assert reason.customer == "Nouveau texte."


@pytest.mark.parametrize("broken", ["no json", "{}", "\x00"])
def test_a_file_that_cannot_be_read_leaves_what_was_in_force(settings: Settings, broken: str) -> None:
    watch = RulesWatch(settings)
    publish(settings, changed())
    assert watch.current().policy.version == "next"
    publish(settings, broken)
    assert watch.current().policy.version == "next"
