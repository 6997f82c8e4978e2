"""Where a host gets its updates inside the company, and whether a proxy would come between the two.

The machine-wide WinHTTP proxy is also that of Windows Update (sure: Microsoft Learn, Defender for Endpoint, configure
proxy), and a scan of an intranet server takes the system proxy and no other by default (sure: Microsoft,
SupportArticles-docs, windows-update-client-determines-proxy-server-connect). So a proxy without a fitting bypass list
sends the connection to WSUS to a proxy that may not know the company's names (one published case, ashleyknowles.net
2010-11: likely). MAPS alone would not show that.

Rules that hold in this file
- What a host says here goes into a bypass list and on a command line, so it is taken only as a plain host name, an
  address, or an http or https URL with one; anything else is named in `problems` and used for nothing.
- Whether a list exempts a host is decided by `proxy.bypassed`, as everywhere else.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final, TypeVar

from .._windows import curl_probe, registry
from .._windows.cmdline import Command, Outcome
from .operation import Ask, Fact, Operation, readable, was_found
from .probes import Probe, not_probed, verdict
from .proxy import Client, Stores, bypassed, in_force

T = TypeVar("T", str, int)

POLICY: Final = r"HKLM\SOFTWARE\Policies\Microsoft\Windows\WindowsUpdate"
DELIVERY: Final = r"HKLM\SOFTWARE\Policies\Microsoft\Windows\DeliveryOptimization"
"""`DOCacheHost`: names or addresses of cache servers, with commas between them (Microsoft Learn, Delivery Optimization
reference: recalled; the key: sure, Policy CSP - DeliveryOptimization)."""
TCPIP: Final = r"HKLM\SYSTEM\CurrentControlSet\Services\Tcpip\Parameters"
DOMAINS: Final = ("Domain", "NV Domain", "DhcpDomain")
"""Where the host's DNS domain is, the first that is not empty: the one in use, the one from the next start on, DHCP's.
That what is configured goes before DHCP's is sure (Microsoft, Windows 2000 registry reference, for interfaces); that
`NV Domain` is the domain from the next start on is recalled."""

ALWAYS_DIRECT: Final = ("169.254.169.254", "168.63.129.16")
"""Azure's instance metadata service and its platform address must stay reachable without a proxy (Microsoft Learn,
azure/virtual-desktop/azurecommunicationips: sure; that an agent of theirs takes WinHTTP's proxy: guess)."""
LOCAL: Final = "<local>"

MOST_HOSTS: Final = 16
"""Cache servers that are taken from a list."""
LONGEST: Final = 2048
"""Characters of a value that is looked at."""
LONGEST_NAME: Final = 253
"""RFC 1035."""
CONNECT_TIMEOUT, TIMEOUT = 5, 10
"""Seconds, for one source."""
CERTIFICATE_SHOWN: Final = ("untrusted_root", "wrong_name", "expired", "revoked")
"""Failures that come after the server showed its certificate: it answered, and whom Windows Update trusts is another
matter."""

