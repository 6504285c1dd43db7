"""Rule packs: they compile, use declared names only, and cite what they stand on."""

from __future__ import annotations

import json
import re
from itertools import pairwise
from pathlib import Path

import cel
import pytest
from pydantic import ValidationError

from contracts.decisions import load_fallback_reasons, load_policy, strongest
from contracts.events import event_schema
from contracts.features import feature_names, load_feature_views
from contracts.jurisdictions import load_jurisdiction
from contracts.remittances import load_remittance_policy
from contracts.rules import DIRECTORY, Rule, RulePack, compile_active, find_rule, load_rule_pack, load_rule_packs
from contracts.rules.active import read_active

PACKS = load_rule_packs()
PACK_FILE = DIRECTORY / "CA.yml"
RULES = [(pack, rule) for pack in PACKS.values() for rule in pack.rules]
EVENT = event_schema("transaction.processed.v1").schema["properties"]
NAME = re.compile(r"\b(tx|f|threshold|listed)\.(\w+)")
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

every_pack = pytest.mark.parametrize("pack", PACKS.values(), ids=PACKS.keys())
every_rule = pytest.mark.parametrize(("pack", "rule"), RULES, ids=lambda part: getattr(part, "id", ""))


@every_rule
def test_a_rule_compiles_and_uses_declared_names_only(pack: RulePack, rule: Rule) -> None:
    known = {"tx": EVENT, "f": feature_names(), "threshold": pack.thresholds, "listed": pack.lists}
    assert set(cel.compile(rule.when).variables()) <= known.keys()
    used = set(NAME.findall(rule.when))
    assert used
    assert not {f"{root}.{name}" for root, name in used if name not in known[root]}


@every_rule
def test_a_rule_gives_true_or_false_where_features_are_absent(pack: RulePack, rule: Rule) -> None:
    present = {name: 1.0 for name in feature_names() if name not in OPTIONAL}
    thresholds = {name: float(values[-1].value) for name, values in pack.thresholds.items()}
    for leg, kind in (("debit", "card_payment"), ("credit", "cash_in"), ("debit", "transfer")):
        transaction = dict.fromkeys(EVENT) | {"leg": leg, "kind": kind, "amount_usd_minor": 9e9}
        lists = {name: list(values[-1].values) for name, values in pack.lists.items()}
        held = cel.evaluate(rule.when, {"tx": transaction, "f": present, "threshold": thresholds, "listed": lists})
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


@every_rule
def test_evidence_is_asked_of_the_account_alone(pack: RulePack, rule: Rule) -> None:
    """Where an account's movements are, other keys' features are not known yet: a rule that asks for them finds no members."""
    read = {name.split("__")[0] for root, name in NAME.findall(rule.when) if root == "f"}
    assert rule.members is None or read <= {"account", "transaction"}, pack.jurisdiction


@every_pack
def test_a_pack_covers_fraud_and_laundering(pack: RulePack) -> None:
    covered = {rule.typology for rule in pack.rules}
    assert len(pack.rules) >= 15
    assert covered >= {"structuring", "rapid_movement", "fan_in", "fan_out", "smurfing"}
    assert covered >= {"velocity", "large_amount", "high_risk_corridor", "kyc_tier_limit", "impossible_travel"}


@every_pack
def test_limits_by_tier_are_those_of_the_remittance_policy(pack: RulePack) -> None:
    for tier in load_remittance_policy().tiers:
        for span, dollars in (("daily", tier.daily_usd), ("monthly", tier.monthly_usd)):
            limit = pack.thresholds.get(f"kyc_{tier.tier}_{span}_usd_minor")
            assert (limit and limit[0].value) == (dollars and dollars * 100)


@every_pack
def test_lists_are_dated_in_order_sourced_and_hold_countries(pack: RulePack) -> None:
    for dated in pack.lists.values():
        assert all(earlier.valid_from < later.valid_from for earlier, later in pairwise(dated))
        for content in dated:
            assert content.source.strip()
            assert all(re.fullmatch("[A-Z]{2}", code) for code in content.values)
            assert len(set(content.values)) == len(content.values)


def test_what_a_pack_declares_itself_holds_before_what_is_shared(tmp_path: Path) -> None:
    text = PACK_FILE.read_text(encoding="utf-8")
    own = "  transfers_per_hour:\n    - {valid_from: 2020-01-01, value: 9, source: test}\n"
    later = text.replace('version: "', 'version: "9').replace("thresholds:\n", "thresholds:\n" + own)
    changed = tmp_path / "CA.yml"
    changed.write_text(later, encoding="utf-8")
    pack = load_rule_pack(changed)
    assert pack.thresholds["transfers_per_hour"][0].value == 9
    assert pack.version.startswith("9")
    assert len(pack.rules) == len(PACKS["CA"].rules)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"action": "review"}, "raises no alert"),
        ({"members": {"window": "73h", "filter": {}}}, "less than or equal"),
        ({"members": {"window": "1h", "filter": {"device_id": ["d"]}}}, "device_id"),
    ],
)
def test_members_that_the_kernel_cannot_tell_are_refused(change: dict[str, object], why: str) -> None:
    rule = next(rule for rule in PACKS["CA"].rules if rule.members is not None)
    with pytest.raises(ValidationError, match=why):
        Rule.model_validate({**rule.model_dump(), **change})


@every_pack
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
    rules = {rule["id"]: rule for rule in document["packs"]["CA"]["rules"]}
    assert not any({"reason", "source"} & rule.keys() for rule in rules.values())
    assert rules["CA-RAPID-001"]["alert_window_ms"] == 3_600_000
    assert rules["CA-STRUCT-001"]["members"] == {"window_ms": 86_400_000, "filter": {"kind": ["cash_in"]}}
    assert "members" not in rules["CA-VELOC-001"]


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
