"""What the packs' rules cost, compiled and interpreted (`python -m tests.bench.bench_rules`): microseconds an event, and their ratio."""

from __future__ import annotations

import json
import random
import statistics

from contracts.rules import compile_active
from tests.rules_trial import FEATURES, FIELDS, Row, RulesTrial, World

_ROWS, _ROUNDS, _WARM = 4000, 25, 10
_TEXTS = {
    "leg": ("debit", "credit"),
    "kind": ("card_payment", "transfer", "remittance", "cash_in", "cash_out"),
    "channel": ("app", "web", "branch", "card_present", "card_not_present"),
    "status": ("attempted", "completed"),
}


def rows(count: int, seed: int) -> list[Row]:
    """Everyday movements: a fifth of the features is absent, amounts are spread over five decades."""
    source = random.Random(seed)
    return [
        (
            [_field(source, name) for name in FIELDS],
            [None if source.random() < 0.2 else source.lognormvariate(3, 2) for _ in FEATURES],
        )
        for _ in range(count)
    ]


def _field(source: random.Random, name: str) -> object:
    if name.startswith("amount"):
        return round(source.lognormvariate(9, 2))
    if name == "kyc_tier":
        return source.randint(0, 3)
    return source.choice(_TEXTS.get(name, ("CA", "US", "NG", "a", "b", None)))


def main() -> None:
    """One line for each pack: medians over the rounds after the first, which warm both up."""
    movements = rows(_ROWS, seed=7)
    with RulesTrial(measured=True) as trial:
        for code, pack in json.loads(compile_active())["packs"].items():
            world = World(thresholds=pack["thresholds"], lists=pack.get("lists", {}))
            told = trial.run(world, [rule["when"] for rule in pack["rules"]], movements, _ROUNDS)
            compiled, interpreted = (
                statistics.median(told[f"{way}_ns"][_WARM:]) for way in ("compiled", "interpreted")
            )
            print(
                f"{code} rules={len(pack['rules'])} compiled_us={compiled / 1000:.3f}"
                f" interpreted_us={interpreted / 1000:.3f} ratio={interpreted / compiled:.1f}"
            )


if __name__ == "__main__":
    main()
