"""curl.exe of Windows, as far as it probes connections and brings Microsoft's harmless test file.

Asked for a head, it tells what answers, in which time, and what Schannel says of it.

It does not know Windows' proxies: it takes the one it is told, or goes directly (recalled). Schannel checks
revocation, which goes its own way, the CryptoAPI's (curl/curl#4078: sure). What stops a connection, `physics` knows;
here it becomes an exit code and the text that captures show for it. A time-out ends at once; the time it would have
taken is printed.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from ... import routing
from ..arguments import split
from ..process import Process
from . import body, transfer, versions, writeout
from .options import parse

FAILED_INIT = 2


def run(process: Process, arguments: str) -> int:
    """Runs `curl ARGUMENTS`; the exit code is curl's own."""
    words = split(arguments)
    version = versions.of(process.machine.os.build)
    if words in (["-V"], ["--version"]):
        process.write(version.banner)
        return 0
    request = parse(words)
    if request.unknown:
        for word in request.unknown:
            process.unknown(f"curl {word}")
        process.write_error(f"curl: option {request.unknown[0]}: is unknown\r\n")
        return FAILED_INIT
    address = urlsplit(request.url)
    port = address.port or (443 if address.scheme == "https" else 80)
    to = routing.Target((address.hostname or "").lower(), port)
    done = transfer.transfer(process, request, to, version, secure=address.scheme == "https")
    if not request.head and not done.exit_code:
        body.receive(process, request, to, done)
    if done.exit_code and (request.shows_errors or not request.silent):
        process.write_error(f"curl: ({done.exit_code}) {done.error}\r\n")
    process.write(writeout.fill(process, request.write_out, done, version))
    return done.exit_code
