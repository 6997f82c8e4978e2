"""Wine for a whole run, its registry as it was for each test that changes it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from ansible_collections.windefend.maps.tests.wine.support import Runner
from ansible_collections.windefend.maps.winsim.wine.backend import WineHost
from ansible_collections.windefend.maps.winsim.wine.build import NoCompiler, build
from ansible_collections.windefend.maps.winsim.wine.prefix import NoWine, Prefix
from ansible_collections.windefend.maps.winsim.wire.backend import Credential, Limits
from ansible_collections.windefend.maps.winsim.wire.server import Server, serve_in_thread

FOLDER = Path(__file__).parents[2] / "build" / "wine"
ADDRESS = "127.0.91.1"
USER = "Administrator"
PASSWORD = "Pa:ss wörd-1"
OPTIONAL = "WINE_OPTIONAL"
"""Environment variable: when it is set, a run without Wine is no failure."""


@pytest.fixture(scope="session")
def prefix() -> Iterator[Prefix]:
    """Wine, running."""
    try:
        wine = Prefix(FOLDER)
    except (NoWine, NoCompiler) as error:
        reason = f"no second opinion from Wine, every test here is skipped: {error}"
        if os.environ.get(OPTIONAL):
            pytest.exit(reason, returncode=0)
        pytest.exit(f"{reason}; tests/wine/install installs it, {OPTIONAL}=1 goes on without", returncode=1)
    with wine:
        yield wine


@pytest.fixture(scope="session")
def host(prefix: Prefix) -> WineHost:
    """The host, which allows Basic and unsealed messages."""
    return WineHost(prefix, [Credential(USER, PASSWORD)], Limits(allow_basic=True, allow_unencrypted=True))


@pytest.fixture(scope="session")
def server(host: WineHost) -> Iterator[Server]:
    """Serves the host."""
    with serve_in_thread({ADDRESS: host}) as server:
        yield server
        assert server.shells(ADDRESS) == [], "a client left a shell"


@pytest.fixture(scope="session")
def runner(host: WineHost) -> Iterator[Runner]:
    """Runs lines in one shell of the host, without the wire."""
    runner = Runner(host)
    yield runner
    runner.close()


@pytest.fixture(scope="session")
def show_arguments(prefix: Prefix) -> str:
    """Path on the host of a program that prints its arguments."""
    program = build(Path(__file__).with_name("show_arguments.c"), FOLDER, "-municode", "-lshell32")
    shutil.copy(program, prefix.drive / "show.exe")
    return "C:\\show.exe"


@pytest.fixture
def clean(prefix: Prefix) -> None:
    """The registry in its first state."""
    prefix.reset()
