"""Rule packs: they compile, use declared names only, and cite what they stand on."""

from __future__ import annotations

import json
import re
from itertools import pairwise

import cel
import pytest

from contracts.decisions import load_fallback_reasons, load_policy, strongest
from contracts.events import event_schema
from contracts.features import feature_names, load_feature_views
from contracts.jurisdictions import load_jurisdiction
from contracts.rules import Rule, RulePack, compile_active, find_rule, load_rule_packs
from contracts.rules.active import read_active

PACKS = load_rule_packs()
RULES = [(pack, rule) for pack in PACKS.values() for rule in pack.rules]
EVENT = event_schema("transaction.processed.v1").schema["properties"]
NAME = re.compile(r"\b(tx|f|threshold)\.(\w+)")
WHOLE_NUMBER = re.compile(r"(?<![\w.])\d+(?![\w.]*\.?\d)")
# What has no value for some events: a rule must ask before it reads it.
ALWAYS_DEFINED = {"count", "sum", "distinct", "value", "hour_of_day", "day_of_week", "matches"}
REQUIRED = event_schema("transaction.processed.v1").schema["required"]
OPTIONAL = {
    feature.name
    for view in load_feature_views()
    for feature in view.features
    if feature.aggregate not in ALWAYS_DEFINED or view.key not in REQUIRED
}

every_rule = pytest.mark.parametrize(("pack", "rule"), RULES, ids=lambda part: getattr(part, "id", ""))


@every_rule
def test_a_rule_compiles_and_uses_declared_names_only(pack: RulePack, rule: Rule) -> None:
    assert set(cel.compile(rule.when).variables()) <= {"tx", "f", "threshold"}
    known = {"tx": set(EVENT), "f": set(feature_names()), "threshold": set(pack.thresholds)}
    used = set(NAME.findall(rule.when))
    assert used
    assert not {f"{root}.{name}" for root, name in used if name not in known[root]}


@every_rule
def test_a_rule_gives_true_or_false_where_features_are_absent(pack: RulePack, rule: Rule) -> None:
    present = {name: 1.0 for name in feature_names() if name not in OPTIONAL}
    thresholds = {name: float(values[-1].value) for name, values in pack.thresholds.items()}
    for leg, kind in (("debit", "card_payment"), ("credit", "cash_in"), ("debit", "transfer")):
        transaction = dict.fromkeys(EVENT) | {"leg": leg, "kind": kind, "amount_usd_minor": 9e9}
        held = cel.evaluate(rule.when, {"tx": transaction, "f": present, "threshold": thresholds})
        assert held in {True, False}, rule.id


@every_rule
def test_numbers_are_doubles_as_the_kernel_compares_them(pack: RulePack, rule: Rule) -> None:
    plain = re.sub(r'"[^"]*"|\w+__\w+', "", rule.when)
    assert WHOLE_NUMBER.findall(plain) == [], f"{pack.jurisdiction}: write 3.0 in {rule.id}"


@every_rule
def test_an_id_begins_with_its_jurisdiction_and_reasons_are_in_each_language(pack: RulePack, rule: Rule) -> None:
    assert rule.id.startswith(f"{pack.jurisdiction}-")
    assert rule.reason.keys() == {"en", "es", "fr"}
    assert all(reason.strip().endswith(".") for reason in rule.reason.values())
    assert rule.source.strip()


@every_rule
def test_a_rule_is_found_by_its_id_and_its_action_has_an_outcome(pack: RulePack, rule: Rule) -> None:
    assert pack.version
    assert find_rule(rule.id) == rule
    assert rule.action in load_policy().rules


@pytest.mark.parametrize("pack", PACKS.values(), ids=PACKS.keys())
def test_thresholds_are_dated_in_order_used_and_sourced(pack: RulePack) -> None:
    used = {name for rule in pack.rules for root, name in NAME.findall(rule.when) if root == "threshold"}
    assert used == set(pack.thresholds)
    for values in pack.thresholds.values():
        assert values
        assert all(earlier.valid_from < later.valid_from for earlier, later in pairwise(values))
        assert all(value.source.strip() for value in values)


def test_ids_are_unique_and_every_pack_has_its_jurisdiction() -> None:
    assert len({rule.id for _, rule in RULES}) == len(RULES)
    assert all(load_jurisdiction(code).jurisdiction == code for code in PACKS)


def test_the_compiled_file_is_the_same_bytes_each_time_and_its_rules_hold_no_prose() -> None:
    compiled = compile_active()
    assert compiled == compile_active()
    document = json.loads(compiled)
    assert set(document) == {"packs", "policy", "digest", "texts"}
    first = document["packs"]["CA"]["rules"][0]
    assert "reason" not in first
    assert first["alert_window_ms"] == 86_400_000


def test_what_is_read_from_the_compiled_file_is_what_the_contracts_say() -> None:
    active = read_active(compile_active())
    assert active.policy == load_policy()
    assert active.fallback == load_fallback_reasons()
    for _, rule in RULES:
        found = active.find(rule.id)
        assert found is not None
        assert (found.action, found.reason) == (rule.action, rule.reason)
    assert active.find("CA-OLD-001") is None


@pytest.mark.parametrize(
    "content", ["", "[]", "{}", '{"packs": {}, "policy": {}, "texts": {"rules": {}, "fallback": {}}}']
)
def test_a_compiled_file_that_lacks_a_part_is_refused(content: str) -> None:
    with pytest.raises(ValueError, match=r"\S"):
        read_active(content)


def test_the_strongest_outcome_wins() -> None:
    assert strongest(["allow", "review", "allow"]) == "review"
    assert strongest(["review", "decline"]) == "decline"
    assert strongest([]) == "allow"
