"""`python -m cli`, which the `atalaya` script runs in the locked environment."""

from __future__ import annotations

import os
import signal
import sys

from contracts.errors import AtalayaError


def main() -> int:
    """Run one verb; an error that we know is one clear message and exit code 1."""
    # Whoever is asked to end while a stack starts ends that stack too, as at Ctrl-C.
    signal.signal(signal.SIGTERM, lambda _number, _frame: sys.exit(128 + signal.SIGTERM))
    # Commands that a verb starts find the same state, and are counted with it.
    from cli.app import verbs
    from cli.console import errors
    from contracts.settings import load_settings

    try:
        settings = load_settings()
        os.environ.update(ATALAYA_HOME=str(settings.home), ATALAYA_STATE=str(settings.state))
        verbs(prog_name="atalaya")
    except AtalayaError as error:
        errors.print(f"[bold red]error[/] {error.message}", highlight=False)
        if error.hint:
            errors.print(error.hint, highlight=False, markup=False)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
