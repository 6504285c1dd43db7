"""The rules and policy in force: the kernel's own file, taken over when it is replaced."""

from __future__ import annotations

import logging

from contracts.rules.active import ActiveRules, declared_rules, read_active
from contracts.settings import Settings

logger = logging.getLogger(__name__)


class RulesWatch:
    """Reads `settings.rules_file` again when it was replaced, as the kernel does."""

    def __init__(self, settings: Settings) -> None:
        self._path = settings.rules_file
        self._seen: tuple[int, int] | None = None
        self._rules: ActiveRules | None = None

    def current(self) -> ActiveRules:
        """The file's rules; the declared ones before there is a file. One that cannot be read leaves those before."""
        try:
            status = self._path.stat()
            stamp = (status.st_mtime_ns, status.st_ino)
            if stamp != self._seen:
                self._seen = stamp
                self._rules = read_active(self._path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            logger.debug("no rules are compiled yet")
        except (OSError, ValueError):
            logger.exception("the compiled rules cannot be read; those before stay in force")
        return self._rules or declared_rules()
