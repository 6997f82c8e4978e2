"""A Wine installation of our own: its folder, its server, and how a program is started in it.

Rules that hold in this file
- Everything lies in one folder, and one process at a time uses it: a lock says so.
- No display, no menus, no links into the user's home; nothing of the caller's environment but PATH goes in.
- Every process belongs to a session of its own, so that Ctrl-C in the terminal reaches only the one who started us,
  and `close` ends them all.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO

from .build import build

_HERE = Path(__file__).parent
_REGISTRY = _HERE / "clean.reg"
_DEBIAN_LOADER = "/usr/lib/wine/wine64"
_UTF8_LOCALES = (Path("/usr/lib/locale/C.utf8"), Path("/usr/lib/locale/C.UTF-8"))
_ENGLISH = "en_US.UTF-8"
_UTF8_ONLY = "hi_IN.UTF-8"
"""Wine's reg.exe writes the OEM code page, not the console's, so Japanese data would become question marks. Wine takes
the code page from the language of LC_CTYPE, and Hindi is one that has none but UTF-8. Neither locale need be installed:
both are names for C.UTF-8, below LOCPATH."""
_START = 120.0
"""Seconds that Wine may take to make its prefix; usually it is five to fifteen."""


class NoWine(Exception):
    """Wine is not installed; the message says which package brings it."""


class InUse(Exception):
    """Another process uses the folder."""


def loader() -> str:
    """Path of Wine's 64-bit loader. Raises NoWine."""
    found = shutil.which("wine64") or shutil.which(_DEBIAN_LOADER) or shutil.which("wine")
    if found is None or shutil.which("wineserver") is None:
        raise NoWine("Wine is not installed (Debian: wine and wine64)")
    return found


def windows_path(path: Path) -> str:
    """How a Windows program in Wine names a file of this machine."""
    return "\\\\?\\unix" + str(path).replace("/", "\\")


class Prefix:
    """Wine in `folder`, made there at first use. A context manager: inside, the server runs."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder.resolve()
        self.loader = loader()
        self.run_line = build(_HERE / "run_line.c", self.folder)
        self._prefix = self.folder / "prefix"
        self._lock: IO[str] | None = None
        self._keeper: subprocess.Popen[bytes] | None = None

    @property
    def drive(self) -> Path:
        """The folder that is `C:\\`."""
        return self._prefix / "drive_c"

    @property
    def home(self) -> Path:
        """The user's profile folder."""
        users = self.drive / "users"
        return next(path for path in sorted(users.iterdir()) if path.name.lower() != "public")

    def environment(self, more: Mapping[str, str] | None = None) -> dict[str, str]:
        """The environment of a program; `more` becomes part of what the Windows program sees."""
        return {
            "PATH": os.environ.get("PATH", os.defpath),
            "HOME": str(self.folder / "home"),
            "LOCPATH": str(self.folder / "locale"),
            "LANG": _ENGLISH,
            "LC_CTYPE": _UTF8_ONLY,
            "WINEPREFIX": str(self._prefix),
            "WINEARCH": "win64",
            "WINEDEBUG": "-all",
            "WINEDLLOVERRIDES": "mscoree,mshtml=;winemenubuilder.exe=d",
            **(more or {}),
        }

    def start(
        self, arguments: Sequence[str], directory: Path | None = None, more: Mapping[str, str] | None = None
    ) -> subprocess.Popen[bytes]:
        """Starts a program with pipes on all three handles; its first argument is its path."""
        return subprocess.Popen(
            [self.loader, *arguments],
            cwd=directory or self.home,
            env=self.environment(more),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )

    def call(self, *arguments: str) -> None:
        """Runs a program to its end. Raises RuntimeError with its output when it fails."""
        finished = self._wait([self.loader, *arguments])
        if finished.returncode:
            raise RuntimeError(
                f"{' '.join(arguments)}: {finished.returncode}\n{finished.stdout.decode(errors='replace')}"
            )

    def open(self) -> None:
        """Makes the prefix where there is none, and starts the server. Raises InUse."""
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / "home").mkdir(exist_ok=True)
        self._make_locales()
        self._lock = (self.folder / "lock").open("w")
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            self._lock.close()
            self._lock = None
            raise InUse(f"{self.folder} is in use by another process") from None
        try:
            self._end()  # what an interrupted run left behind
            made = self.folder / "made"
            if not made.exists():
                shutil.rmtree(self._prefix, ignore_errors=True)
                self._wait([self.loader, "wineboot", "-i"])
                self._end()
            self._keep()
            if not made.exists():
                self.call("winecfg", "-v", "win10")
                self.reset()
                # Wine's service manager reads the services when it starts: a new one knows ours.
                self._end()
                self._keep()
                made.touch()
            # Not only at first: keys below HKEY_USERS end with the server.
            self.reset()
        except BaseException:
            self.close()
            raise

    def reset(self) -> None:
        """Gives the registry its first state back, as far as the collection writes there, by Wine's reg.exe."""
        # In UTF-16, as Windows exports: in a file of bytes Wine takes the hex digits of a text for bytes too.
        encoded = self.folder / "clean.reg"
        encoded.write_text(_REGISTRY.read_text(encoding="ascii"), encoding="utf-16", newline="\r\n")
        self.call("reg", "import", windows_path(encoded))

    def close(self) -> None:
        """Ends every process in the prefix and waits until they are gone."""
        if self._lock is None:
            return
        try:
            self._end()
        finally:
            self._lock.close()
            self._lock = None

    def __enter__(self) -> Prefix:
        self.open()
        return self

    def __exit__(self, *_unused: object) -> None:
        self.close()

    def _make_locales(self) -> None:
        (self.folder / "locale").mkdir(exist_ok=True)
        source = next((path for path in _UTF8_LOCALES if path.is_dir()), _UTF8_LOCALES[0])
        for name in (_ENGLISH, _UTF8_ONLY):
            link = self.folder / "locale" / name
            link.unlink(missing_ok=True)
            link.symlink_to(source)

    def _keep(self) -> None:
        """Starts a program that does nothing until its input ends, which it does when we are killed. While one program
        runs, so do Wine's services; otherwise each command line would start them, and hand them its pipes to keep."""
        self._keeper = subprocess.Popen(
            [self.loader, "cmd.exe"],
            cwd=self.folder,
            env=self.environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        self.call("cmd.exe", "/c", "ver")

    def _end(self) -> None:
        self._server("-k")
        self._server("-w")
        if self._keeper is not None:
            self._keeper.communicate()
            self._keeper = None

    def _server(self, option: str) -> None:
        self._wait(["wineserver", option])

    def _wait(self, command: Sequence[str]) -> subprocess.CompletedProcess[bytes]:
        # Into a file and not a pipe: servers that Wine starts on the way would hold the pipe open for ever.
        log = self.folder / "log"
        with log.open("wb") as sink:
            finished = subprocess.run(
                command,
                cwd=self.folder,
                env=self.environment(),
                stdin=subprocess.DEVNULL,
                stdout=sink,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                timeout=_START,
                check=False,
            )
        return subprocess.CompletedProcess(finished.args, finished.returncode, log.read_bytes())
