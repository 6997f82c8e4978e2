r"""`--write-out`: its variables, and what a version makes of one that it does not know (curl's manual: sure)."""

from __future__ import annotations

import re
from collections.abc import Callable

from ...machine import certificates
from ..process import Process
from .transfer import Done
from .versions import Version


def _certs(done: Done) -> str:
    """Each certificate's fields, then itself (curl/curl#10019; those of Schannel builds: recalled from its source)."""
    lines = []
    for one in done.chain:
        lines += [
            f"Subject:{certificates.text(one.subject)}",
            f"Issuer:{certificates.text(one.issuer)}",
            "Version:2",
            "Signature Algorithm:sha256WithRSAEncryption",
            f"Start Date:{one.begins:%Y-%m-%d %H:%M:%S} GMT",
            f"Expire Date:{one.ends:%Y-%m-%d %H:%M:%S} GMT",
            one.pem.rstrip("\n").replace("\n", "\r\n"),
        ]
    return "".join(f"{line}\r\n" for line in lines)


VARIABLES: dict[str, Callable[[Done], str]] = {
    "http_code": lambda done: f"{done.http_code:03d}",
    "http_connect": lambda done: f"{done.http_connect:03d}",
    "content_type": lambda done: done.content_type,
    "remote_ip": lambda done: done.remote_ip,
    "time_namelookup": lambda done: f"{done.time_namelookup:.6f}",
    "time_connect": lambda done: f"{done.time_connect:.6f}",
    "time_appconnect": lambda done: f"{done.time_appconnect:.6f}",
    "time_total": lambda done: f"{done.time_total:.6f}",
    "certs": _certs,
}
SINCE: dict[str, Callable[[Version], bool]] = {"certs": lambda version: version.knows_certs}
ESCAPES = {"\\n": "\r\n", "\\r": "\r", "\\t": "\t"}
r"""Standard output is in text mode, so `\n` comes out as CRLF (recalled)."""


def fill(process: Process, template: str, done: Done, version: Version) -> str:
    """The text of a template. An unknown variable is told on standard error and left out."""

    def one(match: re.Match[str]) -> str:
        name = match[1]
        if name is None:
            return ESCAPES[match[0]]
        if name in VARIABLES and (name not in SINCE or SINCE[name](version)):
            return VARIABLES[name](done)
        if name not in VARIABLES:
            process.unknown(f"curl %{{{name}}}")
        process.write_error(f"curl: unknown --write-out variable: '{name}'\r\n")
        return ""

    return re.sub(r"%\{([a-z_]+)\}|\\[nrt]", one, template)
