"""One kernel for the tests of a file; each test starts with no accounts and the declared features."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from contracts.models.files import champion_file
from contracts.settings import Settings
from deploy.local.parts import make_parts, to_fetch
from tests.unit.streaming.kernel_process import KernelProcess


@pytest.fixture(scope="session")
def kernel_jvm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KernelProcess]:
    settings = Settings()
    if not (settings.home / "parts" / "ecj").is_dir():
        make_parts(settings, to_fetch(settings))
    process = KernelProcess(tmp_path_factory.mktemp("kernel"))
    yield process
    process.close()


@pytest.fixture
def kernel(kernel_jvm: KernelProcess) -> Iterator[KernelProcess]:
    kernel_jvm.forget()
    yield kernel_jvm
    settings = kernel_jvm.settings
    published = [file for file in (settings.rules_file, champion_file(settings, "fraud")) if file.exists()]
    for file in published:
        file.unlink()
    if published or not kernel_jvm.as_declared:
        kernel_jvm.configure()
