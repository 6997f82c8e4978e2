"""certutil -hashfile; -verify and -syncWithWU, which have files of their own; why `-urlcache` is no downloader.

Output: recalled (Windows 10 and later; older releases put blanks between the bytes). A file without content cannot be
hashed (0x800703ee, recalled). `certutil -urlcache` as a downloader is detected as Trojan:Win32/Ceprolad.A (Microsoft's
page on that threat, sure), so winsim blocks the start and logs event 1116.
"""

from __future__ import annotations

import hashlib
from xml.sax.saxutils import escape

from ..machine import neighbours
from ..machine.access import may_read
from ..machine.files import FileError, FileSystem
from . import certutil_sync, certutil_verify
from .arguments import split
from .certutil_codes import win32
from .process import Process

ALGORITHMS = ("MD5", "SHA1", "SHA256", "SHA384", "SHA512")
DEFENDER_CHANNEL = "Microsoft-Windows-Windows Defender/Operational"


def run(process: Process, arguments: str) -> int:
    """Runs `certutil ARGUMENTS`; the exit code is 0 or an HRESULT as a signed number."""
    words = split(arguments)
    verb = words[0].lower().replace("/", "-", 1) if words else ""
    if verb == "-hashfile" and 2 <= len(words) <= 3:
        algorithm = (words[2] if len(words) == 3 else "SHA1").upper()
        if algorithm in ALGORITHMS:
            return _hash(process, words[1], algorithm)
    if certutil_verify.asked(words):
        return certutil_verify.run(process, words[-1])
    if certutil_sync.asked(words):
        return certutil_sync.run(process, words)
    if verb == "-urlcache" and process.machine.services.is_running("WinDefend"):
        _detect(process, f"certutil {arguments}")
        process.unknown("certutil -urlcache: detected as Trojan:Win32/Ceprolad.A")
        process.write_error(process.message("certutil.denied"))
        return 5
    process.unknown(f"certutil {arguments}".rstrip())
    return _fail(process, verb, -2147024809, "0x80070057 (WIN32: 87 ERROR_INVALID_PARAMETER)", "invalid_parameter")


def _hash(process: Process, name: str, algorithm: str) -> int:
    files = process.machine.files
    path = name if name.startswith("\\\\") else FileSystem.normal(name, process.directory)
    try:
        if name.startswith("\\\\"):
            content = neighbours.read_unc(process.machine, name, process.token)
        else:
            content = files.read(path)
            if not may_read(files, process.token, path):
                raise FileError(5, path)
    except FileError as error:
        return _fail_win32(process, error.code)
    if not content:
        return _fail_win32(process, 1006)
    digest = hashlib.new(algorithm.lower(), content, usedforsecurity=False).hexdigest()
    process.write(process.message("certutil.hash", algorithm=algorithm, name=name))
    process.write(f"{digest}\r\n")
    process.write(process.message("certutil.done", verb="-hashfile"))
    return 0


def _fail_win32(process: Process, code: int) -> int:
    return _fail(process, "-hashfile", (0x80070000 | code) - (1 << 32), win32(code), f"error_{code}")


def _fail(process: Process, verb: str, code: int, shown: str, key: str) -> int:
    process.write(process.message("certutil.failed", verb=verb, code=shown))
    process.write(process.message(f"certutil.{key}"))
    return code


def _detect(process: Process, line: str) -> None:
    """Appends event 1116 for a command line, with the fields that a reader of such events asks for."""
    machine = process.machine
    time = machine.now().strftime("%Y-%m-%dT%H:%M:%S.%f0Z")
    data = {
        "Product Name": "Microsoft Defender Antivirus",
        "Detection ID": f"{{7C3D1A52-0000-4000-8000-{len(machine.events):012X}}}",
        "Detection Time": time,
        "Threat ID": "2147726914",
        "Threat Name": "Trojan:Win32/Ceprolad.A",
        "Severity ID": "5",
        "Category ID": "8",
        "Path": f"CmdLine:_C:\\Windows\\System32\\{line}",
        "Detection User": process.token.name,
        "Process Name": "Unknown",
    }
    fields = "".join(f"<Data Name='{name}'>{escape(text)}</Data>" for name, text in data.items())
    machine.events.append(
        "<Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'><System>"
        "<Provider Name='Microsoft-Windows-Windows Defender' Guid='{11cd958a-c507-4ef3-b3f2-5fd9dfbd2c78}'/>"
        "<EventID>1116</EventID><Version>0</Version><Level>3</Level><Task>0</Task><Opcode>0</Opcode>"
        f"<Keywords>0x8000000000000000</Keywords><TimeCreated SystemTime='{time}'/>"
        f"<EventRecordID>{len(machine.events) + 1}</EventRecordID><Correlation/>"
        f"<Execution ProcessID='2196' ThreadID='2804'/><Channel>{DEFENDER_CHANNEL}</Channel>"
        f"<Computer>{escape(machine.name)}</Computer><Security UserID='S-1-5-18'/></System>"
        f"<EventData>{fields}</EventData></Event>"
    )
