"""MpCmdRun.exe: Defender's command line utility, as far as validating the connection to MAPS goes.

It speaks English on every Windows, dates apart (every published capture agrees: likely), and its exit code is the
HRESULT as a signed number (DefenderMAPS reads it so: likely). The failure lines come in several spellings in
Microsoft's pages; which platform prints which is not known, so each platform here keeps to one of them (guess).

The real tool also appends to MpCmdRun.log; what the service notes is in `maps_record`. A machine of which no last
success was said has one where it is connected: in a capture of a success that line stands before the sentence (likely).
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from .. import physics
from ..machine import defender_settings
from ..machine.services import SERVICES_KEY
from . import capi2, maps_record, messages, realtime, signature_update
from .arguments import split
from .process import Process

UNKNOWN_ARGUMENT = 0x80070667
"""ERROR_INVALID_COMMAND_LINE as an HRESULT: what too old a tool says to the switch (sure)."""
UPDATE_FAILED = 2
"""Exit code of -SignatureUpdate that failed (published logs: likely)."""

SINCE_LAST_SUCCESS = dt.timedelta(minutes=17)
"""How long before a validation a machine that is connected had its last connection (guess)."""


@dataclass(frozen=True)
class Style:
    """How a platform writes its answer."""

    since: tuple[int, ...]
    """The first platform version that writes so."""
    failure: str
    """The message of a failed connection."""
    header: tuple[str, ...]
    """Messages before the answer."""
    closes: bool
    """Whether `MpCmdRun.exe: hr = 0x...` follows a failure."""


STYLES = (
    Style((4, 18, 24000), "failure_core", ("command_line", "header", "mitigation_5", "name"), closes=True),
    Style((4, 18, 2100), "failure_core", ("header", "mitigation", "name"), closes=True),
    Style((0,), "failure_code", (), closes=False),
)
WITHOUT_BRACKET = frozenset({0x80508015})
"""Codes whose line Microsoft's page prints without a closing bracket (sure for the page)."""


def run(process: Process, arguments: str) -> int:
    """Runs `MpCmdRun.exe` with the tail of its command line; returns the exit code."""
    words = arguments.split()
    name = words[0].lstrip("-/").lower() if words else "?"
    if name in ("?", "h"):
        process.write(_text("usage"))
        return 0
    if name == "validatemapsconnection":
        if len(words) > 1:
            process.unknown(f"MpCmdRun {arguments}")
            return _refused(process)
        return _validate(process, arguments)
    if name == "scan":
        return _scan(process, arguments)
    if name == "checkexclusion":
        return _check_exclusion(process, arguments)
    if name == "signatureupdate":
        switches = [word if word.startswith("\\\\") else word.lower() for word in split(arguments)[1:]]
        if switches[:1] not in ([], ["-mmpc"], ["-unc"]) or switches[1:2] not in ([], ["-path"]) or len(switches) == 2:
            process.unknown(f"MpCmdRun {arguments}")
        return _update(process, switches)
    process.unknown(f"MpCmdRun {arguments}")
    return _refused(process)


def signed(hresult: int) -> int:
    """An HRESULT as the signed 32-bit number that cmd.exe shows."""
    return hresult - (1 << 32) if hresult >= 1 << 31 else hresult


def platform_version(process: Process) -> str:
    """The version of the platform in use, `4.18.2606.5`; `4.10` where Defender runs from Program Files."""
    folder = _image(process).rpartition("\\")[0].rpartition("\\")[2]
    return folder.partition("-")[0] if folder[:1].isdigit() else f"4.10.{process.machine.os.build}.0"


def _image(process: Process) -> str:
    return process.machine.registry.text(f"{SERVICES_KEY}\\WinDefend", "ImagePath").strip('"')


def _text(name: str, **values: object) -> str:
    return messages.text("en", f"mpcmdrun.{name}", **values)


def _local(process: Process, name: str, moment: dt.datetime) -> str:
    """A date in the form of the machine's language, whatever the console speaks."""
    language = process.machine.locale.language
    weekdays, months = (messages.text(language, f"mpcmdrun.{key}").split(" ") for key in ("weekdays", "months"))
    return messages.text(
        language, f"mpcmdrun.{name}",
        weekday=weekdays[moment.weekday()], month=months[moment.month - 1], day=moment.day, year=moment.year,
        month_number=moment.month, time=f"{moment:%H:%M:%S}", hour=moment.hour, hour12=(moment.hour + 11) % 12 + 1,
        minute=moment.minute, second=moment.second, half="AM" if moment.hour < 12 else "PM",
    )  # fmt: skip


