"""curl.exe and tar.exe, as far as they bring Microsoft's harmless test file onto a machine.

What stops a connection, `physics` knows; here it becomes curl's exit code and the text that captures show for it. A
connection that a perimeter drops ends at once, with the text of the time-out that a real one would wait for.
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from .. import physics
from ..machine.files import FileError, FileSystem
from ..machine.network import Barrier
from . import realtime
from .access import may_write
from .arguments import split
from .process import Process

CURL = r"C:\Windows\System32\curl.exe"
ARCHIVE = b"PK\x03\x04 winsim: stands for the zip of the test file, password infected"
PASSWORD = "infected"
MEMBER = "microsoft-defender-cloud-demo.exe"
"""The file in the archive (a published analysis of it: likely)."""
CONTENTS = {
    "aka.ms/ioavtest": realtime.TEST_FILE,
    "aka.ms/ioavtest1": realtime.TEST_FILE,
    "go.microsoft.com/fwlink/?linkid=2298135": ARCHIVE,
}
"""What lies behind a URL without its scheme; that a real one is redirected first is not simulated."""
PAGE = b"<!DOCTYPE html>\r\n<html><head><title>Blocked</title></head><body>Blocked by policy</body></html>\r\n"
FLAGS = frozenset(("--silent", "--show-error", "--location", "--fail", "-s", "-S", "-L", "-f"))
VALUES = {"--output": "output", "-o": "output", "--proxy": "proxy", "-x": "proxy", "--noproxy": "noproxy",
          "--max-time": "limit", "-m": "limit", "--connect-timeout": "limit"}  # fmt: skip


@dataclass
class _Request:
    url: str = ""
    output: str = ""
    proxy: str = ""
    noproxy: str = ""
    limit: str = ""
    fail: bool = False


def curl(process: Process, arguments: str) -> int:
    """Downloads one URL to a file; the exit code is curl's own."""
    request = _parse(process, split(arguments))
    if request is None:
        return 2
    address = urlsplit(request.url)
    to = physics.Target((address.hostname or "").lower(), address.port or (443 if address.scheme == "https" else 80))
    proxy = "" if request.noproxy == "*" else request.proxy.rpartition("//")[2].rstrip("/").lower()
    stopped, page = _met(process, physics.Way(proxy, "option" if proxy else "none"), to)
    if stopped:
        return _failed(process, *stopped)
    content = PAGE if page else CONTENTS.get(request.url.partition("://")[2])
    if content is None:
        return _failed(process, 22, "The requested URL returned error: 404")
    return save(process, FileSystem.normal(request.output, process.directory), content)


def save(process: Process, path: str, content: bytes) -> int:
    """Writes what was downloaded and lets Defender see it; curl's exit code."""
    try:
        if not may_write(process.machine.files, process.token, path):
            raise FileError(5, path)
        process.machine.files.write(path, content)
    except FileError:
        return _failed(process, 23, "Failure writing output to destination")
    realtime.written(process.machine, path, process.token.name)
    return 0


def _parse(process: Process, words: list[str]) -> _Request | None:
    request = _Request()
    while words:
        word = words.pop(0)
        if word in VALUES and words:
            setattr(request, VALUES[word], words.pop(0))
        elif word in FLAGS:
            request.fail = request.fail or word in ("--fail", "-f")
        elif not word.startswith("-") and not request.url:
            request.url = word
        else:
            process.unknown(f"curl {word}")
            return None
    if not request.url or not request.output or not request.fail:
        process.unknown("curl without URL, --output or --fail")
        return None
    return request


def _failed(process: Process, code: int, text: str) -> int:
    process.write_error(f"curl: ({code}) {text}\r\n")
    return code


def _met(process: Process, way: physics.Way, to: physics.Target) -> tuple[tuple[int, str] | None, bool]:
    """What a connection meets: curl's code and text, if it fails, and whether a page answers in the target's place."""
    machine = process.machine
    secure = to.scheme == "https"
    stopped = physics.reach(machine, way, to, program=CURL)
    proxy = machine.network.proxies.get(way.proxy)
    path = machine.network.direct if proxy is None else proxy
    reached = stopped is None or stopped is physics.Condition.PERIMETER_REFUSE
    page = reached and path.barrier(to.host, to.port) is Barrier.PAGE
    if stopped is not None and not page:
        return _stopped(stopped, way, to, secure), False
    if secure and path.inspects_tls:
        return (35, _schannel(process, "CRYPT_E_NO_REVOCATION_CHECK", 0x80092012)), False
    if secure and not physics.Situation(machine, process.token).crl_reachable:
        return (35, _schannel(process, "CRYPT_E_REVOCATION_OFFLINE", 0x80092013)), False
    return None, page


def _stopped(condition: physics.Condition, way: physics.Way, to: physics.Target, secure: bool) -> tuple[int, str]:
    host, _, port = (way.proxy or f"{to.host}:{to.port}").rpartition(":")
    refused = (7, f"Failed to connect to {host} port {port} after 21042 ms: Could not connect to server")
    cut = (35, "Recv failure: Connection was reset")
    known = {
        physics.Condition.NAME_RESOLUTION: (6, f"Could not resolve host: {to.host}"),
        physics.Condition.PERIMETER_DROP: (28, "Connection timed out after 30008 milliseconds"),
        physics.Condition.PERIMETER_CUT: cut if secure else (56, cut[1]),
        physics.Condition.PROXY_PASSWORD: (56, "Received HTTP code 407 from proxy after CONNECT")
        if secure
        else (22, "The requested URL returned error: 407"),
    }
    if condition is physics.Condition.PERIMETER_REFUSE and way.proxy:
        return (56, "CONNECT tunnel failed, response 403") if secure else (22, "The requested URL returned error: 403")
    return known.get(condition, refused)


def _schannel(process: Process, name: str, code: int) -> str:
    meaning = process.message(f"download.{name.lower()}")
    return f"schannel: next InitializeSecurityContext failed: {name} (0x{code:08x}) - {meaning}"


def tar(process: Process, arguments: str) -> int:
    """`tar -xf ARCHIVE -C DIRECTORY --passphrase WORD` for the archive of the test file (bsdtar's manual)."""
    words = split(arguments)
    if len(words) != 6 or words[0] != "-xf" or words[2] != "-C" or words[4] != "--passphrase":
        process.unknown(f"tar {arguments}")
        return 1
    files = process.machine.files
    try:
        content = files.read(FileSystem.normal(words[1], process.directory))
    except FileError:
        process.write_error(f"tar: Error opening archive: Failed to open '{words[1]}'\r\n")
        return 1
    if content != ARCHIVE:
        process.write_error("tar: Error opening archive: Unrecognized archive format\r\n")
        return 1
    if words[5] != PASSWORD:
        process.write_error(f"{MEMBER}: Incorrect passphrase\r\ntar: Error exit delayed from previous errors.\r\n")
        return 1
    path = FileSystem.normal(f"{words[3]}\\{MEMBER}", process.directory)
    return 1 if save(process, path, realtime.TEST_FILE) else 0
