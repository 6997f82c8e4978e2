r"""The text of a proxy and of a bypass list, as WinHTTP, the Internet settings and Defender's policy hold them.

A proxy is one or several entries `[<protocol>=][<scheme>://]<server>[:<port>]`, which semicolons or blanks separate
(WINHTTP_PROXY_INFO: *sure*). An entry that names a protocol serves that one, and one without serves those that no other
names; both `http=proxy` and `http=http://proxy` are in use (Microsoft on ProxyCfg.exe: *sure*). So `http://proxy`
serves every protocol, as browsers take it (*likely*; .NET takes it for http alone). No source says which of several
entries for one protocol WinHTTP takes, so all are shown and none is chosen. The sources stand in docs/evidence.md.

Any text is understood: what is no host and port is kept as it is written, and is no endpoint.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from unicodedata import category

from .text import whole_number

HOST = r"(?:\[[0-9A-Fa-f:.%]{2,60}\]|[^\W_][\w.-]{0,253})"
SCHEME = r"[A-Za-z][A-Za-z0-9+.-]{0,15}://"
FOR = r"(?i:https?|ftps?|gopher|socks[45]?|all|proxy[a-z]{0,12})="

_SEPARATORS = re.compile(r"([;\s]+)", re.ASCII)
_PROTOCOL = re.compile(r"([A-Za-z0-9_+.-]+)=")
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://")
_BEGINNING = re.compile(rf"{FOR}|{SCHEME}")
_ALONE = re.compile(rf"(?:{FOR})?(?:{SCHEME})?{HOST}:\d{{1,5}}/?")
"""An entry that is whole in itself."""
_ENDPOINT = re.compile(r"(?:\[[0-9A-Fa-f:.]{2,60}\]|[A-Za-z0-9._-]{1,253}):([0-9]{1,5})")
"""A host name has at most 253 characters (RFC 1035); an IPv6 address stands in brackets, else its last part would be
taken for a port (RFC 3986, 3.2.2)."""
_PLAIN = re.compile(rf"{_ENDPOINT.pattern}|[A-Za-z0-9._-]{{1,255}}")
_ASKED_FOR = ("http", "https")
_IN_NO_HOST = re.compile(r"[\x00-\x20\"'<>=,\\^`{|}*?!$&()+~#]")
"""ASCII characters that no host name, address or port has."""
_UNNAMED = frozenset({"Pi", "Pf", "Ps", "Pe", "Zs", "Zl", "Zp", "Cc", "Cf"})
_JOINERS = "\u200c\u200d"
"""Unicode's categories of quotation marks, brackets, blanks and what is not seen, which no internationalized name has
either, joiners apart (RFC 5892, 2.5, 2.6 and appendix A: *sure*); of others that are not ASCII nothing is concluded."""
_CUT_OFF = re.compile(r"[\udc91-\udc94]\Z")
"""A byte that is no UTF-8 in the last place: a quotation mark in Windows' code pages of one byte (125x, 874), half of a
character in those of two (Microsoft, code page identifiers and tables: *sure*). No name ends so."""


@dataclass(frozen=True)
class Entry:
    """One proxy of a list."""

    protocol: str
    """What it serves, in lower case; empty: whatever no other entry serves."""
    scheme: str
    """As written before `://`; empty where none is."""
    address: str
    """Host and port as written, without slashes at the end; with the credentials where the text holds some."""

    def __str__(self) -> str:
        return f"{self.protocol}{'=' if self.protocol else ''}{self._url}"

    @property
    def _url(self) -> str:
        return f"{self.scheme}{'://' if self.scheme else ''}{self.address}"

    @property
    def _usual(self) -> bool:
        return self.scheme.lower() in ("", *_ASKED_FOR)

    @property
    def shown(self) -> str:
        """The address where it is a host, with or without port, that is spoken to as every proxy is; else as written:
        by the scheme SOCKS is known, and a name and a password for what they are."""
        return self.address if self._usual and _PLAIN.fullmatch(self.address) else self._url

    @property
    def endpoint(self) -> str:
        """`host:port` as a connection can use it; empty where the entry is no such thing."""
        found = _ENDPOINT.fullmatch(self.address) if self._usual else None
        return self.address if found and 0 < int(found[1]) <= 65535 else ""

    @property
    def defect(self) -> str:
        """Why no connection can use the entry: `credentials` (WINHTTP_PROXY_INFO has no place for a name and a
        password: *sure*; what WinHTTP makes of them is not documented), `scheme` (SOCKS and others), `characters` or
        `port`. Empty where it can, and where that is not known, as for a name that is not ASCII."""
        if "@" in self.address:
            return "credentials"
        if not self._usual:
            return "scheme"
        if _IN_NO_HOST.search(self.address) or _copied(self.address):
            return "characters"
        host, colon, port = self.address.rpartition(":")
        if not colon or not host or not port or host.startswith("[") != host.endswith("]"):
            return ""
        known = whole_number(port)
        return "" if (known is not None and 0 < known <= 65535) or "/" in port else "port"

    @property
    def port(self) -> int:
        """The port; 0 where none is named."""
        host, _unused, text = self.address.rpartition(":")
        port = whole_number(text) or 0
        ambiguous = ":" in host and not host.endswith("]") and "@" not in host
        return 0 if ambiguous or port > 65535 else port


def _copied(address: str) -> bool:
    """It has what a command brings along that was copied from a page or a document: quotation marks, blanks that are
    none of ASCII, characters that are not seen."""
    return bool(_CUT_OFF.search(address)) or any(
        one in "\uff02\uff07" or (category(one) in _UNNAMED and one not in _JOINERS)
        for one in address
        if not one.isascii()
    )


@dataclass(frozen=True)
class ProxyText:
    """What a text names, in its order."""

    entries: tuple[Entry, ...] = ()

    def __str__(self) -> str:
        return ";".join(map(str, self.entries))

    @property
    def by_protocol(self) -> dict[str, tuple[Entry, ...]]:
        """The entries for each protocol that is named, and for http and https, each address once. More than one: which
        of them is used is not known."""
        found: dict[str, dict[str, Entry]] = {}
        for entry in self.entries:
            found.setdefault(entry.protocol, {}).setdefault(entry.shown.lower(), entry)
        general = found.pop("", {})
        if general:
            found = {**dict.fromkeys(_ASKED_FOR, general), **found}
        return {protocol: tuple(entries.values()) for protocol, entries in found.items()}

    @property
    def addresses(self) -> dict[str, str]:
        """The proxy for each protocol as `host:port`; of several all, with semicolons between them."""
        return {name: ";".join(entry.shown for entry in entries) for name, entries in self.by_protocol.items()}

    def address(self, protocol: str) -> str:
        """The proxy for http or https as in :attr:`addresses`; empty for none."""
        return self.addresses.get(protocol, "")

    @property
    def ports(self) -> frozenset[int]:
        """The ports that its entries name."""
        return frozenset(entry.port for entry in self.entries if entry.port)


def parse(text: str) -> ProxyText:
    """What a text names. An entry with credentials stays whole although these hold a separator: else half of a password
    would be taken for a host."""
    return ProxyText(tuple(_entries(text)))


def endpoint(text: str) -> str:
    """`host:port` where a text names one proxy for everything; empty where it names several, or no such thing."""
    entries = parse(text).entries
    return entries[0].endpoint if len(entries) == 1 and not entries[0].protocol else ""


def defect(text: str) -> str:
    """Why no entry of a text can be used, by the first (see :attr:`Entry.defect`); empty where one can, or may be."""
    found = [entry.defect for entry in parse(text).entries]
    return found[0] if found and all(found) else ""


def parse_bypass(text: str) -> tuple[str, ...]:
    """The entries of a bypass list, which semicolons or blanks separate, in order and each once. `<local>` means names
    without dots."""
    return tuple(dict.fromkeys(entry for entry in _SEPARATORS.split(text)[::2] if entry))


def _entries(text: str) -> Iterator[Entry]:
    for whole in _wholes(text):
        protocol = _PROTOCOL.match(whole)
        rest = whole[protocol.end() :] if protocol else whole
        scheme = _SCHEME.match(rest)
        address = (rest[scheme.end() :] if scheme else rest).rstrip("/")
        if address:
            yield Entry(protocol[1].lower() if protocol else "", scheme[1] if scheme else "", address)


def _wholes(text: str) -> list[str]:
    """The entries as written; looked for from the end, since only an `@` shows that credentials were before it."""
    parts = _SEPARATORS.split(text)  # parts and separators in turn; the first and the last part may be empty
    parts = parts[0 if parts[0] else 2 :]
    wholes: list[str] = []
    end = len(parts) if not parts or parts[-1] else len(parts) - 2
    while end > 0:
        begin = end - 1
        if "@" in parts[begin]:
            begin = _where_it_begins(parts, begin)
        wholes.append("".join(parts[begin:end]))
        end = begin - 1
    return wholes[::-1]


def _where_it_begins(parts: list[str], last: int) -> int:
    """The index of the part where the credentials begin whose `@` the last part holds."""
    begin = last
    whole = ":" in parts[last].partition("@")[0]
    while begin >= 2 and not _BEGINNING.match(parts[begin]) and "@" not in parts[begin - 2]:
        if whole and _ALONE.fullmatch(parts[begin - 2]):
            break
        begin -= 2
        whole = whole or ":" in parts[begin]
    return begin
