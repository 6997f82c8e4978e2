"""Records what hosts are sent and answer, where a user asks for it: one file for each host of a run.

What is written has placeholders already (`_windows.recording`). Their secret lies in the folder that Ansible makes for
a run and removes at its end; so all tasks of a run share it, and afterwards nobody can link two recordings, or try
names until they fit. Nor does the name of a file tell the host: the run says which file is whose.
"""

from __future__ import annotations

import contextlib
import functools
import json
import os
import secrets
import stat
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from ansible import constants as C  # noqa: N812 - as Ansible calls them
from ansible.module_utils.basic import env_fallback
from ansible.utils.display import Display

from .._domain.language import shown
from .._domain.operation import Refused
from .._remote import Completed, Host, RemoteError
from .._windows import recording

VARIABLE: Final = "WINDEFEND_MAPS_RECORD"
OPTIONS: Final[dict[str, dict[str, Any]]] = {"record": {"type": "path", "fallback": (env_fallback, [VARIABLE])}}
FILE: Final = "windefend.maps.recording"
"""The file of the secret; its time is the beginning of the run."""
SECRET_BYTES: Final = 32


def of(host: Host, arguments: Mapping[str, Any]) -> Host:
    """The host, recorded where the task says so. Raises Refused, before anything is sent."""
    folder = arguments.get("record")
    if not folder:
        return host
    try:
        recorded = _Recorded(host, arguments)
        path = Path(folder).absolute() / f"host-{recorded.hide.name(host.name)}.jsonl"
        _begin(Path(folder), path, host.name)
    except OSError as error:
        raise Refused(f"record: {folder}: {error.strerror or error}. Give a directory that you may write") from error
    recorded.write = functools.partial(_append, path)
    return recorded


def previewed(host: Host, arguments: Mapping[str, Any], show: Callable[[Mapping[str, Any]], None]) -> Host:
    """The host, of which each line of a recording is shown and none is written. Raises Refused."""
    try:
        recorded = _Recorded(host, arguments)
    except OSError as error:
        raise Refused(f"the preview of a recording: {error.strerror or error}") from error
    recorded.write = show
    show(_header())
    return recorded


class _Recorded:
    """A host of which each line goes to `write` with its answer; in both, placeholders stand for what is a fleet's."""

    write: Callable[[Mapping[str, Any]], None]

    def __init__(self, host: Host, arguments: Mapping[str, Any]) -> None:
        """Raises OSError."""
        self._host = host
        secret, self._began = _run(Path(C.DEFAULT_LOCAL_TMP))
        known = {*host.own_values(), *_texts(arguments)}
        self.hide = recording.Placeholders(secret + host.name.encode("utf-8", "surrogatepass"), _vocabulary(), known)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._host, name)

    def run(self, line: str, *, stdin: bytes | None, timeout: float, max_bytes: int) -> Completed:
        """See Host.run."""
        began = time.time()
        try:
            completed = self._host.run(line, stdin=stdin, timeout=timeout, max_bytes=max_bytes)
        except RemoteError as error:
            self._write(began, recording.answers(line, b"", self.hide), stdin, {"error": type(error).__name__})
            raise
        ending = {"exit_code": completed.exit_code, "errors": self.hide.stream(completed.stderr)}
        if completed.truncated:
            ending["truncated"] = True
        self._write(began, recording.answers(line, completed.stdout, self.hide), stdin, ending)
        return completed

    def _write(
        self, began: float, answers: list[dict[str, Any]], stdin: bytes | None, ending: Mapping[str, Any]
    ) -> None:
        entry = {
            "at": round(began - self._began, 3),
            "took": round(time.time() - began, 3),
            "skew": self._host.clock_skew(),
            "answers": answers,
            **({} if stdin is None else {"input": self.hide.stream(stdin)}),
            **ending,
        }
        try:
            self.write(entry)
        except OSError as error:  # the host's task must not fail half way because of it
            Display().warning(shown(f"{self._host.name}: the recording is incomplete: {error}"))


def _texts(value: Any) -> Iterator[str]:
    """The texts in a task's options."""
    if isinstance(value, Mapping):
        for inner in value.values():
            yield from _texts(inner)
    elif isinstance(value, (list, tuple)):
        for inner in value:
            yield from _texts(inner)
    elif isinstance(value, str):
        yield value


@functools.cache
def _run(folder: Path) -> tuple[bytes, float]:
    """The secret of the run, and when it began. Raises OSError."""
    path = folder / FILE
    temporary = folder / f"{FILE}.{secrets.token_hex(8)}"
    with contextlib.suppress(FileExistsError):
        if not path.exists():
            temporary.touch(0o600)
            temporary.write_bytes(secrets.token_bytes(SECRET_BYTES))
            os.link(temporary, path)  # whole before it has its name: tasks come at the same time
    temporary.unlink(missing_ok=True)
    return path.read_bytes(), path.stat().st_mtime


@functools.cache
def _vocabulary() -> recording.Vocabulary:
    own = Path(recording.__file__).with_name(recording.VOCABULARY)
    return recording.Vocabulary.parse(own.read_text(encoding="utf-8").splitlines())


def _begin(folder: Path, path: Path, name: str) -> None:
    """Makes folder and file, where the run has not yet. Raises OSError."""
    folder.mkdir(0o700, parents=True, exist_ok=True)
    if path.exists():
        return
    _append(path, _header())
    Display().display(shown(f"{name}: recorded in {path}"))


def _header() -> dict[str, Any]:
    return recording.header(collection_version(), "not stated")


@functools.cache
def collection_version() -> str:
    """The version of the collection as it is installed; `checkout` where it is not."""
    manifest = Path(__file__).parents[3] / "MANIFEST.json"  # a checkout has none
    with contextlib.suppress(OSError, ValueError, KeyError):
        return str(json.loads(manifest.read_text(encoding="utf-8"))["collection_info"]["version"])
    return "checkout"


def _append(path: Path, entry: Mapping[str, Any]) -> None:
    """One line more, in one write. Raises OSError, also for what is no file of the user's own."""
    flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
    descriptor = os.open(path, flags, 0o600)
    try:
        found = os.fstat(descriptor)
        if not stat.S_ISREG(found.st_mode) or found.st_uid != os.getuid() or found.st_nlink != 1:
            raise OSError(f"{path} is not a file of this user alone")
        os.fchmod(descriptor, 0o600)
        left = json.dumps(entry, ensure_ascii=True).encode() + b"\n"
        while left:
            left = left[os.write(descriptor, left) :]
    finally:
        os.close(descriptor)
