"""Settings: ports, secrets, durations."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.durations import duration_text, parse_duration
from contracts.errors import ConfigurationError
from contracts.settings import PORT_OFFSETS, Settings


def test_every_service_has_a_port_of_its_own() -> None:
    assert len(set(PORT_OFFSETS.values())) == len(PORT_OFFSETS)


def test_one_number_moves_the_whole_stack(tmp_path: Path) -> None:
    settings = Settings(state=tmp_path, port_base=30000)
    assert settings.port("postgres") == 30000
    assert settings.kafka_bootstrap == "127.0.0.1:30001"


def test_there_are_no_default_secrets(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="ATALAYA_SECRET_POSTGRES_WAREHOUSE"):
        Settings(state=tmp_path).database_url("warehouse")


def test_a_secret_comes_from_the_environment_and_does_not_show(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ATALAYA_SECRET_TOKEN_KEY", "s3cret")
    secret = Settings(state=tmp_path).secret("token_key")
    assert secret.get_secret_value() == "s3cret"
    assert "s3cret" not in repr(secret)


def test_the_secrets_file_serves_the_local_profile_only(tmp_path: Path) -> None:
    (tmp_path / "secrets.json").write_text('{"token_key": "local"}')
    assert Settings(state=tmp_path).secret("token_key").get_secret_value() == "local"
    with pytest.raises(ConfigurationError):
        Settings(state=tmp_path, profile="cluster").secret("token_key")


@pytest.mark.parametrize(
    ("text", "seconds"), [("500ms", 0.5), ("1s", 1), ("30m", 1800), ("24h", 86400), ("30d", 2_592_000)]
)
def test_durations_are_a_count_and_a_unit(text: str, seconds: float) -> None:
    assert parse_duration(text) == timedelta(seconds=seconds)


@pytest.mark.parametrize("text", ["", "h", "1", "1.5h", "1 h", "-1h", "1w"])
def test_anything_else_is_no_duration(text: str) -> None:
    with pytest.raises(ConfigurationError, match="duration"):
        parse_duration(text)


@given(st.integers(0, 10**12))
def test_a_duration_is_written_as_it_is_read(milliseconds: int) -> None:
    duration = timedelta(milliseconds=milliseconds)
    assert parse_duration(duration_text(duration)) == duration


def test_a_duration_is_written_in_the_largest_unit_that_counts_it_whole() -> None:
    assert [duration_text(timedelta(seconds=seconds)) for seconds in (60, 5400, 86_400, 0.25)] == [
        "1m",
        "90m",
        "1d",
        "250ms",
    ]
