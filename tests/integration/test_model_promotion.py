"""A champion by a named approval on real engines: PostgreSQL's history, MLflow's alias and the served file tell one story."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import psycopg
import pytest

from contracts.errors import NotFoundError, PermanentError
from contracts.models.files import challenger_file
from contracts.settings import Settings
from ml.champions import Champion
from ml.governance.admission import Admission, admit
from ml.governance.gate import Gate, at_least
from ml.governance.ledger import open_ledger, read_history
from ml.governance.promotion import Promotion, Statement
from ml.governance.registry import CHALLENGER, CHAMPION, alias_holder, open_registry
from ml.governance.shadow import follow, nominate, reject
from ml.governance.succession import open_succession
from ml.governance.versions import Versions
from tests.integration.governed_models import prepare_platform, registered, serve_nothing, served

# MLflow warns about type hints of its own, and about whatever libraries it looks at.
pytestmark = [pytest.mark.integration, pytest.mark.filterwarnings("ignore::Warning")]

ANA, BO = Statement("Ana Ruiz", "fewer false alarms"), Statement("Bo Lund", "alarms doubled")
PASSED, FAILED = (Gate((at_least("auc", found, 0.7),)) for found in (0.9, 0.6))


class PowerCutError(Exception):
    """What a crash is here."""


def no_power(*_arguments: object) -> None:
    raise PowerCutError


@dataclass(frozen=True)
class Fraud:
    """Three registered versions; the last one's gate failed."""

    settings: Settings
    first: tuple[str, bytes]
    second: tuple[str, bytes]
    failed: str

    def approve(self, number: str, statement: Statement = ANA) -> None:
        with open_succession(self.settings, "fraud") as succession:
            succession.approve(number, statement)

    def roll_back(self, to: str | None = None) -> None:
        with open_succession(self.settings, "fraud") as succession:
            succession.roll_back(BO, to)

    def history(self) -> tuple[Promotion, ...]:
        return read_history(self.settings, "fraud")

    def told(self) -> list[tuple[str, str, str | None]]:
        return [(row.action, row.number, row.previous) for row in self.history()]


@pytest.fixture(scope="module")
def versions(postgres: Settings) -> Fraud:
    failed, _ = registered(postgres, 5, gate="auc is 0.6, wanted at least 0.7")
    return Fraud(postgres, registered(postgres, 1), registered(postgres, 4), failed)


@pytest.fixture
def fraud(versions: Fraud) -> Fraud:
    """Nothing is served, nothing was decided."""
    prepare_platform(versions.settings)
    serve_nothing(versions.settings)
    return versions


@pytest.fixture
def one_champion(fraud: Fraud) -> Fraud:
    fraud.approve(fraud.first[0])
    return fraud


def test_the_gate_lets_the_first_champion_in_and_every_later_one_waits_for_a_person(fraud: Fraud) -> None:
    number, content = fraud.first
    version = Champion(content).version
    assert admit(fraud.settings, "fraud", number, PASSED, version) == Admission(promoted=True, awaits_approval=False)
    assert served(fraud.settings) == fraud.first
    later = admit(fraud.settings, "fraud", fraud.second[0], PASSED, "another")
    assert later == Admission(promoted=False, awaits_approval=True)
    assert admit(fraud.settings, "fraud", fraud.failed, FAILED, "another") == Admission(
        promoted=False, awaits_approval=False
    )
    assert fraud.told() == [("first_champion", number, None)]
    assert fraud.history()[0].decided_by is None


