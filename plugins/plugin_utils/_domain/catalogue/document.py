"""The documents of the catalogue, and how they become rows.

The collection's own are the `FILES` beside this file; a site's own has the same schema; who reads files is above this
layer. Two rules of the article hold for every row, a site's included: what it wants no allow rule for is never allowed,
and what it wants inspected is never marked as exempt.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from ..operation import Refused
from .rows import (
    CLOUDS,
    COMMERCIAL,
    DEFAULT_PORTS,
    EVERYWHERE,
    NEEDS,
    ONBOARDING,
    SYSTEMS,
    UNSPECIFIED,
    Access,
    Catalogue,
    Endpoint,
    known,
    port_number,
)

SCHEMA: Final = 1
"""Version of the document's schema."""
FILES: Final = ("endpoints.yml", "defender_for_endpoint.yml")
"""The article's rows, and after them those of Microsoft's other pages."""
KEYS: Final = {"schema", "services", "editions", "sources", "rows"}
ROW_KEYS: Final = {
    *(
        "id",
        "service",
        "pattern",
        "ports",
        "regions",
        "purpose",
        "editions",
        "since",
        "onboarding",
        "clouds",
        "systems",
    ),
    *("need", "allow", "keep_inspection", "no_inspection", "probe_hosts", "sources", "note"),
}
NEEDED: Final = ("id", "service", "pattern", "purpose")

_NAME = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,62})")
_EDITION = re.compile(r"[a-z0-9](?:[a-z0-9.-]{0,62})")
_HOST = re.compile(r"(?=.{1,253}\Z)[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)+")
_URL = re.compile(r"(https?)://([^/:?#@\s]+)(/[A-Za-z0-9._~/-]*)?")


EMPTY: Final = Catalogue({}, {}, (), {}, "")


def parse(document: object, origin: str, base: Catalogue = EMPTY) -> Catalogue:
    """Reads a document; its rows and names come after those of the base.

    Raises Refused naming `origin`, the row and the key for whatever is not as the schema says.
    """
    if not isinstance(document, Mapping):
        raise Refused(f"{origin}: a catalog is a mapping with schema and rows")
    _only(document, KEYS, origin)
    if document.get("schema") != SCHEMA or isinstance(document.get("schema"), bool):
        raise Refused(f"{origin}: schema must be {SCHEMA}, not {document.get('schema')!r}")
    services = {**base.services, **_names(document, "services", _NAME, origin)}
    editions = {**base.editions, **_names(document, "editions", _EDITION, origin)}
    sources = {**base.sources, **_names(document, "sources", _NAME, origin)}
    entries = document.get("rows")
    if not isinstance(entries, list) or not entries:
        raise Refused(f"{origin}: rows must be a list with at least one row")
    rows = list(base.rows)
    for number, entry in enumerate(entries, 1):
        row = _row(entry, f"{origin}: row {number}", services, editions, sources)
        if any(row.id == other.id for other in rows):
            raise Refused(f"{origin}: row {number}: id {row.id!r} is already used")
        rows.append(row)
    newest = base.newest or next(reversed(editions), "")
    return Catalogue(services, editions, _under_the_rules(rows, origin), sources, newest)


def _row(
    entry: object, where: str, services: Iterable[str], editions: Iterable[str], sources: Mapping[str, str]
) -> Endpoint:
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
    known(f"{where}: service", [service], services)
    pattern = _text(entry["pattern"], f"{where}: pattern")
    scheme, host, wildcard, path = _pattern(pattern, f"{where}: pattern")
    ports = _list(entry.get("ports", [DEFAULT_PORTS[scheme or "https"]]), f"{where}: ports")
    pages = _listed(entry, "sources", [], sources, where)
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
        access=tuple(_way(scheme, port_number(port, f"{where}: ports")) for port in dict.fromkeys(ports)),
        regions=tuple(dict.fromkeys(regions)),
        purpose=_text(entry["purpose"], f"{where}: purpose"),
        editions=_editions(entry, tuple(editions), where),
        allow=_flag(entry.get("allow", True), f"{where}: allow"),
        keep_inspection=_flag(entry.get("keep_inspection", False), f"{where}: keep_inspection"),
        probe_hosts=_probe_hosts(entry.get("probe_hosts"), host, wildcard, f"{where}: probe_hosts"),
        note=_text(entry["note"], f"{where}: note") if "note" in entry else "",
        no_inspection=_flag(entry.get("no_inspection", False), f"{where}: no_inspection"),
        onboarding=_listed(entry, "onboarding", list(ONBOARDING), ONBOARDING, where),
        clouds=_listed(entry, "clouds", [COMMERCIAL], CLOUDS, where),
        systems=_listed(entry, "systems", list(SYSTEMS[:1]), SYSTEMS, where),
        need=_listed({"need": [entry.get("need", UNSPECIFIED)]}, "need", [], NEEDS, where)[0],
        sources=tuple(sources[name] for name in pages),
    )


def _listed(
    entry: Mapping[Any, Any], key: str, default: list[str], allowed: Iterable[str], where: str
) -> tuple[str, ...]:
    """The names that a key lists, each once."""
    named = [_text(item, f"{where}: {key}") for item in _list(entry.get(key, default), f"{where}: {key}")]
    known(f"{where}: {key}", named, allowed)
    if default and not named:
        raise Refused(f"{where}: {key} is empty")
    return tuple(dict.fromkeys(named))


def _editions(entry: Mapping[Any, Any], editions: Sequence[str], where: str) -> tuple[str, ...]:
    """Those that a row lists, or, with `since`, that one and all after it."""
    if "since" not in entry:
        return _listed(entry, "editions", [], editions, where)
    if "editions" in entry:
        raise Refused(f"{where}: since and editions exclude each other")
    since = _text(entry["since"], f"{where}: since")
    known(f"{where}: since", [since], editions)
    return tuple(editions[editions.index(since) :])


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
    marked = tuple(
        replace(row, keep_inspection=True) if any(other.covers(row.host) for other in inspected) else row
        for row in rows
    )
    for row in marked:
        if row.keep_inspection and row.no_inspection:
            raise Refused(f"{origin}: row {row.id}: no_inspection, but {row.pattern} must stay inspected")
    return marked


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
