"""A run is made again from the ids that it recorded; what differs is named, code before all else."""

from __future__ import annotations

from dataclasses import replace

import pytest

from contracts.errors import NotFoundError
from ml.governance.code_version import code_version
from pipelines.lakehouse.catalog import Lake
from pipelines.models import reproduction
from pipelines.models.reproduction import Recorded, reproduce
from tests.unit.pipelines.loan_history import hold_loans, trained_run
from tests.unit.pipelines.test_model_data import LOANS


def test_a_run_is_made_again_from_its_snapshots_though_the_tables_moved_on(lake: Lake) -> None:
    hold_loans(lake)
    recorded = trained_run(lake)
    hold_loans(lake, seed=12)
    found = reproduce("micro_loan", recorded, lake)
    assert found.same
    assert found.differences == ()
    assert trained_run(lake).content != recorded.content


def test_what_differs_is_named_with_the_code_first(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(reproduction._TRAININGS, "micro_loan", lambda _lake, _snapshots: b"other bytes")  # noqa: SLF001
    tags = reproduction._now("micro_loan", {LOANS: "7"}).provenance.origin()  # noqa: SLF001
    changed = {**tags, "code": "git:before", "environment.numpy": "1.0", "features.micro_loan": "0", "owner": "x"}
    found = reproduce("micro_loan", Recorded(changed, {"seed": "1", "gone": "2"}, b"bytes"), lake)
    assert not found.same
    assert found.differences[0] == f"code was git:before, is {code_version()}"
    names = [line.partition(" ")[0] for line in found.differences]
    assert names[:3] == ["code", "features.micro_loan", "environment.numpy"]
    assert "gone was 2, is not there" in found.differences
    assert any(line.startswith("threads was not recorded, is ") for line in found.differences)


def test_a_run_without_snapshots_cannot_be_made_again(lake: Lake) -> None:
    with pytest.raises(NotFoundError, match="recorded no snapshot"):
        reproduce("micro_loan", Recorded({"code": "git:before"}, {}, b""), lake)


def test_a_snapshot_that_was_expired_is_told(lake: Lake) -> None:
    hold_loans(lake)
    recorded = Recorded(
        {"snapshot.silver.diasporacore__loans": "7", "snapshot.silver.diasporacore__users": "8"}, {}, b""
    )
    with pytest.raises(NotFoundError, match="has no snapshot 7 any more"):
        reproduce("micro_loan", replace(recorded, content=b"bytes"), lake)
