"""Where a benchmark's stack runs: on a state and ports of its own, beside whatever the person has."""

from __future__ import annotations

from contracts.errors import ConfigurationError
from contracts.settings import Settings
from deploy.local.status import read_status


def own_settings(settings: Settings, name: str, ports: int) -> Settings:
    """State by the benchmark's name, ports so many above the person's; raises ConfigurationError while a stack runs there."""
    own = Settings(home=settings.home, state=settings.home / "states" / name, port_base=settings.port_base + ports)
    if read_status(own) is not None:
        raise ConfigurationError(f"A stack runs on {own.state}.", hint="End it first.")
    return own
