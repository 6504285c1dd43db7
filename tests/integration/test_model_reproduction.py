"""A card trained from the lakehouse is made again from what its run recorded, by the verb, on real engines."""

from __future__ import annotations

import pytest

from cli.models.reproduction import reproduce
from contracts.errors import NotFoundError
from contracts.models.files import champion_file
from contracts.settings import Settings
from ml.credit.run import run_card
from ml.governance.ledger import read_history
from ml.governance.registry import open_registry
from pipelines.lakehouse.care.tags import tag_snapshots
from pipelines.lakehouse.catalog import open_lake
from pipelines.models.data import LoanData, read_loan_data
from tests.integration.governed_models import prepare_platform, serve_nothing
from tests.unit.pipelines.loan_history import MODEL, hold_loans

# MLflow warns about type hints of its own, and about whatever libraries it looks at.
pytestmark = [pytest.mark.integration, pytest.mark.filterwarnings("ignore::Warning")]


def loans_of_now(settings: Settings, seed: int) -> LoanData:
    with open_lake(settings) as lake:
        hold_loans(lake, seed)
        return read_loan_data(lake)


def test_a_run_is_made_again_from_its_recorded_ids(postgres: Settings) -> None:
    settings = postgres
    prepare_platform(settings)
    serve_nothing(settings, "micro_loan")
    first = loans_of_now(settings, 3)
    outcome = run_card(MODEL, first.loans, first.groups, settings, snapshots=first.snapshots)
    assert outcome.trained.gate.passed
    assert outcome.admission.promoted
    assert champion_file(settings, "micro_loan").read_bytes() == outcome.trained.content
    assert [row.number for row in read_history(settings, "micro_loan")] == [outcome.registered.number]
    with open_lake(settings) as lake:
        tag_snapshots(lake, first.snapshots, f"model.micro_loan.{outcome.registered.run_id}")

    later = loans_of_now(settings, 12)
    second = run_card(MODEL, later.loans, later.groups, settings, snapshots=later.snapshots)
    assert not second.admission.promoted
    assert second.admission.awaits_approval == second.trained.gate.passed

    told: list[str] = []
    assert reproduce(settings, "micro_loan", outcome.registered.number, told.append)
    assert told == [
        f"Version {outcome.registered.number} of micro_loan: same bytes, sha256 {_recorded(settings, outcome.registered.run_id)}."
    ]

    open_registry(settings).set_tag(outcome.registered.run_id, "code", "git:before")
    told.clear()
    assert reproduce(settings, "micro_loan", outcome.registered.number, told.append)
    assert told[0].startswith("code was git:before, is ")

    with pytest.raises(NotFoundError, match="no registered version 99"):
        reproduce(settings, "micro_loan", "99", told.append)


def _recorded(settings: Settings, run_id: str) -> str:
    return str(open_registry(settings).get_run(run_id).data.tags["content_sha256"])
