"""curl.exe and tar.exe of Windows (10 1803, Server 2019 and later): one URL to a file, an archive to a folder.

Rules that hold in this file
- curl does not know Windows' proxy, it is told (*recalled*); it checks revocation, as Schannel does (*sure*, captures).
- Its exit numbers change with its version (curl/curl#12239, #12241), so what TLS says is read from the hexadecimal code
  in its text where there is one.
"""

from __future__ import annotations

import re

from .cmdline import Command, Literal
from .text import tool_text

NETWORK_FAILURES = {
    5: "the proxy's name could not be resolved",
    6: "the name could not be resolved",
    7: "no connection was established",
    22: "the answer was an HTTP error",
    28: "there was no answer in time",
    35: "TLS could not be established",
    47: "there were too many redirections",
    51: "the certificate was not accepted",
    52: "the answer was empty",
    56: "the connection was rejected by the proxy or reset",
    60: "the certificate was not accepted",
    77: "the certificate was not accepted",
    97: "the proxy did not fulfill the request",
}
"""Exit codes that say that something between host and server is in the way (7, 22, 35, 56, 60: *sure*, captures and
curl's manual; the others *recalled*)."""
CANNOT_WRITE = 23
_CODE = re.compile(r"\(0x([0-9A-Fa-f]{8})\)")


def download(url: str, path: str, *, proxy: str, limit: int) -> Command:
    """`url` to `path`, redirections followed, an HTTP error counts as failure. `proxy` `host:port`, empty: directly.

    `limit` in seconds for everything.
    """
    way = [Literal("--proxy"), f"http://{proxy}"] if proxy else [Literal("--noproxy"), Literal("*")]
    return Command.of(
        "curl.exe", Literal("--silent"), Literal("--show-error"), Literal("--location"), Literal("--fail"),
        Literal("--max-time"), str(limit), *way, Literal("--output"), path, url,
    )  # fmt: skip


def unpack(archive: str, folder: str, passphrase: str) -> Command:
    """tar.exe is bsdtar, which reads zip files and takes a password by `--passphrase` (its manual: *likely*)."""
    return Command.of("tar.exe", Literal("-xf"), archive, Literal("-C"), folder, Literal("--passphrase"), passphrase)


def schannel_code(output: bytes | str) -> int | None:
    """The HRESULT that Schannel gave, where the text names one."""
    found = _CODE.search(output if isinstance(output, str) else tool_text(output))
    return int(found[1], 16) if found else None
