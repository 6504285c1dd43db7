"""The same rows give the same bytes: in another process, with other hashes, on more threads, at another time."""

from __future__ import annotations

import os
import subprocess
import sys

import numpy as np
import pytest
from threadpoolctl import threadpool_info, threadpool_limits  # type: ignore[import-untyped]

from contracts.models import fraud_model
from contracts.settings import PROJECT
from ml.champions import Champion
from ml.fraud.run import fraud_parameters, fraud_provenance, train_fraud
from ml.governance.determinism import THREADS, fixed_threads
from ml.governance.gate import Gate, at_least
from ml.governance.provenance import judged_beside
from tests.small_champion import small_champion
from tests.unit.ml.movements import decisions, labels
from tests.unit.ml.trained_digest import digests


def digests_of_a_process(hash_seed: str, threads: str) -> list[str]:
    environment = {**os.environ, "PYTHONHASHSEED": hash_seed, "TZ": "Asia/Tokyo" if threads == "2" else "UTC"}
    environment |= dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), threads)
    command = [sys.executable, "-W", "ignore", "-m", "tests.unit.ml.trained_digest"]
    done = subprocess.run(command, cwd=PROJECT, env=environment, capture_output=True, text=True, check=True)
    return done.stdout.split()[-2:]


def test_another_process_with_other_hashes_and_threads_makes_the_same_bytes() -> None:
    here = digests()
    assert digests_of_a_process("1", "1") == here
    assert digests_of_a_process("4242", "2") == here


def test_the_order_in_which_rows_come_is_no_part_of_the_model() -> None:
    movements = decisions(count=3000)
    told = labels(movements)
    shuffled = np.random.default_rng(8).permutation(len(movements))
    again = train_fraud(movements.iloc[shuffled].reset_index(drop=True), told.iloc[::-1])
    assert again.content == train_fraud(movements, told).content


def test_no_library_shares_the_work_of_a_training() -> None:
    with threadpool_limits(limits=2), fixed_threads():
        assert {library["num_threads"] for library in threadpool_info()} == {THREADS}


def test_a_run_names_the_champion_that_it_was_judged_beside() -> None:
    assert judged_beside(None) == {"judged_beside": "none"}
    assert judged_beside(Champion(small_champion("fraud-before"))) == {"judged_beside": "fraud-before"}


def test_the_artefact_holds_no_clock_and_no_run() -> None:
    movements = decisions(count=3000)
    metadata = Champion(train_fraud(movements, labels(movements)).content).metadata
    assert set(metadata) == {
        "model_version",
        "features",
        "features_version",
        "review_threshold",
        "decline_threshold",
        "reference",
    }


def test_a_run_records_all_that_decides_on_its_bytes() -> None:
    made_from = fraud_provenance({"silver.labels": "7"})
    tags = made_from.tags(Gate((at_least("auc", 0.9, 0.7),)))
    assert tags["gate"] == "passed"
    assert tags["snapshot.silver.labels"] == "7"
    assert {"code", "environment.lightgbm", "environment.numpy", "environment.python", "environment.processor"} <= set(
        tags
    )
    assert tags == {**made_from.origin(), "gate": "passed"}
    parameters = fraud_parameters(fraud_model())
    assert (parameters["seed"], parameters["threads"]) == (fraud_model().training.seed, THREADS)


@pytest.mark.parametrize("found", [0.6, float("nan")])
def test_a_gate_that_failed_is_told_in_the_tag_that_approval_reads(found: float) -> None:
    tags = fraud_provenance({}).tags(Gate((at_least("auc", found, 0.7),)))
    assert tags["gate"].startswith("auc is ")
