"""Environments of programs whose requirements are not those of the tests, made below build/clients at first use."""

from __future__ import annotations

import pathlib
import subprocess
import venv

ROOT = pathlib.Path(__file__).resolve().parents[2]
CLIENTS = ROOT / "tests" / "clients"
"""What each program needs, pinned with hashes by `make lock`."""


def environment_of(client: str) -> pathlib.Path:
    """The Python of an environment that has what tests/clients/CLIENT.txt pins, made at first use."""
    folder = ROOT / "build" / "clients" / client
    python, lock, installed = folder / "bin" / "python", CLIENTS / f"{client}.txt", folder / ".installed"
    if not installed.exists() or installed.read_bytes() != lock.read_bytes():
        venv.create(folder, clear=True, with_pip=True)
        pip = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--require-hashes"]
        subprocess.run([*pip, "-r", lock], check=True, timeout=600)
        installed.write_bytes(lock.read_bytes())
    return python
