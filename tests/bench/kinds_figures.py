"""Recall and precision of each planted kind at the alert budget, beside what an amount and what the rules find; look-alikes beside their base rate.

Card payments have a budget of their own, the declared one, and so have all other movements: analysts are asked about the same share of both.
A planted crime of another kind is no false alarm of a kind.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import numpy.typing as npt
import pandas as pd  # type: ignore[import-untyped]

from contracts.benchmarks import Figure
from contracts.models import fraud_model
from contracts.rules import find_rule
from sources.workload.planting.cases import CARD_FRAUD, CRIMES, KINDS, LAUNDERING, LOOK_ALIKES

Flags = npt.NDArray[np.bool_]
Planted = npt.NDArray[np.str_]
Found = Iterator[tuple[str, Figure]]


def figures(group: str, rows: pd.DataFrame, scores: npt.NDArray[np.float64]) -> Found:
    """All figures of some movements, in percent; a kind that does not occur has its count of 0 only.

    `rows` are the `decisions` of `Watched`, `scores` the model's of the same rows.
    """
    cards = rows["kind"].isin(fraud_model().judged_kinds).to_numpy()
    planted = rows["planted"].to_numpy(dtype=str)
    amounts = rows["amount_usd_minor"].to_numpy(dtype=np.float64)
    watchers = {
        "": within_budget(scores, cards),
        "_by_amount": within_budget(amounts, cards),
        "_by_rules": rows["rules"].map(bool).to_numpy(),
    }
    for kind in KINDS:
        yield f"{group}_movements_{kind}", Figure(float((planted == kind).sum()), "movements")
    for name, part in (("card", cards), ("other", ~cards)):
        yield f"{group}_base_rate_{name}", Figure(_percent(_of(planted, CRIMES)[part]), "%")
    for suffix, alerted in watchers.items():
        for name, part in (("card", cards), ("other", ~cards)):
            yield f"{group}_alert_share_{name}{suffix}", Figure(_percent(alerted[part]), "%")
            yield f"{group}_precision_{name}{suffix}", Figure(_percent(_of(planted, CRIMES)[alerted & part]), "%")
        yield from _recalls(f"{group}_recall", suffix, CRIMES, planted, alerted)
    for suffix in ("", "_by_rules"):
        yield from _precisions(group, suffix, planted, watchers[suffix], cards)
        yield from _recalls(f"{group}_lookalike_alert_share", suffix, LOOK_ALIKES, planted, watchers[suffix])
    for kind in LOOK_ALIKES:
        yield f"{group}_lookalike_base_rate_{_bare(kind)}", Figure(_percent((planted == kind)[~cards]), "%")
    yield from _of_cases(group, rows, planted)


def within_budget(scores: npt.NDArray[np.float64], cards: Flags) -> Flags:
    """The movements of the highest scores, of card payments and of the others each the declared share; of equals the first in time."""
    alerted = np.zeros(len(scores), dtype=np.bool_)
    for part in (cards, ~cards):
        places = np.flatnonzero(part)
        allowed = int(len(places) * fraud_model().decision.alert_budget)
        alerted[places[np.argsort(-scores[places], kind="stable")[:allowed]]] = True
    return alerted


def _recalls(name: str, suffix: str, kinds: tuple[str, ...], planted: Planted, alerted: Flags) -> Found:
    for kind in kinds:
        if (planted == kind).any():
            yield f"{name}_{_bare(kind)}{suffix}", Figure(_percent(alerted[planted == kind]), "%")


def _precisions(group: str, suffix: str, planted: Planted, alerted: Flags, cards: Flags) -> Found:
    """Of the alerts among card payments, or among the others, that are a kind's own or nobody's: its own."""
    for kind in CRIMES:
        own = planted == kind
        if own.any():
            part = cards if kind in CARD_FRAUD else ~cards
            counted = alerted & part & (own | ~_of(planted, CRIMES))
            yield f"{group}_precision_{kind}{suffix}", Figure(_percent(own[counted]), "%")


def _of_cases(group: str, rows: pd.DataFrame, planted: Planted) -> Found:
    """Laundering is a pattern: a case is caught where the typology's rule held at one of its movements.

    Precision is that of the movements at which it held, since honest movements belong to no case.
    """
    typologies = rows["rules"].map(_typologies)
    for kind in LAUNDERING:
        held = typologies.map(_contains(kind)).to_numpy(dtype=np.bool_)
        if (planted == kind).any():
            yield f"{group}_cases_{kind}", Figure(float(rows["case"][planted == kind].nunique()), "cases")
            yield f"{group}_case_recall_{kind}", Figure(_caught(rows["case"], planted == kind, held), "%")
        if held.any():
            yield f"{group}_rule_precision_{kind}", Figure(_percent(_of(planted, CRIMES)[held]), "%")
    alarmed = typologies.map(bool).to_numpy()
    for kind in LOOK_ALIKES:
        if (planted == kind).any():
            share = _caught(rows["case"], planted == kind, alarmed)
            yield f"{group}_lookalike_cases_alarmed_{_bare(kind)}", Figure(share, "%")


def _typologies(rules: tuple[str, ...]) -> frozenset[str]:
    """The patterns that the rules alert to; a rule that stops a movement names none."""
    found = (find_rule(rule) for rule in rules)
    return frozenset(rule.typology for rule in found if rule is not None and rule.action == "alert")


def _contains(kind: str) -> Callable[[frozenset[str]], bool]:
    return lambda typologies: kind in typologies


def _caught(case: pd.Series, own: Flags, held: Flags) -> float:
    """Of the cases, percent with such a movement."""
    return 100 * float(case[own & held].nunique() / case[own].nunique())


def _of(planted: Planted, kinds: tuple[str, ...]) -> Flags:
    return np.isin(planted, kinds)


def _bare(kind: str) -> str:
    return kind.removeprefix("benign_")


def _percent(flags: Flags) -> float:
    return 100 * float(flags.mean()) if len(flags) else 0.0
