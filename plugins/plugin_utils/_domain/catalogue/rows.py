"""The endpoint catalogue: which addresses Defender needs, from a document to rows, and from rows to what is asked for.

The document is `endpoints.yml` beside this file, and a site's own with the same schema; who reads files is above this
layer. Two rules of the article hold for every row, a site's included: what it wants no allow rule for is never allowed,
and what it wants inspected is never marked as exempt.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from ..operation import Refused

SCHEMA = 1
"""Version of the document's schema."""
EVERYWHERE = "global"
"""The region of rows that serve every region."""
FILE = "endpoints.yml"
KEYS = {"schema", "services", "editions", "rows"}
ROW_KEYS = {
    *("id", "service", "pattern", "ports", "regions", "purpose", "editions"),
    *("allow", "keep_inspection", "probe_hosts", "note"),
}
NEEDED = ("id", "service", "pattern", "purpose")
DEFAULT_PORTS = {"https": 443, "http": 80}

_NAME = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,62})")
_EDITION = re.compile(r"[a-z0-9](?:[a-z0-9.-]{0,62})")
_HOST = re.compile(r"(?=.{1,253}\Z)[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)+")
_URL = re.compile(r"(https?)://([^/:?#@\s]+)(/[A-Za-z0-9._~/-]*)?")


@dataclass(frozen=True)
class Access:
    """One way to an endpoint: `https`, 443."""

    scheme: str
    port: int


@dataclass(frozen=True)
class Endpoint:
    """A row. `pattern` is as the article writes it: a host, `*.` and a host, or a URL that others may follow below."""

    id: str
    service: str
    pattern: str
    host: str
    """Lower case; of a wildcard what follows `*.`."""
    wildcard: bool
    path: str
    """Path of a URL with its first slash; empty for hosts."""
    access: tuple[Access, ...]
    regions: tuple[str, ...]
    purpose: str
    editions: tuple[str, ...]
    allow: bool
    """False: there must be no allow rule for this pattern."""
    keep_inspection: bool
    """True: never to be exempt from network inspection."""
    probe_hosts: tuple[str, ...]
    """Concrete names that answer. Of a wildcard they may hold the bare name, which is then needed too."""
    note: str

    def covers(self, host: str) -> bool:
        """Whether the pattern itself, without its probe hosts, stands for a name."""
        return host.endswith("." + self.host) if self.wildcard else host == self.host

    @property
    def bare_name_needed(self) -> bool:
        """A wildcard whose bare name is in use as well, although `*.` does not stand for it."""
        return self.wildcard and self.host in self.probe_hosts

    def probes(self) -> list[dict[str, Any]]:
        """What can be asked to find out whether the row is reachable; nothing where there must be no allow rule."""
        if not self.allow:
            return []
        return [
            {
                "url": f"{way.scheme}://{host}{_shown_port(way)}{self.path or '/'}",
                "host": host,
                "port": way.port,
                "scheme": way.scheme,
            }
            for host in self.probe_hosts
            for way in self.access
        ]


@dataclass(frozen=True)
class Catalogue:
    """Every row, with the services and editions that it knows, name -> description."""

    services: Mapping[str, str]
    editions: Mapping[str, str]
    rows: tuple[Endpoint, ...]

    @property
    def regions(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(region for row in self.rows for region in row.regions))


@dataclass(frozen=True)
class Wanted:
    """A filter. An empty one asks for everything; rows of the region `global` belong to every region."""

    services: Sequence[str] = ()
    regions: Sequence[str] = ()
    ports: Sequence[int] = ()
    schemes: Sequence[str] = ()
    editions: Sequence[str] = ()


def parse(document: object, origin: str, base: Catalogue | None = None) -> Catalogue:
    """Reads a document; with a base, its rows and names come after those of the base.

    Raises Refused naming `origin`, the row and the key for whatever is not as the schema says.
    """
    if not isinstance(document, Mapping):
        raise Refused(f"{origin}: a catalog is a mapping with schema and rows")
    _only(document, KEYS, origin)
    if document.get("schema") != SCHEMA or isinstance(document.get("schema"), bool):
        raise Refused(f"{origin}: schema must be {SCHEMA}, not {document.get('schema')!r}")
    services = {**(base.services if base else {}), **_names(document, "services", _NAME, origin)}
    editions = {**(base.editions if base else {}), **_names(document, "editions", _EDITION, origin)}
    entries = document.get("rows")
    if not isinstance(entries, list) or not entries:
        raise Refused(f"{origin}: rows must be a list with at least one row")
    rows = list(base.rows) if base else []
    for number, entry in enumerate(entries, 1):
        row = _row(entry, f"{origin}: row {number}", services, editions)
        if any(row.id == other.id for other in rows):
            raise Refused(f"{origin}: row {number}: id {row.id!r} is already used")
        rows.append(row)
    return Catalogue(services, editions, _under_the_rules(rows, origin))


