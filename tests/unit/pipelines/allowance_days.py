"""What a reporting day of a model's allowance came to, in tests that say which model and which day once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from contracts.models.credit import CreditModel
from contracts.settings import Settings
from pipelines.lakehouse.catalog import Lake
from pipelines.models.allowance_assets import Provided, refresh_allowance
from pipelines.models.provisions import Provision


@dataclass(frozen=True)
class ProvidedFor:
    """Works out and writes the allowance of a model that is served, of its day where no other is asked for."""

    model: CreditModel
    day: date

    def __call__(self, lake: Lake, settings: Settings, day: date | None = None) -> Provided:
        found = refresh_allowance(lake, settings, self.model, day or self.day)
        assert found is not None
        return found


def by_loan(found: Provided) -> dict[str, Provision]:
    """The provisions of a day by their loans, whose ids must differ."""
    assert len({one.loan_id for one in found.provisions}) == len(found.provisions)
    return {one.loan_id: one for one in found.provisions}
