"""The programs that read the exports. Where one is missing the run fails: no test here is skipped in silence."""

from __future__ import annotations

import os
import shutil
import subprocess

import pytest

PATH = os.pathsep.join((os.environ.get("PATH", ""), "/usr/sbin", "/sbin"))
"""On Debian the programs of administrators lie outside the path of others."""
PYTHON = "/usr/bin/python3"
"""Debian's own Python, for which its pacparser is built."""
PROGRAMS = ("squid", "nft", "dnsmasq", "promtool", "prometheus-node-exporter")
OPTIONAL = "PERIMETER_OPTIONAL"
"""Environment variable: when it is set, a run without the programs is no failure."""


def missing() -> list[str]:
    """What is not installed."""
    found = [name for name in PROGRAMS if shutil.which(name, path=PATH) is None]
    done = subprocess.run([PYTHON, "-c", "import pacparser"], capture_output=True, check=False)
    return found if done.returncode == 0 else [*found, "pacparser"]


@pytest.fixture(scope="session", autouse=True)
def programs() -> None:
    """All of them are there."""
    absent = missing()
    if absent:
        reason = f"no exports are judged, every test here is left out: {', '.join(absent)} is missing"
        if os.environ.get(OPTIONAL):
            pytest.exit(reason, returncode=0)
        pytest.exit(f"{reason}; tests/perimeter/install installs it, {OPTIONAL}=1 goes on without", returncode=1)
