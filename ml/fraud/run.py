"""One training of the fraud model, from data to a registered version. Needs no Dagster."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd  # type: ignore[import-untyped]

from contracts.features import features_version, load_feature_views
from contracts.models import FraudModel, fraud_model
from contracts.settings import Settings
from ml.champions import Champion, ChampionWatch
from ml.fraud.dataset import FraudDataset, Part, build_dataset
from ml.fraud.graph import booster_graph
from ml.fraud.metrics import challenger_delta, evaluate, headline
from ml.fraud.review import Review, review
from ml.fraud.thresholds import Thresholds, choose_thresholds
from ml.fraud.training import predict, train_booster
from ml.governance.admission import Admission, admit
from ml.governance.card import model_card
from ml.governance.determinism import THREADS, fixed_threads
from ml.governance.gate import Gate, at_least, at_most
from ml.governance.performance import Performance
from ml.governance.provenance import Provenance, judged_beside, provenance
from ml.governance.reference import METADATA, Reference, reference_of
from ml.governance.registry import Registered, Run, record

if TYPE_CHECKING:
    import lightgbm

_LIMITS = (
    "Labels are what chargebacks and disputes told; fraud that nobody disputed counts as legitimate.",
    "The metrics are over the judged kinds on the last part of the history; other kinds are scored, not judged.",
    "The intervals draw whole accounts anew, so they do not show how much fraud changes with time.",
)


@dataclass(frozen=True)
class Trained:
    """A challenger with all that the gate needs; `content` is the ONNX file."""

    version: str
    content: bytes
    thresholds: Thresholds
    metrics: dict[str, float]
    gate: Gate
    dataset: FraudDataset
    review: Review


@dataclass(frozen=True)
class Outcome:
    """What a training came to: where it is recorded, and whether it is served or waits for a person."""

    trained: Trained
    registered: Registered
    admission: Admission


def train_fraud(
    decisions: pd.DataFrame, labels: pd.DataFrame, *, champion: Champion | None = None, model: FraudModel | None = None
) -> Trained:
    """Train and judge a challenger. The same data give the same bytes.

    `decisions`: transaction_id, leg, attempt, account_id, occurred_at (UTC), kind, amount_usd_minor and the feature columns.
    `labels`: transaction_id, leg, label, known_at (UTC). Raises InvalidInputError when there is too little to learn.
    """
    declared = model or fraud_model()
    with fixed_threads():
        return _train(build_dataset(decisions, labels, declared), declared, champion)


def _train(dataset: FraudDataset, declared: FraudModel, champion: Champion | None) -> Trained:
    booster = train_booster(dataset, declared)
    judged = dataset.validation.judged_only()
    thresholds = choose_thresholds(predict(booster, judged.inputs), judged, declared.decision)
    test = dataset.test.judged_only()
    scores = predict(booster, test.inputs)
    judged_by = headline(scores, test, declared.decision.alert_budget)
    metrics = evaluate(scores, test, thresholds, judged_by)
    reviewed = review(booster, dataset, declared)
    metrics |= reviewed.metrics()
    version, content = _versioned(booster, declared, thresholds, _reference(booster, dataset, declared, judged_by))
    metrics["parity_gap"] = parity_gap(booster, content, dataset.test.inputs)
    earlier = _champion_scores(champion, test, declared)
    if earlier is not None:
        metrics |= challenger_delta(judged_by, earlier, test)
    return Trained(version, content, thresholds, metrics, _gate(declared, metrics), dataset, reviewed)


def run_fraud(
    decisions: pd.DataFrame, labels: pd.DataFrame, settings: Settings, *, snapshots: dict[str, str]
) -> Outcome:
    """Train, record in MLflow, and promote where nothing is served and the gate may decide alone; else a person decides.

    `snapshots` name the data it was made from.
    """
    champion = ChampionWatch(settings, "fraud").current()
    trained = train_fraud(decisions, labels, champion=champion)
    registered = record(settings, _as_run(trained, fraud_model(), snapshots, champion))
    return Outcome(trained, registered, admit(settings, "fraud", registered.number, trained.gate, trained.version))


def parity_gap(booster: lightgbm.Booster, content: bytes, inputs: npt.NDArray[np.float32]) -> float:
    """The largest difference of probabilities between Python and ONNX, each input also tried as missing."""
    holed = np.repeat(inputs[:1], inputs.shape[1] + 1, axis=0)
    holed[np.arange(inputs.shape[1]), np.arange(inputs.shape[1])] = np.nan
    holed[-1] = np.nan
    rows = np.concatenate([inputs, holed])
    served = Champion(content).run(rows)[0][:, 1]
    return float(np.abs(served - predict(booster, rows)).max())


def _reference(booster: lightgbm.Booster, dataset: FraudDataset, model: FraudModel, judged: Performance) -> Reference:
    """The latest movements, which the trees have not learnt from."""
    recent, until = dataset.recent, dataset.boundaries["data_until"].floor("us").to_pydatetime()
    inputs = pd.DataFrame(recent.inputs, columns=list(model.inputs))
    return reference_of(inputs, predict(booster, recent.inputs), recent.account, until, judged)


def _versioned(
    booster: lightgbm.Booster, model: FraudModel, thresholds: Thresholds, reference: Reference
) -> tuple[str, bytes]:
    metadata = {
        "features": json.dumps(list(model.inputs)),
        "features_version": str(features_version()),
        "review_threshold": repr(thresholds.review),
        "decline_threshold": repr(thresholds.decline),
        METADATA: reference.text(),
    }
    nameless = booster_graph(booster, metadata).SerializeToString(deterministic=True)
    version = f"fraud-{hashlib.sha256(nameless).hexdigest()[:12]}"
    named = booster_graph(booster, {"model_version": version, **metadata})
    content: bytes = named.SerializeToString(deterministic=True)
    return version, content


def _champion_scores(champion: Champion | None, test: Part, model: FraudModel) -> npt.NDArray[np.float64] | None:
    """The champion's probabilities for the same held-out movements; None when there is none or its inputs are gone."""
    if champion is None or not set(champion.features) <= set(model.inputs):
        return None
    columns = [model.inputs.index(name) for name in champion.features]
    return champion.run(test.inputs[:, columns])[0][:, 1].astype(np.float64)


