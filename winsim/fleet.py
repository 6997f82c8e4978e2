"""The fleet file: which machines there are, how each is broken, and where it listens.

A file is checked whole before anything is built; what is wrong is told as `FILE: path.inside[2].file: problem`.
"""

from __future__ import annotations

import enum
import ipaddress
import itertools
import pathlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import yaml

from . import overrides
from .machine import builder
from .machine.accounts import Account, Role
from .machine.locale import Locale
from .machine.model import Machine
from .overrides import Invalid, mapping, one_of, typed
from .recording import Recording
from .scenarios import SCENARIOS, Cause, Expectation, Outcome, Scenario

DEFAULT_PORT = 15985
DEFAULT_NETWORK = "127.16.0.0/16"
MAX_HOSTS = 5000
_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,13}[A-Za-z0-9])?\Z")
_GROUP = re.compile(r"[a-z_][a-z0-9_]*\Z")
_TOP = ("seed", "port", "network", "defaults", "hosts")
_SHARED = ("os", "locale", "site", "groups", "account", "platforms", "variables", "overrides", "expect", "tls")
_HOST = ("name", "count", "scenario", "recording", "address", *_SHARED)
_ACCOUNT = ("user", "password", "domain", "certificate")
_FILE_NAME = re.compile(r"[A-Za-z0-9._-]{1,20}\Z")


class Tls(enum.StrEnum):
    """What the certificate of a host is, whose WinRM listens for HTTPS."""

    GOOD = "good"
    WRONG_NAME = "wrong_name"
    EXPIRED = "expired"
    SELF_SIGNED = "self_signed"


class FleetError(Exception):
    """A fleet file that cannot be used; the text is for its author."""


@dataclass(frozen=True)
class Login:
    """The account that the inventory names."""

    user: str = "ansible"
    password: str = "Winsim-only-1"
    domain: str = ""
    certificate: bool = False
    """Whether it may log on with a certificate, too."""


@dataclass(frozen=True)
class FleetHost:
    """One host of a fleet, not yet built."""

    name: str
    address: str
    scenario: Scenario
    os: str
    locale: str
    login: Login
    expect: Expectation
    seed: int = 0
    site: str = ""
    groups: tuple[str, ...] = ()
    platforms: tuple[str, ...] = ()
    variables: Mapping[str, object] = field(default_factory=dict)
    overrides: tuple[Mapping[str, object], ...] = ()
    """Those of `defaults`, then the host's own; applied after the scenario."""
    tls: Tls | None = None
    """None: HTTP."""
    recording: str = ""
    """A file from which the host answers instead of its machine; empty: none."""

    @property
    def language(self) -> Locale:
        return builder.LOCALES[self.locale]

    def build(self) -> Machine:
        """The machine: clean, then changed by its scenario, then by the overrides. Raises Invalid."""
        accounts = [
            Account(
                self.login.user,
                self.login.password,
                Role.ADMINISTRATOR,
                f"{builder.machine_sid(self.name, self.seed)}-1001",
                self.login.domain,
            )
        ]
        machine = builder.build(
            self.name.upper(),
            os=builder.SYSTEMS[self.os],
            locale=self.language,
            seed=self.seed,
            accounts=accounts,
            platforms=self.platforms,
        )
        machine.winrm.allow_certificate = self.login.certificate
        self.scenario.change(machine)
        for given in self.overrides:
            overrides.apply(machine, given)
        return machine


@dataclass(frozen=True)
class Fleet:
    """All hosts, in the order of the file."""

    hosts: tuple[FleetHost, ...]
    port: int = DEFAULT_PORT
    seed: int = 0

    def find(self, name: str) -> FleetHost:
        """The host of a name, in any case; raises KeyError."""
        for host in self.hosts:
            if host.name.lower() == name.lower():
                return host
        raise KeyError(name)


def load(path: pathlib.Path) -> Fleet:
    """Reads a fleet file; raises FleetError."""
    try:
        document = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise FleetError(f"{path}: {error.strerror}") from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise FleetError(f"{path}: no YAML: {' '.join(str(error).split())}") from None
    try:
        return parse(document)
    except Invalid as error:
        raise FleetError(f"{path}: {error}") from None


