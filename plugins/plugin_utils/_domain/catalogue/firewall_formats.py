"""The catalogue as lists for firewalls, and as tables for people."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ..language import cell, writer
from ..operation import Refused
from .proxy_formats import pac, squid
from .rows import Change, Endpoint, Wanted
from .targets import (
    EVERY_PATH,
    SCHEMES_AND_PORTS,
    URL_PATHS,
    Export,
    Target,
    header,
    inspected,
    never_allowed,
    ports,
    targets,
    uninspected,
)

COLUMNS = (
    *("service", "pattern", "ports", "regions", "allow rule", "inspection", "need", "onboarding", "clouds", "systems"),
    *("editions", "purpose", "note", "sources"),
)
TABLE = "inet windefend_maps"


def palo_alto(rows: Sequence[Endpoint]) -> Export:
    """An external dynamic list of type URL. It has no comments; `*.` needs at least one name before it; the slash at
    the end keeps an entry from matching longer names (Palo Alto's guidelines, see docs/evidence.md)."""
    found: dict[str, None] = {}
    for target in targets(rows):
        path = target.path.strip("/") if target.way.scheme == "http" else ""
        found[f"{_name(target)}/{path + '/' if path else ''}"] = None
    limits = (
        SCHEMES_AND_PORTS,
        URL_PATHS,
        "comments: the list does not contain what must not be allowed, and nothing on inspection",
    )
    return Export("".join(f"{entry}\n" for entry in found), len(found), limits)


def text(rows: Sequence[Endpoint]) -> Export:
    """One host or wildcard a line."""
    found = list(dict.fromkeys(_name(target) for target in targets(rows)))
    limits = (SCHEMES_AND_PORTS, EVERY_PATH)
    top = header("The endpoints of Microsoft Defender Antivirus, one per line.", rows, limits)
    return Export(top + "".join(f"{entry}\n" for entry in found), len(found), limits)


def host_list(rows: Sequence[Endpoint]) -> Export:
    """`name port` a line, concrete names only: for scripts that resolve them and fill a set of nftables or ipset."""
    found: dict[str, None] = {}
    unknown: dict[str, None] = {}
    for row in rows:
        if row.allow:
            found.update(dict.fromkeys(f"{host} {way.port}" for host in row.probe_hosts for way in row.access))
            if row.wildcard:
                names = ", ".join(row.probe_hosts) or "none"
                unknown[f"the wildcard {row.pattern}: only its known names are included ({names})"] = None
    limits = (*unknown, EVERY_PATH, "changes of addresses: resolve the names regularly")
    top = header("The host names of Microsoft Defender Antivirus with their ports.", rows, limits)
    return Export(top + "".join(f"{entry}\n" for entry in found), len(found), limits)


def nftables(rows: Sequence[Endpoint]) -> Export:
    """The sets of an nftables table, empty: names become addresses only when somebody resolves them."""
    wanted = ports(targets(rows))
    limits = (
        "host names: nftables only supports addresses, so the sets are empty until the dnsmasq export, or a script "
        "with the host_list export, fills them",
        EVERY_PATH,
        "other names at the same address: content networks share addresses among customers",
    )
    lines = [f"table {TABLE} {{"]
    for port in wanted:
        for family in (4, 6):
            lines += [f"\tset {_set(port, family)} {{", f"\t\ttype ipv{family}_addr", "\t\tflags timeout"]
            lines += ["\t\ttimeout 1d", "\t}"]
    lines.append("}")
    rules = "".join(
        f"#   tcp dport {port} {'ip' if family == 4 else 'ip6'} daddr @{_set(port, family)} accept\n"
        for port in wanted
        for family in (4, 6)
    )
    top = header("Sets for nftables: the endpoints of Microsoft Defender Antivirus.", rows, limits)
    use = f"# Put the rules that use the sets into a chain of the same table:\n{rules}\n"
    return Export(top + use + "".join(f"{line}\n" for line in lines), 2 * len(wanted), limits)


def dnsmasq(rows: Sequence[Endpoint]) -> Export:
    """`nftset` lines for dnsmasq 2.87 or later: each answer fills the sets of the nftables export.

    dnsmasq takes the longest domain only, so each domain carries the sets of those above it as well.
    """
    wanted = targets(rows)
    found: dict[str, list[int]] = {}
    for target in wanted:
        above = [t for t in wanted if t.wildcard and target.host.endswith("." + t.host)]
        found.setdefault(target.host, []).extend(t.way.port for t in (target, *above))
    lines = []
    for host, numbers in found.items():
        sets = [
            f"{family}#{TABLE.replace(' ', '#')}#{_set(port, family)}"
            for port in sorted({*numbers})
            for family in (4, 6)
        ]
        lines.append(f"nftset=/{host}/{','.join(sets)}")
    limits = (
        "single names: dnsmasq includes all subdomains of a name, and the bare domain of a wildcard",
        EVERY_PATH,
        "clients that use another DNS server: its answers are not in the sets",
    )
    top = header(
        "The host names of Microsoft Defender Antivirus for dnsmasq; fills the sets of the nftables export.",
        rows,
        limits,
    )
    return Export(top + "".join(f"{line}\n" for line in lines), len(lines), limits)


def table_csv(rows: Sequence[Endpoint]) -> Export:
    """Every row, also those that are no allow rule, as RFC 4180 has it."""
    return _csv(("id", *COLUMNS), [(row.id, *_cells(row)) for row in rows])


def markdown(rows: Sequence[Endpoint]) -> Export:
    """Every row, also those that are no allow rule, as a table."""
    return _markdown(COLUMNS, [_cells(row) for row in rows])


def changed(changes: Sequence[Change], form: str) -> Export:
    """What changed between two editions, as a table for a change request. Raises Refused for a list: most formats say
    what is allowed, not what to add or to remove."""
    lines = [(one.kind, *_cells(one.row)) for one in changes]
    if form == "csv":
        return _csv(
            ("change", "id", *COLUMNS),
            [(kind, one.row.id, *rest) for (kind, *rest), one in zip(lines, changes, strict=True)],
        )
    if form == "markdown":
        return _markdown(("change", *COLUMNS), lines)
    raise Refused(f"changed_since requires format={' or '.join(TABLES)}: the format {form} only says what is allowed")


def _csv(heads: Sequence[str], lines: Sequence[Sequence[str]]) -> Export:
    out = io.StringIO()
    table = writer(out)
    table.writerow(heads)
    table.writerows([cell(text) for text in line] for line in lines)
    return Export(out.getvalue(), len(lines), ())


def _markdown(heads: Sequence[str], lines: Sequence[Sequence[str]]) -> Export:
    pattern = heads.index("pattern")
    shown = [f"| {' | '.join(heads)} |", "|" + "---|" * len(heads)]
    for line in lines:
        cells = [f"`{text}`" if place == pattern else _escaped(text) for place, text in enumerate(line)]
        shown.append(f"| {' | '.join(cells)} |")
    return Export("".join(f"{line}\n" for line in shown), len(lines), ())


FORMATS: Mapping[str, Callable[[Sequence[Endpoint]], Export]] = {
    "squid": squid,
    "palo_alto": palo_alto,
    "text": text,
    "host_list": host_list,
    "nftables": nftables,
    "dnsmasq": dnsmasq,
    "csv": table_csv,
    "markdown": markdown,
}
"""Format -> renderer; `pac` stands apart because it needs routes."""
TABLES = ("csv", "markdown")


def export(rows: Sequence[Endpoint], form: str, wanted: Wanted, proxy: str | None, otherwise: str | None) -> Export:
    """Renders rows. Raises Refused for routes without a PAC file, and for a list that would allow nothing."""
    if form == "pac":
        if not proxy:
            raise Refused("format=pac requires proxy, the route for the endpoints")
    elif proxy is not None or otherwise is not None:
        raise Refused("proxy and otherwise require format=pac")
    if not rows or (form not in TABLES and not targets(rows)):
        asked = "; ".join(
            f"{name}: {values if isinstance(values, str) else ', '.join(map(str, values))}"
            for name, values in vars(wanted).items()
            if values
        )
        raise Refused(f"no row of the catalog matches ({asked}); an empty list would block everything")
    return pac(rows, proxy, otherwise or "DIRECT") if form == "pac" and proxy else FORMATS[form](rows)


def result(
    dest: str, form: str, rows: Sequence[Endpoint], rendered: Export, changes: Sequence[Change] = ()
) -> dict[str, Any]:
    """What the module returns beside `changed`."""
    return {
        "dest": dest,
        "format": form,
        "entries": rendered.entries,
        "rows": [row.id for row in rows if row.allow or form in TABLES],
        "never_allowed": [row.pattern for row in never_allowed(rows)],
        "keep_inspection": [row.pattern for row in inspected(rows)],
        "no_inspection": [row.pattern for row in uninspected(rows)],
        "not_expressed": list(rendered.not_expressed),
        "changes": [shown_change(one) for one in changes],
    }


def shown_change(change: Change) -> dict[str, Any]:
    """A change in plain types."""
    row = change.row
    return {
        "change": change.kind,
        "id": row.id,
        "pattern": row.pattern,
        "ports": [way.port for way in row.access],
        "allow": row.allow,
    }


def _name(target: Target) -> str:
    return f"*.{target.host}" if target.wildcard else target.host


def _set(port: int, family: int) -> str:
    return f"tcp_{port}_v{family}"


def _cells(row: Endpoint) -> tuple[str, ...]:
    return (
        row.service,
        row.pattern,
        ", ".join(str(way.port) for way in row.access),
        ", ".join(row.regions),
        "yes" if row.allow else "none",
        "never exempt" if row.keep_inspection else "exempt" if row.no_inspection else "",
        row.need,
        ", ".join(row.onboarding),
        ", ".join(row.clouds),
        ", ".join(row.systems),
        ", ".join(row.editions),
        row.purpose,
        row.note,
        ", ".join(row.sources),
    )


def _escaped(cell: str) -> str:
    for mark in ("\\", "|", "`", "*", "_", "[", "<"):
        cell = cell.replace(mark, f"\\{mark}")
    return cell
