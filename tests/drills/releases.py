"""New champions and rule packs, sound and broken ones, as promotion and deployment put them before a running job."""

from __future__ import annotations

import json
from collections.abc import Sequence

import numpy as np

from contracts.rules import compile_active
from ml.champions import Champion
from ml.fraud.run import train_fraud
from tests.drills.movements import Json
from tests.unit.ml.movements import decisions, labels

JURISDICTION = "CA"
NEW_RULE, NEW_PACK, FROM_USD_MINOR = "CA-DRILL-001", "drill-2", 100_000

_ROWS = 3000


def trained(seed: int) -> bytes:
    """A champion's artefact; another seed gives another version and other scores."""
    frame = decisions(count=_ROWS, seed=seed)
    return train_fraud(frame, labels(frame)).content


def broken_champions() -> tuple[bytes, ...]:
    """What is no model at all, and a file that ends in the middle."""
    return b"no model", trained(5)[:-200]


def declared_pack() -> str:
    """The version of the pack that the contracts declare."""
    version: str = json.loads(compile_active())["packs"][JURISDICTION]["version"]
    return version


def pack_with_a_rule(when: str = f"tx.amount_usd_minor >= {FROM_USD_MINOR}.0") -> str:
    """The compiled rules with one rule more, which reviews what `when` says."""
    body = json.loads(compile_active())
    pack = body["packs"][JURISDICTION]
    pattern: Json = next(rule for rule in pack["rules"] if rule["action"] == "review")
    pack["rules"].append({**pattern, "id": NEW_RULE, "when": when})
    pack["version"] = NEW_PACK
    body["texts"]["rules"][NEW_RULE] = body["texts"]["rules"][pattern["id"]]
    body["digest"] = f"{NEW_PACK} {when}"
    return json.dumps(body)


def broken_packs() -> tuple[str, ...]:
    """An expression that does not compile among sound ones, and no JSON."""
    return pack_with_a_rule("tx.amount_usd_minor >="), "{"


def misjudged(told: Sequence[Json], champions: Sequence[Champion]) -> list[Json]:
    """The decisions that are not what exactly the model and the pack say that they name."""
    by_version = {champion.version: champion for champion in champions}
    wrong = [decision for decision in told if decision["model_version"] not in by_version or not _as_its_pack(decision)]
    for version, champion in by_version.items():
        own = [decision for decision in told if decision["model_version"] == version]
        if own:
            rows = [champion.vector(decision["features"]) for decision in own]
            scores = np.asarray([decision["score"] for decision in own], dtype=float)
            off = np.abs(champion.run(rows)[0][:, 1] - scores) > 1e-6
            wrong += [decision for decision, differs in zip(own, off, strict=True) if differs]
    return wrong


def _as_its_pack(decision: Json) -> bool:
    new = decision["pack_version"] == NEW_PACK
    known = new or decision["pack_version"] == declared_pack()
    return known and (NEW_RULE in decision["rules"]) == (new and decision["amount_usd_minor"] >= FROM_USD_MINOR)
