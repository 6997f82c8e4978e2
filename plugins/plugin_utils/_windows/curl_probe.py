r"""curl.exe of Windows as a probe: one URL, only the head of the answer, and what came of it.

Rules that hold in this file
- curl does not know Windows' proxies (*recalled*), so it is always told one, or to take none.
- Exit numbers change with the version (curl/curl#12239, #12241), so what Schannel said is read from the hexadecimal
  code in the text; the text around it is translated.
- Times are from the start, in seconds, and 0 for what was not reached (curl's manual: *sure*).
- `%{certs}` came with 7.88 (curl/curl#10019: *sure*). Schannel may give the chain the other way round (curl/curl#9706),
  so the server's own certificate is the one whose subject issued none of the others.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from .cmdline import Argument, Command, Format, Literal, Outcome, OutputTooLarge, Url
from .curl import schannel_code
from .text import lines, tool_text

PROGRAM = "curl.exe"
CERTS_SINCE = (7, 88, 0)
_FIELDS = "%{http_code} %{http_connect} %{time_namelookup} %{time_connect} %{time_appconnect} %{time_total}"
FORMAT = Format(rf"\n#probe {_FIELDS} %{{remote_ip}} %{{content_type}}\n")
FORMAT_WITH_CERTS = Format(rf"\n#probe {_FIELDS} %{{remote_ip}} %{{content_type}}\n%{{certs}}")
_TIME = r"([0-9]{1,9}[.,][0-9]{1,9})"
_ANSWER = re.compile(rf"#probe ([0-9]{{3}}) ([0-9]{{3}}) {_TIME} {_TIME} {_TIME} {_TIME} ([0-9A-Fa-f.:]*) ?(.*)\Z")
_ERROR = re.compile(r"curl: \([0-9]{1,3}\) (.+)\Z")
_VERSION = re.compile(r"curl ([0-9]{1,4})\.([0-9]{1,4})\.([0-9]{1,4})\S{0,80} ")
_SUBJECT, _ISSUER = "Subject:", "Issuer:"
_BEGIN, _END = "-----BEGIN CERTIFICATE-----", "-----END CERTIFICATE-----"
_BASE64 = re.compile(r"[A-Za-z0-9+/=]*")


@dataclass(frozen=True)
class Version:
    """What `curl.exe -V` says. `schannel` is false for a curl that checks certificates in its own way."""

    number: tuple[int, int, int]
    schannel: bool

    @property
    def text(self) -> str:
        return ".".join(map(str, self.number))

    @property
    def knows_certs(self) -> bool:
        return self.number >= CERTS_SINCE


@dataclass(frozen=True)
class Certificate:
    """A certificate of the chain, its names as curl prints them."""

    subject: str
    issuer: str
    pem: str


@dataclass(frozen=True)
class Seen:
    """What a probe saw. Numbers are None where nothing was there to be seen."""

    exit_code: int | None
    error: str
    """curl's own words, without `curl: (N)`, in the host's language; empty where it had none."""
    schannel: int | None
    """The HRESULT in them."""
    status: int | None
    """Of the answer, whoever gave it."""
    connect_status: int | None
    """Of the proxy's answer to CONNECT."""
    content_type: str
    address: str
    """Of the first hop: of the proxy where there is one."""
    lookup: float | None
    connect: float | None
    handshake: float | None
    total: float | None
    chain: tuple[Certificate, ...]

    @property
    def leaf(self) -> Certificate | None:
        """The server's own certificate."""
        return leaf(self.chain)


def leaf(chain: tuple[Certificate, ...]) -> Certificate | None:
    """The server's own certificate of a chain in any order; None where that is not clear."""
    issuers = {one.issuer for one in chain if one.issuer != one.subject}
    found = [one for one in chain if one.subject not in issuers]
    return found[0] if len(found) == 1 else None


def version() -> Command:
    """`curl.exe -V`; found by PATH, so it may be another than Windows' own: see `Version.schannel`."""
    return Command.of(PROGRAM, Literal("-V"))


def parse_version(output: bytes) -> Version | None:
    """The version; None for what is no answer of curl's. Before 7.62 Schannel was called WinSSL (captures)."""
    first = lines(tool_text(output).lstrip())[0]
    found = _VERSION.match(first)
    if found is None:
        return None
    return Version((int(found[1]), int(found[2]), int(found[3])), re.search(r" (Schannel|WinSSL)\b", first) is not None)


def probe(
    url: str,
    *,
    proxy: str,
    connect_timeout: int,
    timeout: int,
    certs: bool = False,
    revocation: bool = True,
    into: str = "",
) -> Command:
    """Asks for the head of `url`. `proxy` is `host:port`, empty: directly. Times in whole seconds. `into`: the path of
    a file that takes what it prints.

    `-q`: no configuration file of the account's. Raises CannotCarry.
    """
    way: list[Argument] = [Literal("-x"), f"http://{proxy}"] if proxy else [Literal("--noproxy"), Literal("*")]
    lenient = [] if revocation else [Literal("--ssl-no-revoke")]
    asking = Command.of(
        PROGRAM, Literal("-q"), Literal("-sSI"), Literal("-o"), Literal("nul"),
        Literal("-w"), FORMAT_WITH_CERTS if certs else FORMAT,
        Literal("--connect-timeout"), str(connect_timeout), Literal("-m"), str(timeout), *lenient, *way,
        Url(url) if "%" in url else url,
    )  # fmt: skip
    return asking.all_into(into) if into else asking.with_errors()


def answered(outcome: Outcome) -> bool:
    """Whether a probe was made at all: curl ends with what FORMAT begins with, whatever came of it."""
    try:
        return b"#probe " in outcome.output
    except OutputTooLarge:
        return False


def parse(output: bytes, exit_code: int | None) -> Seen:
    """What a probe printed, standard error included. A curl that did not start leaves everything unknown."""
    printed = lines(tool_text(output).replace("\r\n", "\n").replace("\r", "\n"))
    answer = next(filter(None, map(_ANSWER.match, printed)), None)
    error = next(filter(None, map(_ERROR.match, printed)), None)
    said = error[1].strip() if error else ""
    numbers = [_seconds(answer[group]) for group in (3, 4, 5, 6)] if answer else [None] * 4
    return Seen(
        exit_code=exit_code,
        error=said,
        schannel=schannel_code(said),
        status=(int(answer[1]) or None) if answer else None,
        connect_status=(int(answer[2]) or None) if answer else None,
        content_type=answer[8].strip() if answer else "",
        address=answer[7] if answer else "",
        lookup=numbers[0],
        connect=numbers[1],
        handshake=numbers[2],
        total=numbers[3],
        chain=tuple(_certificates(printed)),
    )


def _certificates(printed: list[str]) -> Iterator[Certificate]:
    """The certificates: the names are in two lines, the text comes some lines later."""
    names: tuple[str, str] | None = None
    text: list[str] | None = None
    for before, line in zip(["", *printed], printed, strict=False):
        if before.startswith(_SUBJECT) and line.startswith(_ISSUER) and names is None:
            names = before.removeprefix(_SUBJECT).strip(), line.removeprefix(_ISSUER).strip()
        elif line == _BEGIN and names is not None:
            text = []
        elif line == _END and names is not None and text:
            yield Certificate(*names, "\n".join([_BEGIN, *text, _END, ""]))
            names = text = None
        elif text is not None:
            if _BASE64.fullmatch(line):
                text.append(line)
            else:
                text = None


def _seconds(text: str) -> float | None:
    return float(text.replace(",", ".")) or None
