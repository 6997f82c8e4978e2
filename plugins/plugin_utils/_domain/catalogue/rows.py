"""The endpoint catalogue: rows, and what of them is asked for. `document` makes them from files."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from ..operation import Refused

EVERYWHERE: Final = "global"
"""The region of rows that serve every region."""
TODAY: Final = "today"
"""Stands for the newest edition."""
NONE: Final = "none"
ONBOARDING: Final = (NONE, "standard", "streamlined")
"""Whether, and how, a host is onboarded to Defender for Endpoint."""
COMMERCIAL: Final = "commercial"
CLOUDS: Final = (COMMERCIAL, "gcc", "gcc-high", "dod")
SYSTEMS: Final = ("windows", "windows-legacy", "macos", "linux")
"""`windows`: 10, 11, Server 2016 and later, 2012 R2 with the unified agent; `windows-legacy`: 7, 8.1, and servers with
the Microsoft Monitoring Agent."""
UNSPECIFIED: Final = "unspecified"
NEEDS: Final = ("required", "optional", UNSPECIFIED)
"""As the pages say; `unspecified` where they do not."""
DEFAULT_PORTS: Final = {"https": 443, "http": 80}


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
    no_inspection: bool = False
    """True: whoever inspects TLS must leave it alone, or the connection fails."""
    onboarding: tuple[str, ...] = ONBOARDING
    """The kinds of hosts that ask for it."""
    clouds: tuple[str, ...] = (COMMERCIAL,)
    systems: tuple[str, ...] = SYSTEMS[:1]
    need: str = UNSPECIFIED
    sources: tuple[str, ...] = ()
    """Address and date of the pages that have the row."""

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
    sources: Mapping[str, str]
    newest: str
    """The last edition of the collection's own."""

    @property
    def regions(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(region for row in self.rows for region in row.regions))


@dataclass(frozen=True)
class Wanted:
    """A filter. An empty one asks for everything in the commercial cloud; rows of the region `global` belong to every
    region."""

    services: Sequence[str] = ()
    regions: Sequence[str] = ()
    ports: Sequence[int] = ()
    schemes: Sequence[str] = ()
    editions: Sequence[str] = ()
    onboarding: Sequence[str] = ()
    cloud: str = COMMERCIAL


@dataclass(frozen=True)
class Change:
    """What another edition has, or no longer has: a row with those of its ways that this is said of."""

    kind: str
    """`added` or `removed`."""
    row: Endpoint


def select(catalogue: Catalogue, wanted: Wanted) -> list[Endpoint]:
    """The rows asked for, in the catalogue's order, each with the ways asked for only.

    Raises Refused for what there cannot be, and for hosts without Defender for Endpoint in a cloud of the US
    government.
    """
    known("services", wanted.services, catalogue.services)
    known("regions", wanted.regions, catalogue.regions)
    editions = {catalogue.newest if name == TODAY else name for name in wanted.editions}
    known("editions", editions, (*catalogue.editions, TODAY))
    known("onboarding", wanted.onboarding, ONBOARDING)
    known("cloud", [wanted.cloud], CLOUDS)
    if wanted.cloud != COMMERCIAL and NONE in wanted.onboarding:
        raise Refused(
            f"onboarding: {NONE} with cloud {wanted.cloud}: Microsoft's lists for the US government are for hosts that "
            "are onboarded to Defender for Endpoint, and which addresses others use there is not published"
        )
    known("schemes", wanted.schemes, DEFAULT_PORTS)
    for port in wanted.ports:
        port_number(port, "ports")
    found = []
    for row in catalogue.rows:
        access = tuple(way for way in row.access if _asked(way, wanted))
        if (
            access
            and (not wanted.services or row.service in wanted.services)
            and (not wanted.regions or {*row.regions} & {*wanted.regions, EVERYWHERE})
            and (not editions or {*row.editions} & editions)
            and (not wanted.onboarding or {*row.onboarding} & {*wanted.onboarding})
            and wanted.cloud in row.clouds
        ):
            found.append(replace(row, access=access))
    return found


def changes(catalogue: Catalogue, wanted: Wanted, since: str) -> list[Change]:
    """What the editions asked for, or else the newest, have and the edition `since` has not, and the reverse.

    Rows of a site that belong to no edition are in neither. Raises Refused as `select` does.
    """
    old = select(catalogue, replace(wanted, editions=(since,)))
    new = select(catalogue, replace(wanted, editions=wanted.editions or (TODAY,)))
    return [
        Change(kind, replace(row, access=access))
        for kind, rows, others in (("added", new, old), ("removed", old, new))
        for row in rows
        if (access := tuple(way for way in row.access if not _has(others, row, way)))
    ]


def _has(rows: Iterable[Endpoint], wanted: Endpoint, way: Access) -> bool:
    return any(
        (row.host, row.wildcard, row.path, row.allow) == (wanted.host, wanted.wildcard, wanted.path, wanted.allow)
        and way in row.access
        for row in rows
    )


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
        "no_inspection": row.no_inspection,
        "onboarding": list(row.onboarding),
        "clouds": list(row.clouds),
        "systems": list(row.systems),
        "need": row.need,
        "sources": list(row.sources),
    }


def _asked(way: Access, wanted: Wanted) -> bool:
    return (not wanted.ports or way.port in wanted.ports) and (not wanted.schemes or way.scheme in wanted.schemes)


def _shown_port(way: Access) -> str:
    return "" if DEFAULT_PORTS[way.scheme] == way.port else f":{way.port}"


def known(what: str, names: Iterable[str], allowed: Iterable[str]) -> None:
    """Raises Refused for a name that is not among the allowed ones."""
    allowed = tuple(allowed)
    unknown = [name for name in names if name not in allowed]
    if unknown:
        raise Refused(f"{what}: {', '.join(map(repr, unknown))} is unknown; the known values are {', '.join(allowed)}")


def port_number(value: object, where: str) -> int:
    """Raises Refused for what is no port."""
    if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= 65535:
        raise Refused(f"{where}: {value!r} is not a port (1 to 65535)")
    return int(value)