_LABEL = r"[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,62})"
_NAME = re.compile(rf"{_LABEL}(?:\.{_LABEL}){{0,63}}")
_IPV6 = re.compile(r"\[[0-9A-Fa-f:.]{2,45}\]")
_URL = re.compile(
    r"(?P<scheme>https?)://(?P<host>[A-Za-z0-9._-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(?::(?P<port>[0-9]{1,5}))?"
    r"(?P<path>/[A-Za-z0-9._~/-]{0,200})?",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class UpdateSources:
    """The internal sources of updates as stored, checked. Empty: absent, or named in `problems`."""

    wu_server: str = ""
    """`WUServer` as a URL: scheme and host in lower case, a port where one is stored, no slash at the end."""
    alternate: str = ""
    """`UpdateServiceUrlAlternate`, in the same form."""
    use_wu_server: bool | None = None
    """`UseWUServer`: the two above count only where it is 1 (published registry references: likely). None: absent."""
    do_cache_hosts: tuple[str, ...] = ()
    """`DOCacheHost`: names or addresses in lower case."""
    dns_domain: str = ""
    """The host's DNS domain in lower case."""
    problems: tuple[str, ...] = field(default=())
    """Values that are there and cannot be used, and commands that could not be read, each with the reason, in ASCII.
    Where there is one, that a source is empty does not mean that the host has none."""

    def urls(self) -> tuple[str, ...]:
        """What is in use, as URLs; a cache server as `http://host` (its port is 80: recalled)."""
        servers = (self.wu_server, self.alternate) if self.use_wu_server else ()
        caches = tuple(f"http://{host}" for host in self.do_cache_hosts)
        return tuple(dict.fromkeys(url for url in (*servers, *caches) if url))

    def internal_hosts(self) -> tuple[str, ...]:
        """Names and addresses in use, in lower case, each once; an IPv6 address in brackets."""
        return tuple(dict.fromkeys(_parts(url)[1] for url in self.urls()))


def _parts(url: str) -> tuple[str, str]:
    """Scheme and host of a URL in the form of `UpdateSources.wu_server`."""
    found = _URL.fullmatch(url)
    return (found["scheme"], found["host"]) if found else ("", "")


Values = Mapping[str, registry.Value]
"""What `reg query` printed of one key, by name in lower case."""


def _values(outcome: Outcome) -> Values:
    """Parsed once, because an output can be large. Raises ValueError."""
    keys = registry.parse(outcome.output) if was_found(outcome) else ()
    return {name: value for key in keys for name, value in key.values.items()}


def _stored(values: Values, name: str, type_: type[T]) -> T | None:
    """A value's data; None: absent. Raises ValueError for another type, or an unlikely length."""
    stored = values.get(name.lower())
    if stored is None:
        return None
    if stored.problem:
        raise ValueError(stored.problem)
    if not isinstance(stored.data, type_):
        raise ValueError(f"it is a {stored.type}")
    if isinstance(stored.data, str) and len(stored.data) > LONGEST:
        raise ValueError(f"it has {len(stored.data)} characters")
    return stored.data


def _url(text: str) -> str:
    """A URL in the form of `UpdateSources.wu_server`. Raises ValueError."""
    found = _URL.fullmatch(text)
    if found is None:
        raise ValueError("it is not an http or https URL of plain characters")
    host, port = _host(found["host"]), found["port"]
    if port and not 1 <= int(port) <= 65535:
        raise ValueError("its port is not between 1 and 65535")
    return f"{found['scheme'].lower()}://{host}{f':{int(port)}' if port else ''}{(found['path'] or '').rstrip('/')}"


def _host(text: str) -> str:
    """A host name or address in lower case. Raises ValueError."""
    if len(text) > LONGEST_NAME or not (_NAME.fullmatch(text) or _IPV6.fullmatch(text)):
        raise ValueError("it is not a host name or an address")
    return text.lower()


def _domain(text: str) -> str:
    name = _host(text.strip("."))
    if name.startswith("[") or name.rpartition(".")[2].isdigit():
        raise ValueError("it is an address")
    return name


class _Reader:
    """Reads values one by one, and keeps what is wrong with them."""

    def __init__(self, outcomes: Mapping[str, Outcome]) -> None:
        given, unread = readable({name: outcomes[name] for name in COMMANDS})
        self.problems = [f"{name}: {why}" for name, why in unread.items()]
        self.keys = {name: self._key(name, outcome) for name, outcome in given.items()}

    def _key(self, name: str, outcome: Outcome) -> Values:
        try:
            return _values(outcome)
        except ValueError as error:
            self.problems.append(f"{name}: the output is not understood: {error}")
            return {}

    def value(self, command: str, name: str, type_: type[T]) -> T | None:
        try:
            return _stored(self.keys[command], name, type_)
        except ValueError as error:
            self.problems.append(f"{name}: {error}")
            return None

    def text(self, command: str, name: str) -> str:
        return (self.value(command, name, str) or "").strip()

    def url(self, command: str, name: str) -> str:
        text = self.text(command, name)
        try:
            return _url(text) if text else ""
        except ValueError as error:
            self.problems.append(_problem(name, text, error))
            return ""

    def hosts(self, command: str, name: str) -> tuple[str, ...]:
        parts = [part for part in re.split(r"[,;\s]+", self.text(command, name)) if part]
        if len(parts) > MOST_HOSTS:
            self.problems.append(f"{name}: it names {len(parts)} hosts, of which the first {MOST_HOSTS} count")
        found = []
        for part in parts[:MOST_HOSTS]:
            try:
                found.append(_host(part))
            except ValueError as error:
                self.problems.append(_problem(name, part, error))
        return tuple(dict.fromkeys(found))

    def domain(self, command: str) -> str:
        for name in DOMAINS:
            text = self.text(command, name)
            try:
                if text:
                    return _domain(text)
            except ValueError as error:
                self.problems.append(_problem(name, text, error))
        return ""

    def switch(self, command: str, name: str) -> bool | None:
        number = self.value(command, name, int)
        return None if number is None else number == 1


def _problem(name: str, text: str, error: ValueError) -> str:
    return f"{name} {text[:80]!a}: {error}"


COMMANDS: Final = {
    "updates.policy": registry.query(POLICY),
    "updates.use": registry.query(rf"{POLICY}\AU"),
    "updates.delivery": registry.query(DELIVERY),
    "updates.domain": registry.query(TCPIP),
}


def _parse(outcomes: Mapping[str, Outcome]) -> UpdateSources:
    reader = _Reader(outcomes)
    return UpdateSources(
        wu_server=reader.url("updates.policy", "WUServer"),
        alternate=reader.url("updates.policy", "UpdateServiceUrlAlternate"),
        use_wu_server=reader.switch("updates.use", "UseWUServer"),
        do_cache_hosts=reader.hosts("updates.delivery", "DOCacheHost"),
        dns_domain=reader.domain("updates.domain"),
        problems=tuple(reader.problems),
    )


UPDATE_SOURCES: Final = Fact(COMMANDS, _parse)
"""The internal sources of updates and the DNS domain. WUServer, UpdateServiceUrlAlternate and AU\\UseWUServer: sure
(many published exports of the key)."""


def default_bypass(sources: UpdateSources) -> tuple[str, ...]:
    """The bypass list for a host: names without a dot, its own domain, what was read, and Azure's two addresses.

    Every entry is one that `proxy.ProxySettings` accepts.
    """
    domain = (f"*.{sources.dns_domain}",) if sources.dns_domain else ()
    return tuple(dict.fromkeys((LOCAL, *domain, *sources.internal_hosts(), *ALWAYS_DIRECT)))


def uncovered(bypass: Iterable[str], sources: UpdateSources) -> tuple[str, ...]:
    """The internal hosts that would go through the proxy although they are internal."""
    entries = tuple(bypass)
    return tuple(host for host in sources.internal_hosts() if not bypassed(host, entries))


def exempted_needed(bypass: Iterable[str], needed_hosts: Iterable[str]) -> tuple[str, ...]:
    """Of the addresses that must go through the proxy, those that a list sends directly, wholly or in part.

    `needed_hosts`: names, or `*.` and a name for everything below it.
    """
    entries = tuple(bypass)
    return tuple(dict.fromkeys(host for host in needed_hosts if _exempts(entries, host.lower())))


def _exempts(entries: tuple[str, ...], needed: str) -> bool:
    if not needed.startswith("*."):
        return bypassed(needed, entries)
    # A host below the name that no entry spells out, and the other way round entries for some hosts below it.
    entered = (re.sub(r":[0-9]{1,5}\Z", "", entry.rpartition("//")[2]) for entry in entries if entry.lower() != LOCAL)
    return bypassed(f"any{needed[1:]}", entries) or any(bypassed(one, (needed,)) for one in entered)


@dataclass(frozen=True)
class Reached:
    """What came of asking one source."""

    host: str
    proxy: str
    """`host:port`; empty: it was asked directly."""
    answered: bool | None
    """Whether the source answered. None: not known, as where a proxy answers with an error that may be its own."""
    status: int | None
    """Of the answer, whoever gave it."""
    failure: str
    """As in `probes.Probe`, or `not_asked`."""


def asked(sources: UpdateSources, stores: Stores) -> Fact[dict[str, Reached]]:
    """Each internal source, asked for its head by the way that WinHTTP's store says; by URL, in order.

    curl.exe asks, as the caller, and does not look for revocation lists, since only the way matters here. An IPv6
    address is not asked. Ask it with a time-out of `seconds_for`.
    """
    ways = {}
    for url in sources.urls():
        if "[" not in url:
            ways[url] = in_force(stores, url, Client.WINHTTP)
    commands: dict[str, Command] = {
        f"updates.reach.{number}": curl_probe.probe(
            f"{url}/", proxy=way.proxy, connect_timeout=CONNECT_TIMEOUT, timeout=TIMEOUT, revocation=False
        )
        for number, (url, way) in enumerate(ways.items())
    }

    def parse(outcomes: Mapping[str, Outcome]) -> dict[str, Reached]:
        given, unread = readable(outcomes)
        found = {url: Reached(_parts(url)[1], "", None, None, "not_asked") for url in sources.urls()}
        for name, (url, way) in zip(commands, ways.items(), strict=True):
            if name in unread:
                found[url] = _reached(url, not_probed(f"{url}/", way))
                continue
            seen = curl_probe.parse(given[name].output, given[name].exit_code)
            found[url] = _reached(url, verdict.judge(f"{url}/", way, seen))
        return found

    return Fact(commands, parse)


def _reached(url: str, probe: Probe) -> Reached:
    answered = True if probe.failure in CERTIFICATE_SHOWN else probe.reachable
    return Reached(_parts(url)[1], probe.proxy, answered, probe.status, probe.failure)


def seconds_for(sources: UpdateSources) -> float:
    """How long the sources may take to be asked one after the other."""
    return 60.0 + TIMEOUT * len(sources.urls())


def reach(sources: UpdateSources, stores: Stores) -> Operation[dict[str, Reached]]:
    """Asks each internal source by the way that `stores`, as the host holds them now, sends it; by URL.

    Nothing is sent where there is none. Raises HostError.
    """
    fact = asked(sources, stores)
    if not fact.commands:
        return fact.parse({})
    answer = yield Ask(fact.commands, timeout=seconds_for(sources), reads=True)
    return answer[fact]


def cut_off(before: Mapping[str, Reached], after: Mapping[str, Reached]) -> tuple[str, ...]:
    """The URLs that answered before and cannot be shown to answer now.

    Behind a proxy an error may be the proxy's own: it counts as the source's where it is the same status as before.
    """
    return tuple(url for url, one in before.items() if one.answered and not _still(one, after.get(url)))


def _still(before: Reached, after: Reached | None) -> bool:
    if after is None:
        return False
    same = after.status is not None and after.status == before.status
    return after.answered is True or (after.answered is None and same)
