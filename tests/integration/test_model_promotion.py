"""A champion by a named approval on real engines: PostgreSQL's history, MLflow's alias and the served file tell one story."""

from __future__ import annotations

import psycopg
import pytest

from contracts.errors import NotFoundError, PermanentError
from contracts.models.files import challenger_file
from contracts.settings import Settings
from ml.champions import Champion
from ml.governance.admission import Admission, admit
from ml.governance.gate import Gate, at_least
from ml.governance.ledger import Ledger, open_ledger, read_history
from ml.governance.promotion import Statement
from ml.governance.registry import CHALLENGER, CHAMPION, alias_holder, open_registry
from ml.governance.shadow import follow, nominate, reject
from ml.governance.succession import open_succession
from ml.governance.versions import Versions
from tests.integration.governed_models import prepare_platform, registered, served

# MLflow warns about type hints of its own, and about whatever libraries it looks at.
pytestmark = [pytest.mark.integration, pytest.mark.filterwarnings("ignore::Warning")]

ANA, BO = Statement("Ana Ruiz", "fewer false alarms"), Statement("Bo Lund", "alarms doubled")
PASSED = Gate((at_least("auc", 0.9, 0.7),))


class PowerCutError(Exception):
    """What a crash is here."""


def no_power(*_arguments: object) -> None:
    raise PowerCutError


def approve(settings: Settings, number: str, statement: Statement = ANA) -> None:
    with open_succession(settings, "fraud") as succession:
        succession.approve(number, statement)


def roll_back(settings: Settings, to: str | None = None) -> None:
    with open_succession(settings, "fraud") as succession:
        succession.roll_back(BO, to)


