"""MpCmdRun -SignatureUpdate: from the sources that the machine has, in their order, or from one by a switch.

Microsoft Learn, "Manage how and where Microsoft Defender Antivirus receives updates" (2026-08-12: sure): the order,
that shares are passed over where none is named, that the folder x64 is added to a share, and that after another source
Microsoft's own page (MMPC) is asked only where the signatures are seven days old. The service reads a share as the
computer's account (one published script says so: likely).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

from .. import physics, routing, windows_update
from ..machine import defender_settings, neighbours
from ..machine.accounts import SYSTEM
from ..machine.builder import filetime, version_parts
from ..machine.defender import STATE_KEY
from ..machine.files import FileError
from ..machine.model import Machine
from ..machine.registry import ValueType
from ..routing import Condition
from .process import Process

KEY = STATE_KEY + r"\Signature Updates"
SIGNATURES = ("AVSignatureVersion", "ASSignatureVersion", "NISSignatureVersion")
OUT_OF_DATE = dt.timedelta(days=7)
PACKAGE = r"x64\mpam-fe.exe"
_EPOCH = dt.datetime(1601, 1, 1, tzinfo=dt.UTC)
NO_SHARE = 0x80070035
"""ERROR_BAD_NETPATH; what the tool says where it has no share at all is not known (guess)."""


def fetch(process: Process, switches: list[str], image: str) -> int | None:
    """Takes newer signatures from the first source that is reached; None, or the code of the last one that failed."""
    machine = process.machine
    order, shares = defender_settings.signature_sources(machine)
    if switches[:1] == ["-mmpc"]:
        order = ["MMPC"]
    elif switches[:1] == ["-unc"]:
        order, shares = ["FileShares"], switches[2:] or shares
        if not shares:
            return NO_SHARE
    code: int | None = NO_SHARE
    for source in order:
        ask = _SOURCES.get(source.lower())
        if ask is None or (source.lower() == "fileshares" and not shares):
            continue
        if source.lower() == "mmpc" and source != order[0] and not _is_out_of_date(machine):
            continue
        code = ask(machine, image, shares)
        if code is None:
            break
    return code


def take(machine: Machine) -> bool:
    """Stores what the source offers; whether it is newer."""
    offered = machine.defender.offered_signatures
    if not offered or version_parts(offered) <= version_parts(machine.registry.text(KEY, SIGNATURES[0])):
        return False
    for name in SIGNATURES:
        machine.registry.set_text(KEY, name, offered)
    machine.registry.set(KEY, "SignaturesLastUpdated", ValueType.BINARY, filetime(machine.now()))
    return True


def _is_out_of_date(machine: Machine) -> bool:
    stored = machine.registry.data(KEY, "SignaturesLastUpdated")
    if not isinstance(stored, bytes):
        return True
    updated = _EPOCH + dt.timedelta(microseconds=int.from_bytes(stored, "little") // 10)
    return machine.now() - updated > OUT_OF_DATE


def _code(machine: Machine, stopped: Condition | None) -> int | None:
    if stopped is None:
        return None
    codes = next(law.codes for law in physics.LAWS if law.condition is stopped)
    return codes[machine.defender.choice % len(codes)][0]


def _windows_update(machine: Machine, _image: str, _shares: list[str]) -> int | None:
    to = routing.Target("fe3cr.delivery.mp.microsoft.com", 443)
    way = routing.route(machine, routing.Route.WINDOWS_UPDATE, SYSTEM, to, program=physics.SVCHOST, service="wuauserv")
    return _code(machine, way[1])


def _internal(machine: Machine, image: str, shares: list[str]) -> int | None:
    """A server that a policy names; where it names none, Windows Update (guess)."""
    if machine.registry.number(windows_update.UPDATE_KEY + r"\AU", "UseWUServer") != 1:
        return _windows_update(machine, image, shares)
    return _code(machine, windows_update.stopped_by(machine))


def _microsoft(machine: Machine, image: str, _shares: list[str]) -> int | None:
    to = routing.Target("definitionupdates.microsoft.com", 443)
    return _code(
        machine, routing.route(machine, routing.Route.DEFENDER, SYSTEM, to, program=image, service="WinDefend")[1]
    )


def _file_shares(machine: Machine, _image: str, shares: list[str]) -> int | None:
    code: int | None = None
    for share in shares:
        try:
            neighbours.read_unc(machine, f"{share.rstrip(chr(92))}\\{PACKAGE}", SYSTEM)
        except FileError as error:
            code = 0x80070000 | error.code
        else:
            return None
    return code


_SOURCES: dict[str, Callable[[Machine, str, list[str]], int | None]] = {
    "microsoftupdateserver": _windows_update,
    "internaldefinitionupdateserver": _internal,
    "mmpc": _microsoft,
    "fileshares": _file_shares,
}
