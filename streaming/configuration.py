"""What the kernel is told: contracts compiled to the one JSON document that travels inside the job."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from contracts.errors import ConfigurationError
from contracts.features import features_version, load_feature_views
from contracts.models.files import challenger_beside, champion_file
from contracts.rules import compile_active
from contracts.settings import Settings
from streaming.event_contract import event_contract, label_contract
from streaming.topics import DECLARED, JobTopics

Json = dict[str, Any]

_ACCOUNT, _OWN, _PARTY = "account_id", "transaction_id", "customer_id"
_OF_ACCOUNTS = "fraud_streak_mean"
# What an account says in fractions, which the kernel sums in whole hundredths.
_FRACTIONS = frozenset({"mean", "stddev", "ratio_to_mean", "seconds_since_last", "seconds_since_other"})


def job_configuration(
    settings: Settings,
    views: list[Json] | None = None,
    *,
    topics: JobTopics = DECLARED,
    rules_file: Path | None = None,
    model_file: Path | None = None,
) -> str:
    """The kernel's configuration as JSON with sorted keys; `views` stand in for the declared ones in tests.

    Other `topics` and files are for a job beside the one of production; the compiled rules within are the declared ones
    all the same (without those that other `views` have no features for), and hold only while `rules_file` does not exist.

    Raises ConfigurationError for a schema keyword or topic that the kernel does not know, and for a feature of a field that
    movements do not have: it must never ignore one.
    """
    champion = model_file or champion_file(settings, "fraud")
    contract = event_contract(topics)
    ordered = staged([view.as_kernel_json() for view in load_feature_views()] if views is None else views)
    _check_sources(ordered, {field["name"] for field in contract["fields"]})
    features = None if views is None else [feature["name"] for view in views for feature in view["features"]]
    document = {
        "contract": contract,
        "labels": label_contract(topics),
        "views": ordered,
        "features_version": features_version(),
        "rules": compile_active(features),
        "rules_file": str(rules_file or settings.rules_file),
        "model_file": str(champion),
        "shadow_model_file": str(challenger_beside(champion)),
        "scores": topics.scores,
        "alerts": topics.alerts,
        "replies": topics.replies,
        "quarantine": topics.quarantine,
    }
    return json.dumps(document, sort_keys=True)


def staged(views: list[Json]) -> list[Json]:
    """Views in the order in which the kernel visits their keys: the account, the movement itself, keys that a movement may lack, the party.

    The party decides, so that alerts about it are raised in one place; one without declared features is added.
    """
    account = [view for view in views if view["key"] == _ACCOUNT]
    own = [view for view in views if view["key"] == _OWN]
    party = [view for view in views if view["key"] == _PARTY]
    others = [view for view in views if view["key"] not in {_ACCOUNT, _OWN, _PARTY}]
    nobody: Json = {"view": "party", "entity": "party", "key": _PARTY, "lag_ms": 0, "features": []}
    return [*account, *own, *others, *(party or [nobody])]


def _check_sources(views: list[Json], fields: set[str]) -> None:
    fractions = {one["name"] for one in views[0]["features"] if one["aggregate"] in _FRACTIONS}
    for feature in (one for view in views for one in view["features"]):
        known = fractions if feature["aggregate"] == _OF_ACCOUNTS else {None, *fields}
        unknown = [] if feature.get("of") in known else [feature.get("of")]
        if unknown := [*unknown, *(feature.get("filter", {}).keys() - fields)]:
            raise ConfigurationError(
                f"The feature {feature['name']!r} is of {unknown[0]!r}, which movements do not have.",
                hint="contracts/events/transaction.schema.json has the fields; a streak's mean is of a fraction of the account.",
            )


def stage_names(configuration: str) -> list[str]:
    """The views that have a stage behind the account's, in their order."""
    return [view["view"] for view in json.loads(configuration)["views"] if view["key"] not in {_ACCOUNT, _OWN}]
