"""The body of an answer: Microsoft's harmless test file, its archive, a neighbour's file, a page, or nothing."""

from __future__ import annotations

from urllib.parse import urlsplit

from ... import routing
from ...machine import neighbours
from ...machine.files import FileError, FileSystem
from ...machine.network import Barrier
from .. import realtime, tar
from ..process import Process
from .options import Request
from .transfer import SECURED, Done

CONTENTS = {
    "aka.ms/ioavtest": realtime.TEST_FILE,
    "aka.ms/ioavtest1": realtime.TEST_FILE,
    "go.microsoft.com/fwlink/?linkid=2298135": tar.ARCHIVE,
}
"""What lies behind a URL without its scheme; that a real one is redirected first is not simulated."""
PAGE = b"<!DOCTYPE html>\r\n<html><head><title>Blocked</title></head><body>Blocked by policy</body></html>\r\n"
HTTP_RETURNED_ERROR, WRITE_ERROR = 22, 23


def receive(process: Process, request: Request, to: routing.Target, done: Done) -> None:
    """Writes the body to the file that was named, and lets Defender see it."""
    network = process.machine.network
    path = network.proxies.get(request.way_out, network.direct)
    if path.barrier(to.host, to.port) is Barrier.PAGE:
        content: bytes | None = PAGE
    else:
        content = CONTENTS.get(request.url.partition("://")[2])
        served = neighbours.get(process.machine, to.host, urlsplit(request.url).path)
        if served is not None and served.status < 400:
            content = served.content
        if content is None and done.http_code < 400:
            done.http_code = 404
    if done.http_code >= 400 or content is None:
        done.fail(HTTP_RETURNED_ERROR, f"The requested URL returned error: {done.http_code}", done.time_total)
        return
    try:
        realtime.save(process, FileSystem.normal(request.output, process.directory), content)
    except FileError:
        done.fail(WRITE_ERROR, "Failure writing output to destination", SECURED)
