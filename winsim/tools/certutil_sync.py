"""certutil -syncWithWU FOLDER: brings the lists of root certificates from Windows Update.

What it brings, `-f`, and the errors: Microsoft Learn, "Configure trusted roots and disallowed certificates" (sure).
It goes the CryptoAPI's way (guess: whose tool it is). What it says while it works was found nowhere, so it says
nothing; the shape of a failure is that of captures of -generateSSTFromWU (likely).
"""

from __future__ import annotations

import re
from collections.abc import Sequence, Set as AbstractSet

from .. import routing
from ..machine import trust_lists
from ..machine.access import may_write
from ..machine.files import FileSystem
from ..machine.network import Barrier
from ..routing import Condition, Target
from .certutil_verify import CERTUTIL
from .process import Process

TO = Target("ctldl.windowsupdate.com", 80)
CANNOT_CONNECT = (0x80072EFD, "INet: 12029 ERROR_INTERNET_CANNOT_CONNECT", "cannot_connect")
FAILURES = {
    Condition.NAME_RESOLUTION: (0x80072EE7, "INet: 12007 ERROR_INTERNET_NAME_NOT_RESOLVED", "name_not_resolved"),
    Condition.PERIMETER_DROP: (0x80072EE2, "INet: 12002 ERROR_INTERNET_TIMEOUT", "timed_out"),
    Condition.PERIMETER_CUT: (0x80072EFE, "INet: 12030 ERROR_INTERNET_CONNECTION_ABORTED", "aborted"),
    Condition.PROXY_PASSWORD: (0x80190197, "-2145844841 HTTP_E_STATUS_PROXY_AUTH_REQ", "proxy_password"),
}
"""The rest cannot connect. Numbers: wininet.h (sure)."""
INVALID_DATA = (0x8007000D, "WIN32: 13 ERROR_INVALID_DATA", "invalid_data")
NO_FOLDER = (0x80070002, "WIN32: 2 ERROR_FILE_NOT_FOUND", "error_2")
DENIED = (0x80070005, "WIN32: 5 ERROR_ACCESS_DENIED", "error_5")
BAD_NET_NAME = (0x80070043, "WIN32: 67 ERROR_BAD_NET_NAME", "error_67")
EXISTS = (0x800700B7, "WIN32/HTTP: 183 ERROR_ALREADY_EXISTS", "already_exists")


def asked(words: Sequence[str]) -> bool:
    """Whether a command line is one of this file."""
    options = [word.lower().replace("/", "-", 1) for word in words[:-1]]
    return sorted(options) in (["-syncwithwu"], ["-f", "-syncwithwu"], ["-f", "-f", "-syncwithwu"])


def run(process: Process, words: Sequence[str]) -> int:
    """Synchronizes; the exit code is 0 or an HRESULT as a signed number."""
    force = sum(word.lower().replace("/", "-", 1) == "-f" for word in words)
    if words[-1].startswith("\\\\"):
        process.unknown("certutil -syncWithWU to a share: a remote session cannot reach it")
        return _failed(process, BAD_NET_NAME)
    machine = process.machine
    folder = FileSystem.normal(words[-1], process.directory)
    if not machine.files.is_directory(folder):
        return _failed(process, NO_FOLDER)
    if not may_write(machine.files, process.token, f"{folder}\\{trust_lists.LIST_FILE}"):
        return _failed(process, DENIED)
    there = {node.path.rpartition("\\")[2].lower() for node in machine.files.children(folder)}
    way, stopped = routing.route(machine, routing.Route.CRYPTOAPI, process.token, TO, program=CERTUTIL)
    path = machine.network.proxies.get(way.proxy, machine.network.direct)
    if path.barrier(TO.host, TO.port) is Barrier.PAGE and stopped in (None, Condition.PERIMETER_REFUSE):
        return _failed(process, INVALID_DATA, trust_lists.LIST_FILE)
    if stopped is not None:
        return _failed(process, FAILURES.get(stopped, CANNOT_CONNECT), trust_lists.LIST_FILE)
    published = trust_lists.published(machine.network.trust_list_edition)
    if not force and there & {name for name in published if not name.endswith(".crt")}:
        return _failed(process, EXISTS)
    for name, content in published.items():
        machine.files.write(f"{folder}\\{name}", content)
    _tidy(process, folder, there - published.keys(), remove=force > 1)
    process.write(process.message("certutil.done", verb="-syncWithWU"))
    return 0


def _tidy(process: Process, folder: str, others: AbstractSet[str], remove: bool) -> None:
    """Removes the certificates that are no longer published, or names them."""
    gone = sorted(name for name in others if re.fullmatch(r"[0-9a-f]{40}\.crt", name))
    for name in gone if remove else ():
        process.machine.files.remove(f"{folder}\\{name}")
    if gone and not remove:
        process.write(process.message("certutil.no_longer_trusted", names="\n".join(f"{folder}\\{n}" for n in gone)))


def _failed(process: Process, failure: tuple[int, str, str], name: str = "") -> int:
    code, shown, key = failure
    number = f"{code:#x} ({shown})"
    text = process.message(f"certutil.{key}")
    if name:
        sentence = text.strip().removeprefix("CertUtil: ")
        process.write(f"{sentence} {number} -- {name}\r\n")
    process.write(process.message("certutil.failed", verb="-syncWithWU", code=number))
    process.write(text)
    return code - (1 << 32)
