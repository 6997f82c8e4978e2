"""Windows programs from C, with the mingw-w64 cross compiler."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

COMPILER = "x86_64-w64-mingw32-gcc"

OPTIONS = ("-O2", "-Wall", "-Wextra", "-Werror")


class NoCompiler(Exception):
    """The cross compiler is not installed; the message says which package brings it."""


def build(source: Path, folder: Path, *options: str) -> Path:
    """Compiles one C file into `folder`, unless a newer program is there already, and returns the program's path.

    Raises NoCompiler, and RuntimeError with what the compiler said.
    """
    program = folder / f"{source.stem}.exe"
    if program.exists() and program.stat().st_mtime >= source.stat().st_mtime:
        return program
    compiler = shutil.which(COMPILER)
    if compiler is None:
        raise NoCompiler(f"{COMPILER} is not installed (Debian: gcc-mingw-w64-x86-64)")
    folder.mkdir(parents=True, exist_ok=True)
    finished = subprocess.run(
        [compiler, *OPTIONS, "-o", program, source, *options],
        capture_output=True,
        text=True,
        check=False,
    )
    if finished.returncode:
        raise RuntimeError(f"{source.name} does not compile:\n{finished.stderr}")
    return program
