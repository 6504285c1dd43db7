"""A scorecard of four features, made by hand: no training is needed to serve, to price or to advise by one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy.typing as npt

from contracts.models import micro_loan_model
from ml.champions import Champion, Numbers
from ml.credit.assessment import Inputs
from tests.unit.ml.hand_made import made_card, scored

APPLICANT: Inputs = {
    "applied_income": 3200.0,
    "applied_employment_months": 30.0,
    "applied_existing_debt": 1500.0,
    "applied_bureau_score": 655.0,
    "applied_remittances_90d": 3.0,
    "principal": 2500.0,
}  # 620 points: 200 for the income, 180 for the bureau score, 120 for the debt, 120 for the amount


def applicant(**changes: float | None) -> Inputs:
    """The applicant with other inputs."""
    return {**APPLICANT, **changes}


def hand_card(
    version: str = "micro_loan-by-hand", better: float = 0.0, spans: Mapping[str, str] | None = None
) -> bytes:
    """The card as it is published; `better` points more for everyone, `spans` as in `made_card`."""
    features = (
        scored("applied_income", (1000, 2500), (100 + better, 150 + better, 200 + better), 100),
        scored("applied_bureau_score", (600, 700), (150, 180, 200), 170),
        scored("debt_to_income", (0.5, 1.5), (120, 100, 60), 60),
        scored("principal_to_income", (1, 2), (120, 100, 70), 70),
    )
    return made_card(micro_loan_model(), version, *features, spans=spans)


class Counted(Champion):
    """A champion that counts how often it is called."""

    calls = 0

    def run(self, rows: npt.ArrayLike, outputs: Sequence[str] = ("probabilities",)) -> list[Numbers]:
        """As the champion does."""
        self.calls += 1
        return super().run(rows, outputs)
