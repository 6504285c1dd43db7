"""`atalaya lock`: remake the locks of the environments and of the Java parts."""

from __future__ import annotations

import typer

app = typer.Typer()


@app.command()
def lock() -> None:
    """Resolve requirements/*.in and deploy/jars.yml again; for who changes a dependency."""
    import os
    import subprocess

    from cli.console import console
    from contracts.settings import PROJECT, load_settings
    from deploy.local.jar_lock import write_jar_lock

    settings = load_settings()
    uv = settings.home / "bootstrap" / "bin" / "uv"
    # Tests first: what both environments share must have one version, and tests is the superset.
    for name, constraints in (
        ("tests", ()),
        ("main", ("-c", "requirements/tests.txt")),
        ("flink", ()),
        ("bootstrap", ()),
    ):
        subprocess.run(
            [
                *(str(uv), "pip", "compile", "--quiet", "--generate-hashes", "--universal", "--python-version", "3.11"),
                *("--custom-compile-command", "./atalaya lock", "--no-annotate", *constraints),
                *(f"requirements/{name}.in", "-o", f"requirements/{name}.txt"),
            ],
            cwd=PROJECT,
            env={**os.environ, "UV_CACHE_DIR": str(settings.home / "cache" / "uv")},
            check=True,
        )
        console.print(f"requirements/{name}.txt")
    console.print(f"deploy/jars.lock.json: {write_jar_lock(settings)} files")
