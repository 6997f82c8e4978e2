"""A project of somebody else's, in an empty home, from where nothing leads to the checkout."""

from __future__ import annotations

import os
import pathlib
import subprocess
import sys
from dataclasses import dataclass

BIN = pathlib.Path(sys.executable).parent
LIMIT = 900
"""Seconds after which a run counts as hung; it needs half a minute."""


@dataclass
class Project:
    """A role as its authors have it: a folder, a home, and nothing else."""

    home: pathlib.Path
    role: pathlib.Path

    def run(self, *command: str, **variables: str) -> subprocess.CompletedProcess[str]:
        kept = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("ANSIBLE_", "MOLECULE_", "PYTHON", "PYTEST_"))
        }
        path = f"{BIN}{os.pathsep}{os.environ['PATH']}"
        environment = {**kept, "HOME": str(self.home), "PATH": path, **variables}
        return subprocess.run(
            command,
            cwd=self.role,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=LIMIT,
            check=False,
        )

    def molecule(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return self.run("molecule", *arguments, "--no-command-borders")

    def processes(self) -> list[str]:
        """Command lines of processes that have to do with this project."""
        found = []
        for process in pathlib.Path("/proc").glob("[0-9]*"):
            try:
                line = (process / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            except OSError:
                continue
            if str(self.home) in line:
                found.append(line)
        return found
