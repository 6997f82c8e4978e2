"""Packages that a run does not find although they are installed."""

from __future__ import annotations

import os
import pathlib


def without(folder: pathlib.Path, *packages: str) -> dict[str, str]:
    """The environment of a run for which these packages are not installed; `folder` is made for it."""
    folder.mkdir(parents=True)
    for package in packages:
        (folder / f"{package}.py").write_text(f'raise ImportError("No module named {package!r}")\n')
    return {"PYTHONPATH": os.pathsep.join(filter(None, (str(folder), os.environ.get("PYTHONPATH"))))}
