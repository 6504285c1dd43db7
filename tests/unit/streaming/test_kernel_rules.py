"""Compiled rules give what CEL's own runtime gives: for every rule of the packs and for generated ones, absent values included."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contracts.rules import compile_active
from tests.rules_trial import FEATURES, FIELDS, Row, RulesTrial, World

PACKS = json.loads(compile_active())["packs"]
TEXTS = ("debit", "credit", "transfer", "cash_in", "remittance", "US", "MX", "")
LISTED = ("US", "transfer")
SMALL = World(
    fields=("text", "number", "flag", "kind"),
    features=("a__one", "a__two"),
    thresholds={
        "here": [{"valid_from": "2020-01-01", "value": 3}],
        "there": [{"valid_from": "2020-01-01", "value": 0}, {"valid_from": "2021-01-01", "value": 7}],
    },
    lists={"some": [{"valid_from": "2020-01-01", "values": list(LISTED)}]},
)

numbers = st.one_of(st.integers(-5, 9), st.sampled_from([0.5, 3.0, 7.0, -0.0, 1e12]))
texts = st.sampled_from(TEXTS)
constants = st.sampled_from(["0.0", "3.0", "7.0", "0.5", "1e12"])


@pytest.fixture(scope="module")
def trial() -> Iterator[RulesTrial]:
    with RulesTrial() as running:
        yield running


def amounts(depth: int) -> st.SearchStrategy[str]:
    leaves = st.one_of(constants, st.sampled_from(["f.a__one", "f.a__two", "threshold.here", "threshold.there"]))
    if depth == 0:
        return leaves
    inner = amounts(depth - 1)
    field = st.sampled_from(["tx.number", "tx.text", "tx.flag"])
    return st.one_of(
        leaves,
        st.tuples(inner, st.sampled_from("+-*/"), st.one_of(inner, field)).map(lambda p: f"({p[0]} {p[1]} {p[2]})"),
        inner.map(lambda operand: f"-({operand})"),
        st.tuples(truths(depth - 1), inner, inner).map(lambda p: f"({p[0]} ? {p[1]} : {p[2]})"),
    )


def truths(depth: int) -> st.SearchStrategy[str]:
    fields = st.sampled_from(["tx.text", "tx.number", "tx.flag", "tx.kind"])
    quoted = texts.map(json.dumps)
    equality = st.sampled_from(["==", "!="])
    leaves = st.one_of(
        st.sampled_from(["true", "false", "has(tx.text)", "has(f.a__one)", "has(threshold.here)", "tx.flag == true"]),
        st.tuples(fields, equality, quoted).map(" ".join),
        st.tuples(fields, equality, fields).map(" ".join),
        st.tuples(fields, st.lists(quoted, max_size=3).map(", ".join)).map(lambda p: f"{p[0]} in [{p[1]}]"),
        fields.map(lambda field: f"{field} in listed.some"),
    )
    if depth == 0:
        return leaves
    amount, inner = amounts(depth - 1), truths(depth - 1)
    order = st.sampled_from(["<", "<=", ">", ">=", "==", "!="])
    return st.one_of(
        leaves,
        st.tuples(amount, order, amount).map(" ".join),
        st.tuples(fields, order, amount).map(" ".join),
        st.tuples(inner, st.sampled_from(["&&", "||"]), inner).map(lambda p: f"({p[0]} {p[1]} {p[2]})"),
        inner.map(lambda operand: f"!({operand})"),
        st.tuples(inner, inner, inner).map(lambda p: f"({p[0]} ? {p[1]} : {p[2]})"),
    )


small_rows: st.SearchStrategy[Row] = st.tuples(
    st.tuples(st.none() | texts, st.none() | numbers, st.none() | st.booleans(), st.none() | texts | numbers),
    st.tuples(st.none() | numbers, st.none() | numbers),
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rules=st.lists(truths(4), min_size=1, max_size=3), rows=st.lists(small_rows, min_size=1, max_size=12))
def test_a_generated_rule_gives_what_cel_gives(trial: RulesTrial, rules: list[str], rows: list[Row]) -> None:
    answer = trial.run(SMALL, rules, rows)
    for rule, told in zip(rules, answer["rules"], strict=True):
        assert told.get("compiled") == told.get("interpreted"), rule
        assert "refused" not in told, rule


movement_values = {
    "leg": st.sampled_from(["debit", "credit"]),
    "amount_usd_minor": st.one_of(st.integers(0, 3_000_000), st.sampled_from([250_000, 500_000, 730_000, 1_000_000])),
    "amount_minor": st.sampled_from([50_000, 100_000, 123_456]),
    "kind": st.sampled_from(["card_payment", "transfer", "remittance", "cash_in", "cash_out", "payout"]),
    "channel": st.sampled_from(["app", "web", "branch", "card_not_present", "atm", "partner"]),
}


def known_rows() -> st.SearchStrategy[Row]:
    movement = [
        movement_values.get(name, st.none() | st.sampled_from(["CA", "US", "MX", "IR", "x"])) for name in FIELDS
    ]
    feature = st.one_of(st.none(), st.integers(0, 12), st.integers(0, 5_000_000), st.floats(0, 100, allow_nan=False))
    return st.tuples(st.tuples(*movement), st.tuples(*[feature] * len(FEATURES)))


@pytest.mark.parametrize("code", sorted(PACKS))
@settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))
@given(rows=st.lists(known_rows(), min_size=20, max_size=20))
def test_every_rule_of_a_pack_gives_what_cel_gives(trial: RulesTrial, code: str, rows: list[Row]) -> None:
    pack = PACKS[code]
    world = World(thresholds=pack["thresholds"], lists=pack.get("lists", {}))
    answer = trial.run(world, [rule["when"] for rule in pack["rules"]], rows)
    for rule, told in zip(pack["rules"], answer["rules"], strict=True):
        assert told.get("compiled"), (rule["id"], told)
        assert told["compiled"] == told["interpreted"], rule["id"]


@pytest.mark.parametrize(
    ("rule", "why"),
    [
        ("tx.nothing == 1.0", "there is no tx.nothing"),
        ("f.a__three > 1.0", "there is no f.a__three"),
        ("tx.number > threshold.nowhere", "there is no threshold.nowhere"),
        ("tx.text in listed.none", "there is no listed.none"),
        ("tx.number > 3", "numbers are doubles: write 3.0"),
        ("tx.number + tx.number > 3.0", "needs numbers"),
        ('tx.text < "b"', "needs numbers"),
        ('tx.text.startsWith("a")', "cannot call startsWith"),
        ("[1.0, 2.0].exists(x, x > f.a__one)", "cannot have a COMPREHENSION"),
        ('tx["text"] == "a"', "tx is read by name"),
        ("tx.number in [1.0]", "lists of text only"),
        ("f.a__one", "a rule is true or false"),
        ("tx.text ==", "mismatched input"),
    ],
)
def test_what_is_no_rule_is_refused_with_the_reason(trial: RulesTrial, rule: str, why: str) -> None:
    (told,) = trial.run(SMALL, [rule], [])["rules"]
    assert why in told["refused"]
