"""The registry's alias says who the challenger is; the file in the champion's shadow follows it."""

from __future__ import annotations

import pytest

from contracts.errors import NotFoundError
from contracts.models.files import challenger_file, champion_file
from contracts.settings import Settings
from ml.champions import Champion
from ml.fraud.run import train_fraud
from ml.governance.registry import CHAMPION, Run, open_registry, promote, record
from ml.governance.shadow import challenger_number, follow, nominate, promote_challenger, reject
from tests.unit.ml.movements import decisions, labels


def registered(settings: Settings, seed: int) -> tuple[str, bytes]:
    frame = decisions(count=3000, seed=seed)
    trained = train_fraud(frame, labels(frame))
    run = Run(
        model="fraud", content=trained.content, version=trained.version, parameters={}, metrics={}, tags={}, files={}
    )
    return record(settings, run).number, trained.content


def test_a_challenger_is_nominated_followed_promoted_and_rejected(postgres: Settings) -> None:
    settings = postgres
    first, _ = registered(settings, 1)
    second, content = registered(settings, 4)
    promote(settings, "fraud", first)
    shadow = challenger_file(settings, "fraud")

    with pytest.raises(NotFoundError, match="no registered version"):
        nominate(settings, "fraud", "99")
    nominate(settings, "fraud", second)
    assert Champion(shadow.read_bytes()).version == Champion(content).version

    # A crash between alias and file, or someone who moves the alias on MLflow's page.
    shadow.unlink()
    assert follow(settings, "fraud") == second
    assert shadow.exists()
    client = open_registry(settings)
    client.delete_registered_model_alias("fraud", "challenger")
    assert follow(settings, "fraud") is None
    assert not shadow.exists()

    nominate(settings, "fraud", second)
    assert promote_challenger(settings, "fraud") == second
    assert Champion(champion_file(settings, "fraud").read_bytes()).version == Champion(content).version
    assert str(dict(client.get_registered_model("fraud").aliases)[CHAMPION]) == second
    assert challenger_number(client, "fraud") is None
    assert not shadow.exists()

    nominate(settings, "fraud", first)
    reject(settings, "fraud")
    reject(settings, "fraud")
    assert challenger_number(client, "fraud") is None
    assert not shadow.exists()
    with pytest.raises(NotFoundError, match="no challenger"):
        promote_challenger(settings, "fraud")