def test_an_approval_is_served_and_told_with_its_name_wherever_it_is_looked_for(one_champion: Fraud) -> None:
    fraud, (number, _) = one_champion, one_champion.second
    fraud.approve(number)
    assert served(fraud.settings) == fraud.second
    row = fraud.history()[-1]
    assert (row.action, row.number, row.previous) == ("approved", number, fraud.first[0])
    assert (row.decided_by, row.role, row.reason) == ("Ana Ruiz", "head of fraud risk", ANA.reason)
    assert row.in_effect_at is not None
    assert row.in_effect_at >= row.decided_at
    tags = dict(open_registry(fraud.settings).get_model_version("fraud", number).tags)
    assert (tags["promotion.by"], tags["promotion.reason"]) == ("Ana Ruiz", ANA.reason)
    listed = {version.number: version.gate for version in Versions(fraud.settings, "fraud").listed()}
    assert listed[number] == "passed"
    assert listed[fraud.failed] == "auc is 0.6, wanted at least 0.7"


def test_what_cannot_be_approved_or_gone_back_to_is_refused_and_changes_nothing(one_champion: Fraud) -> None:
    fraud, before = one_champion, one_champion.told()
    for number, error, told in (
        ("99", NotFoundError, "no registered version 99"),
        ("three", NotFoundError, "no registered version three"),
        (fraud.failed, PermanentError, "auc is 0.6"),
        (fraud.first[0], PermanentError, "champion already"),
    ):
        with pytest.raises(error, match=told):
            fraud.approve(number)
    with pytest.raises(NotFoundError, match="no champion before"):
        fraud.roll_back()
    assert fraud.told() == before
    assert served(fraud.settings) == fraud.first


@pytest.mark.parametrize(
    "crash",
    [
        "ml.governance.succession.publish",
        "ml.governance.versions.Versions.appoint",
        "ml.governance.ledger.Ledger.took_effect",
    ],
)
def test_the_same_command_again_completes_what_a_crash_left(
    one_champion: Fraud, monkeypatch: pytest.MonkeyPatch, crash: str
) -> None:
    fraud, (number, _) = one_champion, one_champion.second
    acts: list[tuple[Callable[[], None], tuple[str, bytes]]] = [
        (lambda: fraud.approve(number), fraud.second),
        (fraud.roll_back, fraud.first),
    ]
    for act, champion in acts:
        rows = len(fraud.history())
        with monkeypatch.context() as power:
            power.setattr(crash, no_power)
            with pytest.raises(PowerCutError):
                act()
        assert fraud.history()[-1].in_effect_at is None
        act()
        assert served(fraud.settings) == champion
        assert len(fraud.history()) == rows + 1
        assert fraud.history()[-1].in_effect_at is not None


def test_rollbacks_lead_back_and_to_a_named_former_champion(one_champion: Fraud) -> None:
    fraud, first, second = one_champion, one_champion.first[0], one_champion.second[0]
    fraud.approve(second)
    fraud.roll_back()
    assert served(fraud.settings) == fraud.first
    fraud.roll_back(second)
    assert served(fraud.settings) == fraud.second
    assert fraud.told()[1:] == [
        ("approved", second, first),
        ("rolled_back", first, second),
        ("rolled_back", second, first),
    ]


def test_an_approved_challenger_is_nobodys_challenger_and_another_stays_one(one_champion: Fraud) -> None:
    fraud, (number, content) = one_champion, one_champion.second
    shadow, versions = challenger_file(fraud.settings, "fraud"), Versions(fraud.settings, "fraud")
    nominate(fraud.settings, "fraud", number)
    fraud.approve(number)
    assert versions.challenger() is None
    assert not shadow.exists()
    fraud.roll_back()
    nominate(fraud.settings, "fraud", number)
    fraud.roll_back(number)
    nominate(fraud.settings, "fraud", fraud.failed)
    fraud.roll_back(fraud.first[0])
    assert versions.challenger() == fraud.failed
    assert shadow.exists()
    assert shadow.read_bytes() != content


def test_an_alias_that_somebody_moved_follows_what_was_decided(one_champion: Fraud) -> None:
    fraud = one_champion
    open_registry(fraud.settings).set_registered_model_alias("fraud", CHAMPION, fraud.failed)
    with open_succession(fraud.settings, "fraud") as succession:
        succession.complete()
    assert served(fraud.settings) == fraud.first


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