def test_a_model_goes_from_registered_to_served_and_back_by_names(
    postgres: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = postgres
    prepare_platform(settings)
    (first, first_content), (second, content) = registered(settings, 1), registered(settings, 4)
    failed, _ = registered(settings, 5, gate="auc is 0.6, wanted at least 0.7")
    versions, client = Versions(settings, "fraud"), open_registry(settings)

    # Nothing is served: on a laptop the gate alone may promote, once; afterwards a person is waited for.
    version = Champion(first_content).version
    assert admit(settings, "fraud", first, PASSED, version) == Admission(promoted=True, awaits_approval=False)
    assert served(settings) == (first, first_content)
    assert admit(settings, "fraud", second, PASSED, "another") == Admission(promoted=False, awaits_approval=True)
    assert admit(settings, "fraud", failed, Gate((at_least("auc", 0.6, 0.7),)), "another").awaits_approval is False
    assert [(row.action, row.decided_by) for row in read_history(settings, "fraud")] == [("first_champion", None)]
    listed = {one.number: one.gate for one in versions.listed()}
    assert listed == {first: "passed", second: "passed", failed: "auc is 0.6, wanted at least 0.7"}

    for number, error, told in (
        ("99", NotFoundError, "no registered version 99"),
        ("three", NotFoundError, "no registered version three"),
        (failed, PermanentError, "auc is 0.6"),
        (first, PermanentError, "champion already"),
    ):
        with pytest.raises(error, match=told):
            approve(settings, number)
    with pytest.raises(NotFoundError, match="no champion before"):
        roll_back(settings)

    # The challenger is approved like any other version, and is nobody's challenger from then on.
    nominate(settings, "fraud", second)
    assert challenger_file(settings, "fraud").exists()
    monkeypatch.setattr("ml.governance.succession.publish", no_power)
    with pytest.raises(PowerCutError):
        approve(settings, second)
    monkeypatch.undo()
    assert served(settings) == (first, first_content)
    assert read_history(settings, "fraud")[-1].in_effect_at is None

    monkeypatch.setattr(Ledger, "took_effect", no_power)
    with pytest.raises(PowerCutError):
        approve(settings, second)
    monkeypatch.undo()
    approve(settings, second, BO)
    assert served(settings) == (second, content)
    assert versions.challenger() is None
    assert not challenger_file(settings, "fraud").exists()
    approval = read_history(settings, "fraud")[-1]
    assert (approval.action, approval.number, approval.previous) == ("approved", second, first)
    assert (approval.decided_by, approval.role, approval.reason) == ("Ana Ruiz", "head of fraud risk", ANA.reason)
    assert approval.in_effect_at is not None
    assert approval.in_effect_at >= approval.decided_at
    tags = dict(client.get_model_version("fraud", second).tags)
    assert (tags["promotion.by"], tags["promotion.reason"], tags["promotion.previous"]) == (
        "Ana Ruiz",
        ANA.reason,
        first,
    )

    # Somebody moves the alias on MLflow's page: what was decided counts.
    client.set_registered_model_alias("fraud", CHAMPION, failed)
    with open_succession(settings, "fraud") as succession:
        succession.complete()
    assert served(settings) == (second, content)

    monkeypatch.setattr("ml.governance.succession.publish", no_power)
    with pytest.raises(PowerCutError):
        roll_back(settings)
    monkeypatch.undo()
    roll_back(settings)
    assert served(settings) == (first, first_content)
    roll_back(settings, second)
    told = [(row.action, row.number, row.previous) for row in read_history(settings, "fraud")]
    assert told == [
        ("first_champion", first, None),
        ("approved", second, first),
        ("rolled_back", first, second),
        ("rolled_back", second, first),
    ]


def test_a_challenger_is_nominated_followed_and_rejected(postgres: Settings) -> None:
    settings = postgres
    number, content = registered(settings, 6)
    shadow, client = challenger_file(settings, "fraud"), open_registry(settings)
    with pytest.raises(NotFoundError, match="no registered version"):
        nominate(settings, "fraud", "99")
    nominate(settings, "fraud", number)
    assert shadow.read_bytes() == content

    # A crash between alias and file, or someone who moves the alias on MLflow's page.
    shadow.unlink()
    assert follow(settings, "fraud") == number
    assert shadow.exists()
    client.delete_registered_model_alias("fraud", CHALLENGER)
    assert follow(settings, "fraud") is None
    assert not shadow.exists()

    nominate(settings, "fraud", number)
    reject(settings, "fraud")
    reject(settings, "fraud")
    assert alias_holder(client, "fraud", CHALLENGER) is None
    assert not shadow.exists()


def test_the_history_is_only_appended_to_and_written_by_one_hand(postgres: Settings) -> None:
    settings = postgres
    prepare_platform(settings)
    with psycopg.connect(settings.database_url("platform"), autocommit=True) as connection:
        connection.execute(
            "insert into model_promotions (model, sequence, action, number, model_version, content_sha256, decided_by,"
            " role, reason, decided_at) values ('trial', 1, 'approved', '1', 'trial-1', '0', 'Ana', 'head', 'why', now())"
        )
        for change in (
            "update model_promotions set decided_by = 'Bo' where model = 'trial'",
            "update model_promotions set in_effect_at = now(), reason = 'other' where model = 'trial'",
            "delete from model_promotions where model = 'trial'",
            "truncate model_promotions",
        ):
            with pytest.raises(psycopg.errors.RaiseException, match="only appended to"):
                connection.execute(change)
        connection.execute("update model_promotions set in_effect_at = now() where model = 'trial'")
        with pytest.raises(psycopg.errors.RaiseException, match="only appended to"):
            connection.execute("update model_promotions set in_effect_at = null where model = 'trial'")
        for by, action in ((None, "approved"), ("Ana", "first_champion"), (" ", "approved")):
            with pytest.raises(psycopg.errors.CheckViolation):
                connection.execute(
                    "insert into model_promotions (model, sequence, action, number, model_version, content_sha256,"
                    " decided_by, role, reason, decided_at) values ('trial', 2, %s, '1', 'x', '0', %s, 'r', 'w', now())",
                    [action, by],
                )
        key = "select pg_try_advisory_lock(hashtext('atalaya.models.micro_loan'))"
        with open_ledger(settings, "micro_loan"):
            assert connection.execute(key).fetchone() == (False,)
        assert connection.execute(key).fetchone() == (True,)