def parse(document: object) -> Fleet:
    """A fleet from the content of a fleet file; raises Invalid."""
    top = mapping(document, "the file")
    _only(top, _TOP, "")
    seed = typed(top.get("seed", 0), int, "seed")
    port = typed(top.get("port", DEFAULT_PORT), int, "port")
    if not 0 <= port <= 65535:
        raise Invalid("port", "must be 0 (any that is free) to 65535")
    network = _network(top.get("network", DEFAULT_NETWORK))
    defaults = mapping(top.get("defaults") or {}, "defaults")
    _only(defaults, _SHARED, "defaults")
    entries = top.get("hosts")
    if not isinstance(entries, list) or not entries:
        raise Invalid("hosts", "must be a list of at least one host")
    hosts: list[FleetHost] = []
    for number, entry in enumerate(entries):
        hosts += _expand(mapping(entry, f"hosts[{number}]"), defaults, f"hosts[{number}]", seed)
        if len(hosts) > MAX_HOSTS:
            raise Invalid(f"hosts[{number}].count", f"more than {MAX_HOSTS} hosts in all")
    return Fleet(_addressed(hosts, network), port, seed)


def _only(given: Mapping[str, object], allowed: tuple[str, ...], where: str) -> None:
    for key in given:
        if key not in allowed:
            raise Invalid(f"{where}.{key}" if where else key, f"unknown; allowed: {', '.join(allowed)}")


def _network(value: object) -> ipaddress.IPv4Network:
    try:
        network = ipaddress.IPv4Network(typed(value, str, "network"))
    except ValueError as error:
        raise Invalid("network", str(error)) from None
    if not network.is_loopback:
        raise Invalid("network", f"{network} is not loopback; winsim listens inside 127.0.0.0/8 only")
    return network


def _expand(entry: Mapping[str, object], defaults: Mapping[str, object], where: str, seed: int) -> list[FleetHost]:
    """The hosts of one entry; addresses that the file does not give are left empty."""
    _only(entry, _HOST, where)
    name = typed(entry.get("name"), str, f"{where}.name")
    count = typed(entry.get("count", 1), int, f"{where}.count")
    if count < 1:
        raise Invalid(f"{where}.count", "must be at least 1")
    names = [_formatted(name, n, where) for n in range(1, min(count, MAX_HOSTS + 1) + 1)]
    if count > 1 and len(set(names)) < len(names):
        raise Invalid(f"{where}.name", f"must hold a number where count is above 1, like {name}-{{n:03}}")
    scenario = SCENARIOS[one_of(entry.get("scenario", "healthy"), sorted(SCENARIOS), f"{where}.scenario")]
    address = typed(entry.get("address", ""), str, f"{where}.address")
    if address and count > 1:
        raise Invalid(f"{where}.address", "only a single host has an address of its own")

    def shared(key: str, otherwise: object) -> tuple[object, str]:
        if entry.get(key) is not None:
            return entry[key], f"{where}.{key}"
        return (defaults[key] if defaults.get(key) is not None else otherwise), f"defaults.{key}"

    system, at = shared("os", scenario.os or "windows_server_2022")
    if scenario.os and "os" not in entry:
        system = scenario.os
    os_name = one_of(system, list(builder.SYSTEMS), at)
    value, at = shared("locale", "en")
    locale = one_of(value, list(builder.LOCALES), at)
    value, at = shared("platforms", [])
    platforms = tuple(
        one_of(item, [*builder.PLATFORMS, builder.CONTROLLED_PLATFORM], at) for item in typed(value, list, at)
    )
    value, at = shared("groups", [])
    groups = tuple(_group(item, at) for item in typed(value, list, at))
    value, at = shared("site", "")
    site = _group(value, at) if value else ""
    value, at = shared("tls", None)
    tls = None if value is None else Tls(one_of(value, [kind.value for kind in Tls], at))
    login = _login(*shared("account", {}))
    if login.certificate and tls is None:
        raise Invalid(f"{where}.tls", "an account with a certificate needs HTTPS")
    template = FleetHost(
        "", address, scenario, os_name, locale, login,
        _expect(scenario, *shared("expect", {})), seed, site, groups, platforms,
        {**scenario.variables, **_mapping(defaults, "variables", "defaults"), **_mapping(entry, "variables", where)},
        (_mapping(defaults, "overrides", "defaults"), _mapping(entry, "overrides", where)), tls,
        typed(entry.get("recording", ""), str, f"{where}.recording"),
    )  # fmt: skip
    hosts = [replace(template, name=each) for each in names]
    _try(hosts[0], where)
    return hosts


