"""The catalogue as what decides about proxies: a PAC file, and ACLs for squid."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ..operation import Refused
from .rows import DEFAULT_PORTS, Endpoint
from .targets import URL_PATHS, Export, Target, header, inspected, ports, targets, uninspected

_HOST_PORT = r"[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?:[0-9]{1,5}"
_ROUTE = rf"(?:DIRECT|(?:PROXY|HTTP|HTTPS|SOCKS|SOCKS4|SOCKS5) {_HOST_PORT})"
_ROUTES = re.compile(rf"{_ROUTE}(?:; ?{_ROUTE})*")

# Written for the JScript of WinHTTP, which knows ECMAScript 3 only.
PAC = """\
var suffixes = %(suffixes)s;
var names = %(names)s;
var prefixes = %(prefixes)s;

function FindProxyForURL(url, host) {
  var start = url.indexOf("://");
  var scheme = url.substring(0, start).toLowerCase();
  var rest = url.substring(start + 3);
  var slash = rest.indexOf("/");
  var path = slash < 0 ? "/" : rest.substring(slash);
  var given = /:([0-9]+)$/.exec(slash < 0 ? rest : rest.substring(0, slash));
  var way = scheme + ":" + (given ? given[1] : scheme == "http" ? "80" : "443");
  var i;
  host = host.toLowerCase().replace(/\\.$/, "");
  for (i = 0; i < names.length; i++) {
    if (names[i] == way + " " + host) { return %(proxy)s; }
  }
  for (i = 0; i < suffixes.length; i++) {
    var wanted = suffixes[i].split(" ");
    var at = host.length - wanted[1].length;
    if (wanted[0] == way && at > 0 && host.substring(at) == wanted[1]) { return %(proxy)s; }
  }
  for (i = 0; i < prefixes.length; i++) {
    if ((way + " " + host + path).toLowerCase().indexOf(prefixes[i]) == 0) { return %(proxy)s; }
  }
  return %(otherwise)s;
}
"""


def pac(rows: Sequence[Endpoint], proxy: str, otherwise: str) -> Export:
    """A PAC file: `proxy` for the endpoints, `otherwise` for the rest, both as PAC writes them (`PROXY host:port`).

    Raises Refused for routes that PAC does not know.
    """
    for name, route in (("proxy", proxy), ("otherwise", otherwise)):
        if not _ROUTES.fullmatch(route):
            raise Refused(
                f"{name}: {route!r} is not a route for a PAC file; use for example 'PROXY proxy.example:3128; DIRECT'"
            )
    wanted = targets(rows)
    plain = [target for target in wanted if not _seen_path(target)]
    names = _once(_pac_way(target) + " " + target.host for target in plain if not target.wildcard)
    suffixes = _once(f"{_pac_way(target)} .{target.host}" for target in plain if target.wildcard)
    prefixes = _once(f"{_pac_way(t)} {t.host}{t.path}".lower() for t in wanted if _seen_path(t))
    limits = (
        URL_PATHS + " (browsers and WinHTTP remove them first)",
        "programs: the file applies to every program that uses it, and Defender uses it only if its policy "
        "ProxyPacUrl or the Internet settings of the account refer to it",
        "inspection: a PAC file only selects routes",
    )
    body = PAC % {
        "suffixes": _array(suffixes),
        "names": _array(names),
        "prefixes": _array(prefixes),
        "proxy": json.dumps(proxy),
        "otherwise": json.dumps(otherwise),
    }
    top = header("The endpoints of Microsoft Defender Antivirus for proxy auto-configuration.", rows, limits, mark="//")
    return Export(top + body, len(names) + len(suffixes) + len(prefixes), limits)


def squid(rows: Sequence[Endpoint]) -> Export:
    """ACLs for squid. They allow nothing by themselves: who may use them, squid.conf says."""
    wanted = targets(rows)
    limits = _squid_limits(rows, wanted)
    parts = [_squid_port(port, [target for target in wanted if target.way.port == port]) for port in ports(wanted)]
    lines = [line for part in parts for line in part.lines]
    lines += [f"acl windefend_maps_keep_inspection dstdomain {_dotted(row)}" for row in inspected(rows)]
    lines += [f"acl windefend_maps_no_inspection dstdomain {_dotted(row)}" for row in uninspected(rows)]
    top = header("ACLs for squid: the endpoints of Microsoft Defender Antivirus.", rows, limits)
    use = "".join(f"#   {rule}\n" for part in parts for rule in part.rules)
    use += "#   ssl_bump splice windefend_maps_no_inspection\n" if uninspected(rows) else ""
    text = f"{top}# Include this file before squid's http_access lines, and then allow its use:\n{use}\n"
    return Export(text + "".join(f"{line}\n" for line in lines), sum(part.entries for part in parts), limits)


def _squid_limits(rows: Sequence[Endpoint], wanted: Sequence[Target]) -> tuple[str, ...]:
    limits = [URL_PATHS]
    wildcards = _once(t.host for t in wanted if t.wildcard and not any(_bare(o, t) for o in wanted))
    if wildcards:
        bare = ", ".join(wildcards)
        limits.append(f"wildcards without the bare domain: squid's leading dot includes it ({bare})")
    if inspected(rows):
        limits.append(
            "endpoints that must stay inspected: never use windefend_maps_keep_inspection with ssl_bump splice"
        )
    return tuple(limits)


@dataclass(frozen=True)
class _SquidPort:
    """What squid needs for the addresses of one port."""

    lines: list[str]
    rules: list[str]
    """How squid.conf may use them."""
    entries: int


def _squid_port(port: int, here: list[Target]) -> _SquidPort:
    lines, rules = [f"acl windefend_maps_port_{port} port {port}"], []
    hosts = _without_covered([target for target in here if not _seen_path(target)])
    if hosts:
        lines += [f"acl windefend_maps_{port} dstdomain {host}" for host in hosts]
        secure = any(target.way.scheme == "https" for target in here)
        rules.append(f"http_access allow {'CONNECT ' if secure else ''}localnet {_acls(port)}")
    urls = _once(_url_pattern(target) for target in here if _seen_path(target))
    if urls:
        lines += [f"acl windefend_maps_url_{port} url_regex -i {url}" for url in urls]
        rules.append(f"http_access allow localnet windefend_maps_url_{port} windefend_maps_port_{port}")
    return _SquidPort(lines, rules, len(hosts) + len(urls))


def _seen_path(target: Target) -> bool:
    """A proxy sees paths without TLS only."""
    return bool(target.path.strip("/")) and target.way.scheme == "http"


def _pac_way(target: Target) -> str:
    return f"{target.way.scheme}:{target.way.port}"


def _array(items: list[str]) -> str:
    return "[\n" + ",\n".join(f"  {json.dumps(item)}" for item in items) + "\n]" if items else "[]"


def _acls(port: int) -> str:
    return f"windefend_maps_{port} windefend_maps_port_{port}"


def _bare(candidate: Target, wildcard: Target) -> bool:
    return not candidate.wildcard and candidate.host == wildcard.host


def _dotted(row: Endpoint) -> str:
    return f".{row.host}" if row.wildcard else row.host


def _without_covered(hosts: list[Target]) -> list[str]:
    """squid warns about a name below another name's dot; of each family only the widest stays."""
    domains = [target.host for target in hosts if target.wildcard]
    found = []
    for target in hosts:
        below = [domain for domain in domains if target.host.endswith("." + domain)]
        if not below and (target.wildcard or target.host not in domains):
            found.append(f".{target.host}" if target.wildcard else target.host)
    return _once(found)


def _url_pattern(target: Target) -> str:
    """A regular expression of squid for a URL and what lies below it."""
    way = target.way
    port = f"(:{way.port})?" if DEFAULT_PORTS[way.scheme] == way.port else f":{way.port}"
    return f"^{way.scheme}://{_escaped(target.host)}{port}{_escaped(target.path)}"


def _escaped(text: str) -> str:
    return text.replace(".", r"\.")


def _once(items: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(items))
