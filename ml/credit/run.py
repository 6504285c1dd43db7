"""One training of the micro-loan scorecard, from loans to a served champion. Needs no Dagster."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pandas as pd  # type: ignore[import-untyped]

from contracts.models import CreditModel, micro_loan_model
from contracts.settings import Settings
from ml.champions import Champion, ChampionWatch
from ml.credit.dataset import CreditDataset, build_dataset
from ml.credit.graph import scorecard_graph
from ml.credit.scorecard import Scorecard, fit_scorecard
from ml.governance.card import model_card
from ml.governance.gate import Gate, at_least, at_most
from ml.governance.publication import publish
from ml.governance.registry import Run, promote, record

_LIMITS = (
    "Only applicants who got a loan are known; those who were refused are not in the data.",
    "Among recent loans, defaults become known before repayments, so recent default rates read high.",
)


@dataclass(frozen=True)
class Trained:
    """A challenger scorecard with all that the gate needs."""

    version: str
    content: bytes
    card: Scorecard
    metrics: dict[str, float]
    gate: Gate
    dataset: CreditDataset


@dataclass(frozen=True)
class Outcome:
    """What a training came to: `promoted` says whether it is served now."""

    trained: Trained
    run_id: str
    number: str
    promoted: bool


def train_micro_loan(
    loans: pd.DataFrame, *, champion: Champion | None = None, model: CreditModel | None = None
) -> Trained:
    """Fit and judge a challenger. `loans`: loan_id, status, disbursed_at, defaulted_at (UTC) and the applied columns.

    Raises InvalidInputError when too few loans defaulted.
    """
    declared = model or micro_loan_model()
    dataset = build_dataset(loans, declared)
    card, fitted = fit_scorecard(dataset, declared)
    version, content = _versioned(card, declared)
    columns = loans.loc[dataset.test.index, list(declared.columns)]
    served = _served(Champion(content), columns)
    names = [feature.name for feature in card.features]
    own = fitted.predict_proba(dataset.test[names])[:, 1]
    metrics = _metrics(served, dataset) | {"parity_gap": float(np.abs(served - own).max())}
    beaten = None if champion is None else _auc(_served(champion, columns), dataset)
    return Trained(version, content, card, metrics, _gate(declared, metrics, beaten), dataset)


def run_micro_loan(loans: pd.DataFrame, settings: Settings, *, snapshots: dict[str, str]) -> Outcome:
    """Train, record in MLflow, and promote when the gate lets it pass; `snapshots` name the data it was made from."""
    trained = train_micro_loan(loans, champion=ChampionWatch(settings, "micro_loan").current())
    registered = record(settings, _as_run(trained, micro_loan_model(), snapshots))
    if trained.gate.passed:
        publish(trained.content, settings, "micro_loan")
        promote(settings, "micro_loan", registered.number)
    return Outcome(trained, registered.run_id, registered.number, trained.gate.passed)


def _served(champion: Champion, columns: pd.DataFrame) -> np.ndarray[Any, np.dtype[np.float64]]:
    return champion.run(columns[list(champion.features)].astype("float64").to_numpy())[0][:, 1]


def _auc(scores: np.ndarray[Any, np.dtype[np.float64]], dataset: CreditDataset) -> float:
    from sklearn.metrics import roc_auc_score  # type: ignore[import-untyped]  # noqa: PLC0415 - 2 s to import

    return float(roc_auc_score(dataset.test["default"], scores))


def _metrics(scores: np.ndarray[Any, np.dtype[np.float64]], dataset: CreditDataset) -> dict[str, float]:
    outcome = dataset.test["default"].to_numpy(dtype=np.bool_)
    auc = _auc(scores, dataset)
    order = np.argsort(scores)
    gaps = np.cumsum(outcome[order]) / outcome.sum() - np.cumsum(~outcome[order]) / (~outcome).sum()
    return {
        "auc": auc,
        "gini": 2 * auc - 1,
        "kolmogorov_smirnov": float(np.abs(gaps).max()),
        "brier": float(np.mean((scores - outcome) ** 2)),
        "loans": float(len(outcome)),
        "defaults": float(outcome.sum()),
        "default_rate": float(outcome.mean()),
        "mean_probability": float(scores.mean()),
    }


def _gate(model: CreditModel, metrics: dict[str, float], champion_auc: float | None) -> Gate:
    conditions = [
        at_least("auc", metrics["auc"], model.gate.minimum_auc),
        at_most("parity_gap", metrics["parity_gap"], model.gate.maximum_parity_gap),
    ]
    if champion_auc is not None:
        conditions.append(at_least("auc beside the champion", metrics["auc"], champion_auc - model.gate.auc_tolerance))
    return Gate(tuple(conditions))


def _versioned(card: Scorecard, model: CreditModel) -> tuple[str, bytes]:
    metadata = {
        "features": json.dumps(list(model.columns)),
        "points_order": json.dumps([feature.name for feature in card.features]),
        "best_points": json.dumps({feature.name: feature.best_points for feature in card.features}),
        "bins": json.dumps({feature.name: [asdict(item) for item in feature.bins] for feature in card.features}),
        "approve_below": repr(model.decision.approve_below),
        "decline_from": repr(model.decision.decline_from),
    }
    nameless = scorecard_graph(card, model, metadata).SerializeToString(deterministic=True)
    version = f"micro_loan-{hashlib.sha256(nameless).hexdigest()[:12]}"
    named = scorecard_graph(card, model, {"model_version": version, **metadata})
    content: bytes = named.SerializeToString(deterministic=True)
    return version, content


def _as_run(trained: Trained, model: CreditModel, snapshots: dict[str, str]) -> Run:
    facts = {
        "model version": trained.version,
        **{f"snapshot of {table}": snapshot for table, snapshot in snapshots.items()},
        "test from": str(trained.dataset.test_from),
        "training loans": str(len(trained.dataset.train)),
        "features": ", ".join(feature.name for feature in trained.card.features),
    }
    purpose = "Probability that a micro-loan defaults, and points with the reasons for those that are missing."
    return Run(
        model="micro_loan",
        content=trained.content,
        version=trained.version,
        parameters={**model.training.model_dump(), **model.scale.model_dump(), "declaration": model.version},
        metrics=trained.metrics,
        tags={f"snapshot.{table}": snapshot for table, snapshot in snapshots.items()}
        | {"gate": "passed" if trained.gate.passed else "; ".join(trained.gate.failures())},
        files={
            "model_card.md": model_card("Micro-loan scorecard", purpose, facts, trained.metrics, trained.gate, _LIMITS),
            "scorecard.json": json.dumps([asdict(feature) for feature in trained.card.features], indent=1),
            "declaration.json": model.model_dump_json(indent=1),
        },
    )