def select(catalogue: Catalogue, wanted: Wanted) -> list[Endpoint]:
    """The rows asked for, in the catalogue's order, each with the ways asked for only.

    Raises Refused for a service, region, edition, scheme or port that there cannot be.
    """
    _known("services", wanted.services, catalogue.services)
    _known("regions", wanted.regions, catalogue.regions)
    _known("editions", wanted.editions, catalogue.editions)
    _known("schemes", wanted.schemes, DEFAULT_PORTS)
    for port in wanted.ports:
        _port(port, "ports")
    found = []
    for row in catalogue.rows:
        access = tuple(way for way in row.access if _asked(way, wanted))
        if (
            access
            and (not wanted.services or row.service in wanted.services)
            and (not wanted.regions or {*row.regions} & {*wanted.regions, EVERYWHERE})
            and (not wanted.editions or {*row.editions} & {*wanted.editions})
        ):
            found.append(replace(row, access=access))
    return found


def described(row: Endpoint) -> dict[str, Any]:
    """A row in plain types, as the lookup gives it."""
    return {
        "id": row.id,
        "service": row.service,
        "pattern": row.pattern,
        "host": row.host,
        "wildcard": row.wildcard,
        "path": row.path,
        "ports": [way.port for way in row.access],
        "schemes": list(dict.fromkeys(way.scheme for way in row.access)),
        "regions": list(row.regions),
        "purpose": row.purpose,
        "editions": list(row.editions),
        "allow": row.allow,
        "keep_inspection": row.keep_inspection,
        "probes": row.probes(),
        "note": row.note,
    }


def _asked(way: Access, wanted: Wanted) -> bool:
    return (not wanted.ports or way.port in wanted.ports) and (not wanted.schemes or way.scheme in wanted.schemes)


def _shown_port(way: Access) -> str:
    return "" if DEFAULT_PORTS[way.scheme] == way.port else f":{way.port}"


def _row(entry: object, where: str, services: Iterable[str], editions: Iterable[str]) -> Endpoint:
    if not isinstance(entry, Mapping):
        raise Refused(f"{where} is not a mapping")
    if isinstance(entry.get("id"), str):
        where = f"{where} ({entry['id']})"
    _only(entry, ROW_KEYS, where)
    missing = [key for key in NEEDED if key not in entry]
    if missing:
        raise Refused(f"{where}: {', '.join(missing)} is missing")
    name = _text(entry["id"], f"{where}: id")
    if not _NAME.fullmatch(name):
        raise Refused(f"{where}: id must consist of lowercase letters, digits and hyphens")
    service = _text(entry["service"], f"{where}: service")
    _known(f"{where}: service", [service], services)
    pattern = _text(entry["pattern"], f"{where}: pattern")
    scheme, host, wildcard, path = _pattern(pattern, f"{where}: pattern")
    ports = _list(entry.get("ports", [DEFAULT_PORTS[scheme or "https"]]), f"{where}: ports")
    named = [_text(item, f"{where}: editions") for item in _list(entry.get("editions", []), f"{where}: editions")]
    _known(f"{where}: editions", named, editions)
    regions = [_text(item, f"{where}: regions") for item in _list(entry.get("regions", [EVERYWHERE]), where)]
    if not regions or not all(_NAME.fullmatch(region) for region in regions):
        raise Refused(f"{where}: names in regions must consist of lowercase letters, digits and hyphens")
    if not ports:
        raise Refused(f"{where}: ports is empty")
    return Endpoint(
        id=name,
        service=service,
        pattern=pattern,
        host=host,
        wildcard=wildcard,
        path=path,
        access=tuple(_way(scheme, _port(port, f"{where}: ports")) for port in dict.fromkeys(ports)),
        regions=tuple(dict.fromkeys(regions)),
        purpose=_text(entry["purpose"], f"{where}: purpose"),
        editions=tuple(dict.fromkeys(named)),
        allow=_flag(entry.get("allow", True), f"{where}: allow"),
        keep_inspection=_flag(entry.get("keep_inspection", False), f"{where}: keep_inspection"),
        probe_hosts=_probe_hosts(entry.get("probe_hosts"), host, wildcard, f"{where}: probe_hosts"),
        note=_text(entry["note"], f"{where}: note") if "note" in entry else "",
    )


