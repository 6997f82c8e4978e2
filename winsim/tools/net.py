"""net share: makes and removes shares.

Grammar: Microsoft, "net share" (sure): `NAME=PATH [/grant:user,right] [/remark:"text"]`, `NAME /delete`. Without /grant
Everyone may read (since Server 2003: published articles, likely). Whatever fails ends with 2 (recalled).
"""

from __future__ import annotations

from ..machine import neighbours
from ..machine.files import FileSystem
from ..machine.neighbours import EVERYONE_SID, Share
from . import icacls
from .arguments import split
from .process import Failed, Process

RIGHTS = {"read": "R", "change": "M", "full": "F"}
FAILED = 2


def run(process: Process, arguments: str) -> int:
    """Runs `net ARGUMENTS`."""
    words = split(arguments)
    if len(words) < 2 or words[0].lower() != "share":
        process.unknown(f"net {arguments}".rstrip())
        process.write_error(process.message("net.syntax"))
        return FAILED
    try:
        return _remove(process, words[1:]) if "=" not in words[1] else _add(process, words[1:])
    except Failed as failed:
        process.write_error(process.message(f"net.{failed.key}", **failed.values))
        return failed.code


def _demand_rights(process: Process) -> None:
    if not process.token.elevated:
        raise Failed("denied", FAILED)
    if not process.machine.services.is_running("LanmanServer"):
        raise Failed("not_started", FAILED)


def _add(process: Process, words: list[str]) -> int:
    name, _unused, path = words[0].partition("=")
    rights: dict[str, str] = {}
    remark = ""
    for word in words[1:]:
        switch, _unused, value = word.partition(":")
        who, comma, right = value.rpartition(",")
        if switch.lower() == "/grant" and comma and right.lower() in RIGHTS:
            rights[icacls.sid_of(process, who)] = RIGHTS[right.lower()]
        elif switch.lower() == "/remark":
            remark = value
        else:
            process.unknown(f"net share {word}")
            raise Failed("syntax", FAILED)
    _demand_rights(process)
    node = process.machine.files.find(FileSystem.normal(path, process.directory))
    if node is None or not node.is_directory:
        raise Failed("no_directory", FAILED)
    if neighbours.share(process.machine, name) is not None:
        raise Failed("already", FAILED)
    made = Share(name, node.path, tuple((rights or {EVERYONE_SID: "R"}).items()))
    neighbours.add_share(process.machine, made, remark)
    process.write(process.message("net.shared", name=name))
    return 0


def _remove(process: Process, words: list[str]) -> int:
    switches = {word.lower() for word in words[1:]}
    if "/delete" not in switches or switches - {"/delete", "/y"}:
        process.unknown(f"net share {' '.join(words)}")
        raise Failed("syntax", FAILED)
    _demand_rights(process)
    found = neighbours.share(process.machine, words[0])
    if found is None:
        raise Failed("no_share", FAILED)
    neighbours.remove_share(process.machine, found.name)
    process.write(process.message("net.deleted", name=found.name))
    return 0