def _refused(process: Process) -> int:
    log = process.environment.get("TEMP", r"C:\Windows\Temp") + r"\MpCmdRun.log"
    process.write(_text("cmdtool", code=f"{UNKNOWN_ARGUMENT:08X}", log=log))
    return signed(UNKNOWN_ARGUMENT)


def _validate(process: Process, arguments: str) -> int:
    machine = process.machine
    started = machine.now()
    process.sleep(machine.defender.validation_seconds)
    maps_record.catch_up(machine)
    answer = physics.validate(machine, process.token)
    capi2.note_lists(machine)
    if answer.hresult == UNKNOWN_ARGUMENT:
        return _refused(process)
    parts = tuple(int(part) for part in platform_version(process).split("."))
    style = next(style for style in STYLES if parts >= style.since)
    went_out = answer.http_code != 450 and answer.http_code is not None
    if machine.defender.prints_network_info and (answer.connected or went_out):
        process.write(_text("network", internet="true" if answer.connected else "false"))
        last = machine.defender.last_maps_success
        if answer.connected and not last:
            last = _local(process, "last_success", started - SINCE_LAST_SUCCESS)
        if last:
            process.write(_text("last", date=last))
    if answer.connected or answer.hresult is None:
        process.write(_text("success"))
        return 0
    code = f"{answer.hresult:08X}"
    line = f'"{_image(process).rpartition(chr(92))[0]}\\MpCmdRun.exe" {arguments.strip()}'
    for name in style.header:
        process.write(_text(name, line=line, start=_local(process, "start_time", started)))
    if answer.http_code is None:
        process.write(_text("service", code=code))
    else:
        name = "failure_open" if answer.hresult in WITHOUT_BRACKET and not style.header else style.failure
        process.write(_text(name, code=code, http=answer.http_code))
    if style.closes:
        process.write(_text("hr", code=code))
    return signed(answer.hresult)


def _scan(process: Process, arguments: str) -> int:
    """`-Scan -ScanType 3 -File PATH`: a file, or what lies in a folder. 0 also where all that was found is dealt with
    (command-line page: sure)."""
    words = split(arguments)
    if [word.lower() for word in words[:4]] != ["-scan", "-scantype", "3", "-file"] or len(words) != 5:
        process.unknown(f"MpCmdRun {arguments}")
        return _refused(process)
    machine, path = process.machine, words[4]
    if not machine.services.is_running("WinDefend"):
        process.write(_text("cmdtool", code="800106BA", log=r"C:\Windows\Temp\MpCmdRun.log"))
        return UPDATE_FAILED
    inside = [node.path for node in machine.files.children(path)]
    names = [name for name in (inside if machine.files.is_directory(path) else [path]) if machine.files.is_file(name)]
    found = sum(realtime.scanned(machine, name, process.token.name) for name in names)
    process.write(_text("scan", path=path, found=found or "no") + (_text("scan_cleaned") if found else ""))
    return 0


def _check_exclusion(process: Process, arguments: str) -> int:
    """`-CheckExclusion -Path PATH` (Microsoft Learn, configure exclusions: sure)."""
    words = split(arguments)
    if [word.lower() for word in words[:2]] != ["-checkexclusion", "-path"] or len(words) != 3:
        process.unknown(f"MpCmdRun {arguments}")
        return _refused(process)
    excluded = defender_settings.is_excluded(process.machine, words[2])
    name = "excluded" if excluded else "not_excluded"
    process.write(_text(name, path=words[2], device=rf"\Device\HarddiskVolume1{words[2][2:]}"))
    return 0 if excluded else 1


def _update(process: Process, switches: list[str]) -> int:
    """Looks for signatures at the sources and takes those that are newer; the service need not run for it (likely)."""
    machine = process.machine
    process.write(_text("update_started"))
    failed = signature_update.fetch(process, switches, _image(process))
    if failed is not None:
        code = f"{failed:08X}"
        log = process.environment.get("TEMP", r"C:\Windows\Temp") + r"\MpCmdRun.log"
        process.write(_text("update_failed", code=code) + _text("cmdtool", code=code, log=log))
        return UPDATE_FAILED
    newer = signature_update.take(machine)
    process.write(
        _text(
            "update_versions",
            service=platform_version(process),
            engine=machine.registry.text(signature_update.KEY, "EngineVersion"),
            antispyware=machine.registry.text(signature_update.KEY, "ASSignatureVersion"),
            antivirus=machine.registry.text(signature_update.KEY, "AVSignatureVersion"),
        )
    )
    process.write(_text("update_done" if newer else "update_none"))
    return 0