def _pattern(pattern: str, where: str) -> tuple[str, str, bool, str]:
    """Scheme (empty for hosts), host, whether a wildcard, path."""
    url = _URL.fullmatch(pattern)
    scheme, rest, path = (url[1], url[2], url[3] or "/") if url else ("", pattern, "")
    wildcard = not url and rest.startswith("*.")
    host = (rest[2:] if wildcard else rest).lower()
    if not _HOST.fullmatch(host):
        raise Refused(
            f"{where} {pattern!r} is not a host name, '*.' and a host name, or a URL (http or https, a path of plain "
            "characters, without a port; ports belong in ports)"
        )
    return scheme, host, wildcard, path


def _way(scheme: str, port: int) -> Access:
    return Access(scheme or ("http" if port == DEFAULT_PORTS["http"] else "https"), port)


def _probe_hosts(value: object, host: str, wildcard: bool, where: str) -> tuple[str, ...]:
    if value is None:
        return () if wildcard else (host,)
    names = [_text(item, where).lower() for item in _list(value, where)]
    for name in names:
        inside = name == host or (wildcard and name.endswith("." + host))
        if not _HOST.fullmatch(name) or not inside:
            raise Refused(f"{where}: {name!r} is not a host name that matches the pattern")
    return tuple(dict.fromkeys(names))


def _under_the_rules(rows: Sequence[Endpoint], origin: str) -> tuple[Endpoint, ...]:
    """Refuses allow rows that stand for all that must not be allowed; marks what must stay inspected."""
    for closed in (row for row in rows if not row.allow):
        for row in rows:
            if row.allow and row.wildcard and (row.host == closed.host or closed.host.endswith("." + row.host)):
                raise Refused(
                    f"{origin}: row {row.id} would allow {row.pattern}, but {closed.pattern} must not have an allow "
                    f"rule ({closed.id}); allow the hosts by name"
                )
    inspected = [row for row in rows if row.keep_inspection]
    return tuple(
        replace(row, keep_inspection=True) if any(other.covers(row.host) for other in inspected) else row
        for row in rows
    )


def _names(document: Mapping[Any, Any], key: str, allowed: re.Pattern[str], origin: str) -> dict[str, str]:
    value = document.get(key, {})
    if not isinstance(value, Mapping):
        raise Refused(f"{origin}: {key} must be a mapping of names to descriptions")
    found = {_text(name, f"{origin}: {key}"): _text(text, f"{origin}: {key}") for name, text in value.items()}
    wrong = [name for name in found if not allowed.fullmatch(name)]
    if wrong:
        raise Refused(f"{origin}: {key}: {wrong[0]!r} is not a name of lowercase letters, digits and hyphens")
    return found


def _only(value: Mapping[Any, Any], keys: set[str], where: str) -> None:
    surplus = [str(key) for key in value if key not in keys]
    if surplus:
        raise Refused(
            f"{where}: {', '.join(surplus)} is not a key of the schema; the keys are {', '.join(sorted(keys))}"
        )


def _known(what: str, names: Sequence[str], known: Iterable[str]) -> None:
    unknown = [name for name in names if name not in known]
    if unknown:
        raise Refused(f"{what}: {', '.join(map(repr, unknown))} is unknown; the known values are {', '.join(known)}")


def _list(value: object, where: str) -> list[Any]:
    if not isinstance(value, list):
        raise Refused(f"{where} must be a list")
    return value


def _flag(value: object, where: str) -> bool:
    if not isinstance(value, bool):
        raise Refused(f"{where} must be true or false")
    return value


def _text(value: object, where: str) -> str:
    if not isinstance(value, str) or not value.strip() or not value.isprintable():
        raise Refused(f"{where} must be a single line of text without control characters, not {value!r}")
    return str(value).strip()


def _port(value: object, where: str) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= 65535:
        raise Refused(f"{where}: {value!r} is not a port (1 to 65535)")
    return int(value)
