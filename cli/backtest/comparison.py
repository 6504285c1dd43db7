"""What a candidate would have changed: counts and money, in total and by rule. Pure: rows in, figures out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from cli.backtest.movements import Decision, Movement, differing_features


@dataclass
class Tally:
    """Movements noticed or not, by what is known of them; money in US cents. Open ones are neither right nor wrong."""

    noticed: int = 0
    caught: int = 0
    missed: int = 0
    false_alarms: int = 0
    open: int = 0
    caught_usd_minor: int = 0
    missed_usd_minor: int = 0
    wrongly_usd_minor: int = 0

    def add(self, movement: Movement, *, noticed: bool) -> None:
        """Count one movement."""
        self.noticed += noticed
        if movement.confirmed:
            self.caught += noticed
            self.missed += not noticed
            self.caught_usd_minor += movement.amount * noticed
            self.missed_usd_minor += movement.amount * (not noticed)
        elif noticed and movement.truth == "legitimate":
            self.false_alarms += 1
            self.wrongly_usd_minor += movement.amount
        elif noticed:
            self.open += 1


@dataclass
class Changed:
    """Movements whose fate differs, by what is known of them; money in US cents."""

    movements: int = 0
    confirmed: int = 0
    legitimate: int = 0
    open: int = 0
    usd_minor: int = 0

    def add(self, movement: Movement) -> None:
        """Count one movement."""
        self.movements += 1
        self.confirmed += movement.confirmed
        self.legitimate += movement.truth == "legitimate"
        self.open += movement.truth == "open"
        self.usd_minor += movement.amount


@dataclass
class RuleCompared:
    """One rule, as decisions named it and as the candidate names it."""

    decided: Tally = field(default_factory=Tally)
    tried: Tally = field(default_factory=Tally)


@dataclass
class Comparison:
    """All movements of an interval. `newly_stopped` were allowed, `newly_allowed` were not."""

    movements: int = 0
    decided: Tally = field(default_factory=Tally)
    tried: Tally = field(default_factory=Tally)
    newly_stopped: Changed = field(default_factory=Changed)
    newly_allowed: Changed = field(default_factory=Changed)
    rules: dict[str, RuleCompared] = field(default_factory=dict)


@dataclass
class Control:
    """How many decisions of a replay by what is active equal what was decided, where the same versions decided.

    `asked` were decided before they were committed, at a moment that the replay does not have. `after_question` are those of an
    account that asked before and did not commit what it asked about: it counted then, and history does not hold it.
    """

    comparable: int = 0
    equal: int = 0
    outcome_differs: int = 0
    rules_differ: int = 0
    score_differs: int = 0
    features_differ: int = 0
    asked: int = 0
    after_question: int = 0
    other_versions: int = 0
    differing_features: dict[str, int] = field(default_factory=dict)


def compare(movements: Sequence[Movement], known_rules: Iterable[str] = ()) -> Comparison:
    """The whole comparison; every rule of `known_rules` has its line, even when it never holds."""
    names = {name for movement in movements for name in (*movement.decided.rules, *movement.tried.rules)}
    result = Comparison(rules={name: RuleCompared() for name in sorted({*names, *known_rules})})
    for movement in movements:
        _add(result, movement)
    return result


def controlled(movements: Iterable[Movement]) -> Control:
    """The proof that a replay is the same computation; `tried` must be what the active rules and model decide."""
    control = Control()
    for movement in movements:
        told, again = movement.decided, movement.tried
        if told.asked:
            control.asked += 1
        elif told.versions != again.versions:
            control.other_versions += 1
        elif movement.after_question:
            control.after_question += 1
        else:
            _count(control, told, again)
    return control


def _count(control: Control, told: Decision, again: Decision) -> None:
    differing = [getattr(told, part) != getattr(again, part) for part in _PARTS]
    control.comparable += 1
    control.equal += not any(differing)
    for part, differs in zip(_PARTS.values(), differing, strict=True):
        setattr(control, part, getattr(control, part) + differs)
    for name in differing_features(told, again):
        control.differing_features[name] = control.differing_features.get(name, 0) + 1


_PARTS = {
    "outcome": "outcome_differs",
    "rules": "rules_differ",
    "score": "score_differs",
    "features": "features_differ",
}


def _add(result: Comparison, movement: Movement) -> None:
    result.movements += 1
    result.decided.add(movement, noticed=_noticed(movement, movement.decided))
    result.tried.add(movement, noticed=_noticed(movement, movement.tried))
    if movement.tried.stopped and not movement.decided.stopped:
        result.newly_stopped.add(movement)
    if movement.decided.stopped and not movement.tried.stopped:
        result.newly_allowed.add(movement)
    for name, rule in result.rules.items():
        rule.decided.add(movement, noticed=name in movement.decided.rules)
        rule.tried.add(movement, noticed=name in movement.tried.rules)


def _noticed(movement: Movement, decision: Decision) -> bool:
    """Fraud has to be stopped; of laundering an alert is enough, and whoever launders is not told."""
    return decision.stopped or (movement.truth == "laundering" and bool(decision.rules))