def _mapping(given: Mapping[str, object], key: str, where: str) -> Mapping[str, object]:
    return mapping(given.get(key) or {}, f"{where}.{key}")


def _try(host: FleetHost, where: str) -> None:
    """Builds a host once, so that a wrong override is told with its place before anything listens."""
    machine = replace(host, overrides=()).build()
    if host.recording:
        Recording.load(pathlib.Path(host.recording), f"{where}.recording")
    for given, at in zip(host.overrides, ("defaults.overrides", f"{where}.overrides"), strict=True):
        overrides.apply(machine, given, at)


def _formatted(name: str, n: int, where: str) -> str:
    try:
        text = name.format(n=n)
    except (KeyError, IndexError, ValueError) as error:
        raise Invalid(f"{where}.name", f"{name!r}: only {{n}} with a format may stand there ({error})") from None
    if not _NAME.match(text):
        raise Invalid(f"{where}.name", f"{text!r} is no computer name: 1 to 15 letters, digits and hyphens")
    return text


def _group(value: object, where: str) -> str:
    text = typed(value, str, where)
    if not _GROUP.match(text):
        raise Invalid(where, f"{text!r} is no name of an inventory group: small letters, digits, underscores")
    return text


def _login(value: object, where: str) -> Login:
    given = mapping(value, where)
    _only(given, _ACCOUNT, where)
    texts = {key: typed(item, str, f"{where}.{key}") for key, item in given.items() if key != "certificate"}
    login = Login(**texts, certificate=typed(given.get("certificate", False), bool, f"{where}.certificate"))
    if login.certificate and (login.domain or not _FILE_NAME.match(login.user)):
        problem = (
            "Windows maps certificates to local accounts only; the name: letters, digits, dots, hyphens, underscores"
        )
        raise Invalid(f"{where}.certificate", problem)
    return login


def _expect(scenario: Scenario, value: object, where: str) -> Expectation:
    given = mapping(value, where)
    _only(given, ("outcome", "cause"), where)
    outcomes, causes = [o.value for o in Outcome], [c.value for c in Cause]
    return Expectation(
        Outcome(one_of(given.get("outcome", scenario.expect.outcome.value), outcomes, f"{where}.outcome")),
        Cause(one_of(given.get("cause", scenario.expect.cause.value), causes, f"{where}.cause")),
    )


def _addressed(hosts: list[FleetHost], network: ipaddress.IPv4Network) -> tuple[FleetHost, ...]:
    """Gives every host an address, and checks that names and addresses are there once."""
    names: set[str] = set()
    taken: set[str] = set()
    for host in hosts:
        if host.name.lower() in names:
            raise Invalid("hosts", f"the name {host.name} is there twice")
        names.add(host.name.lower())
        if host.address:
            try:
                loopback = ipaddress.IPv4Address(host.address).is_loopback
            except ValueError as error:
                raise Invalid("hosts", f"{host.name}: {error}") from None
            if not loopback:
                raise Invalid("hosts", f"{host.name}: {host.address} is not loopback; winsim listens nowhere else")
            if host.address in taken:
                raise Invalid("hosts", f"{host.name}: the address {host.address} is there twice")
            taken.add(host.address)
    wanted = sum(1 for host in hosts if not host.address)
    free = (str(address) for address in network.hosts() if str(address) not in taken)
    allotted = list(itertools.islice(free, wanted))
    if len(allotted) < wanted:
        raise Invalid("network", f"{network} has too few addresses for {len(hosts)} hosts")
    following = iter(allotted)
    return tuple(host if host.address else replace(host, address=next(following)) for host in hosts)
