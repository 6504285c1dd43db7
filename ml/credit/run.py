"""One training of a scorecard, from rows to a registered version, and that of a product's card. Needs no Dagster."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd  # type: ignore[import-untyped]

from contracts.durations import duration_text
from contracts.models.credit import CreditModel, ScorecardModel, booster_search
from contracts.models.monitoring import model_monitoring
from contracts.settings import Settings
from ml.champions import Champion, ChampionWatch
from ml.credit.card_fitting import FittedCard, fit_card
from ml.credit.challenger import Challenger, fit_challenger
from ml.credit.dataset import CreditDataset, build_dataset, feature_frame
from ml.credit.graph import scorecard_graph
from ml.credit.judgement import Evidence, Verdict, as_metrics, headline, judge
from ml.credit.reasons import first_reasons
from ml.credit.scorecard import Scorecard
from ml.governance.admission import Admission, admit
from ml.governance.card import model_card
from ml.governance.comparison import Scores, auc_difference
from ml.governance.determinism import THREADS, fixed_threads
from ml.governance.gate import Gate
from ml.governance.performance import Performance
from ml.governance.provenance import Provenance, judged_beside, provenance
from ml.governance.reasons import FirstReasons, ReasonStability, reason_stability
from ml.governance.reference import METADATA, Reference, reference_of
from ml.governance.registry import Registered, Run, record
from ml.governance.resampling import Clusters
from ml.governance.tables import population_files, probability_files

_LIMITS = {
    "known": "Among recent loans, defaults become known before repayments, so recent default rates read high.",
    "matured": "Loans that are younger than the outcome window have taught nothing yet.",
}


@dataclass(frozen=True)
class Trained:
    """A challenger scorecard with its verdict; `booster` was trained beside it on the same rows, and is not served."""

    version: str
    content: bytes
    card: Scorecard
    metrics: dict[str, float]
    verdict: Verdict
    dataset: CreditDataset
    booster: Challenger
    reasons: ReasonStability

    @property
    def gate(self) -> Gate:
        """The conditions it was held to."""
        return self.verdict.gate


@dataclass(frozen=True)
class Outcome:
    """What a training came to: where it is recorded, and whether it is served or waits for a person."""

    trained: Trained
    registered: Registered
    admission: Admission


def train_card(
    model: CreditModel, loans: pd.DataFrame, *, champion: Champion | None = None, groups: pd.DataFrame | None = None
) -> Trained:
    """Fit and judge a challenger.

    `loans`: loan_id, borrower, status, disbursed_at, defaulted_at (UTC), the model's columns, and its `jurisdiction_column`.

    `groups` holds protected attributes by the index of `loans`; no model reads them. Raises InvalidInputError when too
    few loans defaulted.
    """
    with fixed_threads():
        return fit_and_judge(loans, build_dataset(loans, model), model, champion, groups)


def fit_and_judge(
    rows: pd.DataFrame,
    dataset: CreditDataset,
    declared: ScorecardModel,
    champion: Champion | None,
    groups: pd.DataFrame | None,
) -> Trained:
    """Fit on the dataset's training part and judge on its test part, whose indices are those of `rows`.

    `rows` have `borrower`, the declaration's moment and its columns; all of them are the reference that the card is watched by.
    """
    train, test = (part.drop(columns="default") for part in (dataset.train, dataset.test))
    outcomes = dataset.train["default"].to_numpy(dtype=np.bool_)
    fitted = fit_card(train, outcomes, declared)
    columns = rows.loc[dataset.test.index, list(declared.columns)]
    held_out = dataset.test["default"].to_numpy(dtype=np.bool_)
    borrowers = pd.factorize(rows.loc[dataset.test.index, "borrower"])[0]
    judged_by = headline(fitted.probabilities(test), held_out, borrowers)
    version, content = _versioned(fitted.card, declared, _reference(fitted, rows, declared, judged_by))
    served = _served(Champion(content), columns)
    names = [feature.name for feature in fitted.card.features]
    encoded = fitted.encoding.apply(test)
    own = fitted.optbinning.predict_proba(encoded[names])[:, 1]
    evidence = Evidence(
        train=fitted.encoding.apply(train),
        test=encoded,
        train_scores=fitted.probabilities(train),
        test_scores=served,
        default=held_out,
        borrowers=borrowers,
        jurisdictions=_jurisdictions(rows.loc[dataset.test.index], declared),
        parity_gap=float(np.abs(served - own).max()),
        champion_scores=None if champion is None else _served(champion, columns),
        groups=None if groups is None else groups.loc[test.index],
    )
    verdict = judge(evidence, declared)
    booster = fit_challenger(train, outcomes, declared, booster_search())
    scores = booster.probabilities(test)
    beside = auc_difference(scores, served, evidence.default, borrowers)
    metrics = verdict.metrics | _of_booster(scores, evidence) | as_metrics("booster_auc_less_card", beside)
    reasons = _reasons(fitted, rows, train, test, declared)
    metrics |= reasons.metrics()
    return Trained(version, content, fitted.card, metrics, verdict, dataset, booster, reasons)


def run_card(
    model: CreditModel, loans: pd.DataFrame, groups: pd.DataFrame, settings: Settings, *, snapshots: dict[str, str]
) -> Outcome:
    """Train, record in MLflow, and promote where nothing is served and the gate may decide alone; else a person decides.

    `snapshots` name the data it was made from. `groups` are the applicants' protected attributes by the index of `loans`: without them no card is fair or unfair.
    """
    champion = ChampionWatch(settings, model.model).current()
    trained = train_card(model, loans, champion=champion, groups=groups)
    return register(settings, trained, model, snapshots, champion, card_limits(model))


def card_limits(model: CreditModel) -> tuple[str, ...]:
    """What a card of applications must not be trusted with, in sentences."""
    return (
        "Only applicants who got a loan are known; those who were refused are not in the data.",
        _LIMITS[model.learns_from],
        *(f"Approvals are not compared by {name}: {reason}." for name, reason in model.applicant.unknown.items()),
    )


def register(
    settings: Settings,
    trained: Trained,
    model: ScorecardModel,
    snapshots: dict[str, str],
    champion: Champion | None,
    limits: tuple[str, ...],
) -> Outcome:
    """Record a training in MLflow; promote it where nothing is served and the gate may decide alone.

    `limits` say what the model must not be trusted with.
    """
    registered = record(settings, _as_run(trained, model, snapshots, champion, limits))
    return Outcome(trained, registered, admit(settings, model.model, registered.number, trained.gate, trained.version))


def _jurisdictions(rows: pd.DataFrame, model: ScorecardModel) -> npt.NDArray[np.str_]:
    """Under whose rules each loan is."""
    if not model.jurisdiction_column:
        return np.full(len(rows), model.jurisdiction)
    codes: npt.NDArray[np.str_] = rows[model.jurisdiction_column].to_numpy(dtype=np.str_)
    return codes


def _served(champion: Champion, columns: pd.DataFrame) -> Scores:
    return champion.run(columns[list(champion.features)].astype("float64").to_numpy())[0][:, 1]


def _of_booster(scores: Scores, evidence: Evidence) -> dict[str, float]:
    found = headline(scores, evidence.default, evidence.borrowers).metrics()
    return {f"booster_{name}": value for name, value in found.items()}


def _reference(fitted: FittedCard, rows: pd.DataFrame, model: ScorecardModel, judged: Performance) -> Reference:
    """All rows, whatever became of them: a card of few bins is as sure of those that it learnt from as of others."""
    features = feature_frame(rows, model)
    until = rows[model.moment].max().floor("us").to_pydatetime()
    borrowers = pd.factorize(rows["borrower"])[0]
    return reference_of(fitted.encoding.apply(features), fitted.probabilities(features), borrowers, until, judged)


def _reasons(
    fitted: FittedCard, rows: pd.DataFrame, train: pd.DataFrame, test: pd.DataFrame, model: ScorecardModel
) -> ReasonStability:
    """First reasons of those who would not be approved, in training and among those held out."""
    codes = {feature.name: feature.code for feature in model.features if feature.name in fitted.names}
    significance = model_monitoring(model.model).drift_significance
    earlier, later = (_first_reasons(fitted, rows, part, codes, model) for part in (train, test))
    return reason_stability(list(codes.values()), earlier, later, significance)


def _first_reasons(
    fitted: FittedCard, rows: pd.DataFrame, part: pd.DataFrame, codes: Mapping[str, str], model: ScorecardModel
) -> FirstReasons:
    told = first_reasons(fitted.points(part), fitted.best_points)
    refused = (fitted.probabilities(part) >= model.decision.approve_below) & (told != "")
    borrowers: Clusters = pd.factorize(rows.loc[part.index[refused], "borrower"])[0]
    return FirstReasons([codes[name] for name in told[refused]], borrowers)


def _versioned(card: Scorecard, model: ScorecardModel, reference: Reference) -> tuple[str, bytes]:
    metadata = {
        "features": json.dumps(list(model.columns)),
        "points_order": json.dumps([feature.name for feature in card.features]),
        "best_points": json.dumps({feature.name: feature.best_points for feature in card.features}),
        "bins": json.dumps({feature.name: [asdict(item) for item in feature.bins] for feature in card.features}),
        "spans": json.dumps({name: duration_text(length) for name, length in model.spans.items()}),
        "approve_below": repr(model.decision.approve_below),
        "decline_from": repr(model.decision.decline_from),
        METADATA: reference.text(),
    }
    nameless = scorecard_graph(card, model, metadata).SerializeToString(deterministic=True)
    version = f"{model.model}-{hashlib.sha256(nameless).hexdigest()[:12]}"
    named = scorecard_graph(card, model, {"model_version": version, **metadata})
    content: bytes = named.SerializeToString(deterministic=True)
    return version, content


def card_provenance(model: ScorecardModel, snapshots: dict[str, str]) -> Provenance:
    """What a training from these snapshots is made from and by, if it is made now."""
    return provenance(model.model, snapshots, {model.model: str(model.version)})


def card_parameters(model: ScorecardModel) -> dict[str, str | int | float]:
    """How a card is fitted, seed and threads among it."""
    penalties = ", ".join(f"{value:g}" for value in model.training.inverse_penalties)
    declared = {**model.training.model_dump(), "inverse_penalties": penalties, **model.scale.model_dump()}
    return {**declared, "threads": THREADS, "declaration": model.version}


def held_out_facts(dataset: CreditDataset, model: ScorecardModel) -> dict[str, str]:
    """What a card was judged by: all that came later, or some borrowers of the same time."""
    if dataset.held_out == "later":
        return {"test from": str(dataset.test_from)}
    return {"held out": f"{1 - model.training.test_from:.0%} of borrowers"}


def _as_run(
    trained: Trained,
    model: ScorecardModel,
    snapshots: dict[str, str],
    champion: Champion | None,
    limits: tuple[str, ...],
) -> Run:
    made_from = card_provenance(model, snapshots)
    facts = {
        "model version": trained.version,
        **made_from.facts(),
        **held_out_facts(trained.dataset, model),
        f"training {model.rows}": str(len(trained.dataset.train)),
        "features": ", ".join(feature.name for feature in trained.card.features),
    }
    purpose = made_from.inventory.record.purpose
    return Run(
        model=model.model,
        content=trained.content,
        version=trained.version,
        parameters=card_parameters(model),
        metrics=trained.metrics,
        tags=made_from.tags(trained.gate) | judged_beside(champion),
        files={
            "model_card.md": model_card(
                f"Scorecard {model.model}", purpose, facts, trained.metrics, trained.gate, limits
            ),
            **probability_files(trained.verdict.calibration, trained.verdict.gains),
            **population_files(trained.verdict.stability, trained.verdict.segments, trained.reasons),
            "fairness.json": json.dumps([asdict(row) for row in trained.verdict.fairness], indent=1),
            "booster.json": json.dumps(trained.booster.document(), indent=1),
            "scorecard.json": json.dumps([asdict(feature) for feature in trained.card.features], indent=1),
            "declaration.json": model.model_dump_json(indent=1),
        },
    )