def _gate(model: FraudModel, metrics: dict[str, float]) -> Gate:
    conditions = [
        at_least("auc", metrics["auc"], model.gate.minimum_auc),
        at_most("parity_gap", metrics["parity_gap"], model.gate.maximum_parity_gap),
    ]
    if "average_precision_delta" in metrics:
        least = -model.gate.average_precision_tolerance
        conditions.append(at_least("average_precision beside the champion", metrics["average_precision_delta"], least))
    return Gate(tuple(conditions))


def fraud_provenance(snapshots: dict[str, str]) -> Provenance:
    """What a training from these snapshots is made from and by, if it is made now."""
    return provenance("fraud", snapshots, {view.view: str(view.version) for view in load_feature_views()})


def fraud_parameters(model: FraudModel) -> dict[str, str | int | float]:
    """How a model is trained, seed and threads among it."""
    settings: dict[str, str | int | float] = model.training.model_dump()
    return {**settings, "threads": THREADS, "inputs": len(model.inputs), "declaration": model.version}


def _as_run(trained: Trained, model: FraudModel, snapshots: dict[str, str], champion: Champion | None) -> Run:
    made_from = fraud_provenance(snapshots)
    facts = {
        "model version": trained.version,
        **made_from.facts(),
        **{name.replace("_", " "): str(moment) for name, moment in trained.dataset.boundaries.items()},
        "label maturity": str(model.label_maturity),
        "training movements": str(len(trained.dataset.train.fraud)),
        "training frauds": str(trained.dataset.train.frauds),
        "judged kinds": ", ".join(model.judged_kinds),
        "thresholds": f"review {trained.thresholds.review:.6f}, decline {trained.thresholds.decline:.6f}",
    }
    purpose = made_from.inventory.record.purpose
    card = model_card("Fraud model", purpose, facts, trained.metrics, trained.gate, _LIMITS)
    return Run(
        model="fraud",
        content=trained.content,
        version=trained.version,
        parameters=fraud_parameters(model),
        metrics={
            **trained.metrics,
            "review_threshold": trained.thresholds.review,
            "decline_threshold": trained.thresholds.decline,
        },
        tags=made_from.tags(trained.gate) | judged_beside(champion),
        files={
            "model_card.md": card,
            "declaration.json": model.model_dump_json(indent=1),
            **trained.review.files(),
        },
    )
