"""Which proxy is in force for a URL and an account, and why. What asks for a proxy asks here, and nowhere else.

Stored is not in force: a proxy counts only where its switch is on, the store is one that is looked into, WinHTTP can
use the text, and no bypass list exempts the host. Sources in docs/evidence.md
- WinHTTP's default is the machine's WinHTTP proxy (sure).
- The CryptoAPI, which fetches revocation lists, looks there first, then into the Internet settings of the account, or
  the machine's, and never sees the proxy that an application was given (Microsoft KB 2623724: sure). On Windows 10 and
  later that is WinHTTP's automatic proxy (the same page: sure), which tries others where one fails and can
  authenticate; so what follows the first (`Route.others`) may be taken, and whether it is, is not known.
- Where DisableWpad is 1, WinHTTP discovers nothing (`auto_service`: sure), so a store that only asks for that is off.
- Defender looks for its own proxy (its stores: `own`), then goes the way of WinHTTP's default (likely), then by the
  Internet settings of SYSTEM (texts of its policies: sure), unless `ForceUseProxyOnly` keeps it to its own (likely).
"""

from __future__ import annotations

import enum
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, Final

from ..._windows import proxy_text
from .auto_service import DISABLE_WPAD
from .bypass import exempting, is_for
from .own import OwnProxy, OwnSettings
from .stores import AccountSettings, Stores

_URL = re.compile(r"(https?)://(\[[^\]]*\]|[^/:?#]*)", re.IGNORECASE)


class Client(enum.Enum):
    """Who goes out: each looks into other stores, in an order of its own."""

    WINHTTP = "winhttp"
    """What uses WinHTTP's default, as Windows Update does."""
    CRYPTOAPI = "cryptoapi"
    DEFENDER = "defender"
    DOWNLOAD = "download"
    """A file that only has to arrive, by whichever proxy there is."""


class State(enum.StrEnum):
    """What a store holds for a URL."""

    IN_FORCE = "in_force"
    UNCLEAR = "unclear"
    """A proxy is in force; which, or how it is reached, cannot be told from the text."""
    SCRIPT = "script"
    """A script or auto-detection decides."""
    BYPASSED = "bypassed"
    UNUSABLE = "unusable"
    """A text that WinHTTP cannot use: what it does instead is not known."""
    OTHER_PROTOCOL = "other_protocol"
    """A proxy, but none for the protocol of the URL."""
    SWITCHED_OFF = "switched_off"
    NOT_CONSULTED = "not_consulted"
    """Settings of the machine, while the accounts' own are in force."""
    EMPTY = "empty"
    UNKNOWN = "unknown"


_LEAVE_OPEN: Final = frozenset({State.UNCLEAR, State.SCRIPT, State.UNUSABLE, State.UNKNOWN})
_DECIDE: Final = _LEAVE_OPEN | {State.IN_FORCE, State.BYPASSED, State.OTHER_PROTOCOL}
NAMED: Final = frozenset({State.IN_FORCE, State.UNCLEAR, State.SCRIPT})
_BETWEEN: Final = frozenset({State.UNCLEAR, State.UNKNOWN, State.SCRIPT})
MACHINE_STORES: Final = ("winhttp", "machine")


@dataclass(frozen=True)
class Considered:
    """What was found in a store."""

    store: str
    """winhttp, defender, machine, account or caller."""
    state: State
    text: str = ""
    """The proxy or script as stored, also where it is not in force."""
    detail: str = ""
    """The entry of the bypass list that exempts the host, what the text has wrong (`Entry.defect`), DISABLE_WPAD where
    that switches the store off, or why the store, or which of its proxies is in force, is not known."""


@dataclass(frozen=True)
class Route:
    """A proxy, where it was found, and why it is in force."""

    proxy: str
    """`host:port`; empty: directly."""
    source: str
    """winhttp, defender, account, caller, machine, option or none; with `_bypass` where a list exempts the host."""
    certain: bool = True
    """False: a script or auto-detection decides, a store cannot be read, or it names no proxy that can be used, or
    several, so the real way may be another."""
    why: tuple[Considered, ...] = field(default=(), compare=False)
    """What was found in each store that was looked into, the one that decided last; then what is not looked into."""
    others: tuple[str, ...] = field(default=(), compare=False)
    """The stores, or `none` for directly, by which it may be tried where this way fails."""

    @property
    def decided_by(self) -> Considered:
        """What the store holds that decided; an empty one where none did. Of a route of which only proxy and source are
        known, as in a result, what follows from these."""
        store, _unused, exempted = self.source.partition("_")
        plain = State.BYPASSED if exempted else State.IN_FORCE if self.proxy else State.EMPTY
        given = Considered(store, plain if self.certain else State.UNKNOWN, self.proxy)
        return next((one for one in self.why if one.state in _DECIDE), given)

    @property
    def state(self) -> State:
        return self.decided_by.state

    @property
    def is_between_own_stores(self) -> bool:
        """It is not known what of the stores of Defender's own proxy is in force, though all of them were read."""
        found = self.decided_by
        return found.store == "defender" and found.state in _BETWEEN and bool(found.detail)

    @property
    def names_proxy(self) -> bool:
        """A proxy or a script is in force, whatever comes of it."""
        return self.state in NAMED

    @property
    def is_direct(self) -> bool:
        """It is known that no store names a proxy for the URL."""
        return self.certain and self.state in (State.EMPTY, State.OTHER_PROTOCOL)

    @property
    def is_machine_wide(self) -> bool:
        return self.decided_by.store in MACHINE_STORES

    @property
    def idle(self) -> tuple[Considered, ...]:
        """Proxies that are stored and not in force, so that a person may take them for set."""
        return tuple(one for one in self.why if one.state in (State.SWITCHED_OFF, State.NOT_CONSULTED))

    def shown(self) -> dict[str, Any]:
        """As results show it."""
        why = [{**vars(one), "state": one.state.value} for one in self.why]
        return {"proxy": self.proxy, "source": self.source, "certain": self.certain, "why": why, "others": self.others}

    def first_hop(self, without: int) -> int:
        """The port of the first hop: the proxy's, or `without`; 0 where that is not known."""
        found = self.decided_by
        if found.state in (State.UNCLEAR, State.IN_FORCE):
            ports = proxy_text.parse(found.text).ports
            return next(iter(ports)) if len(ports) == 1 else 0
        return without if self.certain or found.state is State.UNUSABLE else 0


@dataclass(frozen=True)
class _Question:
    stores: Stores
    scheme: str
    host: str
    account: str
    own: OwnProxy


def _asked(stores: Stores, url: str, account: str, own: OwnProxy | None) -> _Question:
    parts = _URL.match(url)
    if parts is None:
        raise ValueError(f"{url!a} is not an http or https URL")
    return _Question(stores, parts[1].lower(), parts[2].lower(), account, own or OwnProxy())


def in_force(stores: Stores, url: str, client: Client, account: str = "system", own: OwnProxy | None = None) -> Route:
    """The way to `url` of a process of `account`, a key of `stores.ACCOUNTS`. Raises ValueError for no URL."""
    asked = _asked(stores, url, account, own)
    looks = [look(asked) for look in _ORDER[client]]
    at = next((n for n, one in enumerate(looks) if _decides(one, asked.scheme, client)), len(looks))
    idle = () if client in (Client.DOWNLOAD, Client.WINHTTP) or at < len(looks) else _not_consulted(stores)
    why = (*looks[: at + 1], *idle)
    others = _others(client, asked, looks, at)
    if at == len(looks):
        return Route("", "none", why=why, others=others)
    return _route(looks[at], asked.scheme, client, why, others)


def considered(
    stores: Stores, url: str, client: Client, account: str = "system", own: OwnProxy | None = None
) -> tuple[Considered, ...]:
    """All stores that a client may look into for a URL, in its order, whichever decides. Raises ValueError."""
    asked = _asked(stores, url, account, own)
    looks = [look(asked) for look in _ORDER[client]]
    return (*looks, _internet_settings(asked)) if client is Client.DEFENDER else tuple(looks)


def _decides(found: Considered, scheme: str, client: Client) -> bool:
    if client is Client.DOWNLOAD:
        return found.state is State.BYPASSED or (found.state in NAMED and bool(_first_endpoint(found, scheme)))
    return found.state in _DECIDE


def _first_endpoint(found: Considered, scheme: str) -> str:
    entries = proxy_text.parse(found.text).by_protocol.get(scheme, ())
    return next(filter(None, (one.endpoint for one in entries)), "")


def _route(
    found: Considered, scheme: str, client: Client, why: tuple[Considered, ...], others: tuple[str, ...]
) -> Route:
    source = f"{found.store}_bypass" if found.state is State.BYPASSED else found.store
    proxy = ""
    likeliest = found.state is State.UNKNOWN or (found.state is State.UNCLEAR and bool(found.detail))
    if found.state is State.IN_FORCE or (client is Client.DOWNLOAD and found.state is State.UNCLEAR) or likeliest:
        # Of several the first: that a file only has to arrive is what a download is, and of stores it is the likeliest.
        proxy = _first_endpoint(found, scheme)
    return Route(proxy, source, found.state not in _LEAVE_OPEN, why, others)


def _others(client: Client, asked: _Question, looks: list[Considered], at: int) -> tuple[str, ...]:
    """What may be tried after the way that is in force; nothing is known of the order beyond the stores that name a
    proxy or cannot be read."""
    if client not in (Client.DEFENDER, Client.CRYPTOAPI):
        return ()
    later = looks[at + 1 :]
    if client is Client.DEFENDER:
        own = at < len(looks) and looks[at].store == "defender"
        if own and asked.own.only:
            return tuple(one.store for one in later if one.store == "defender" and one.state in NAMED)
        later = [*later, _internet_settings(asked)]
        if own:  # after its own proxy it goes the way of WinHTTP's default, which may be direct
            return tuple(one.store for one in later if one.store == "winhttp" or one.state in _TRIED)
    return tuple(one.store for one in later if one.state in _TRIED)


_TRIED: Final = NAMED | {State.UNKNOWN}


def account_names_proxy(stores: Stores, account: str) -> bool:
    """Whether the Internet settings in force for an account name a proxy or a script."""
    return _internet_settings(_Question(stores, "https", "any.invalid", account, OwnProxy())).state in NAMED


def credential_stores(stores: Stores, own: OwnProxy) -> tuple[str, ...]:
    """The stores that hold a proxy with a user name and a password, in force or not."""
    texts = [("winhttp", stores.winhttp.text), ("winhttp", stores.winhttp.switched_off), ("defender", own.server)]
    texts += [("defender", one.server) for one in own.stores.values()]
    if stores.advanced is not None:
        texts += [("machine", stores.advanced.text), ("machine", stores.advanced.switched_off)]
    texts += [("caller" if name == "caller" else "account", one.proxy) for name, one in stores.accounts.items()]
    found = {
        store: None
        for store, text in texts
        if "@" in text and any("@" in one.address for one in proxy_text.parse(text).entries)
    }
    return tuple(found)


def _winhttp(asked: _Question) -> Considered:
    store = asked.stores.winhttp
    if store.problem:
        return Considered("winhttp", State.UNKNOWN, detail=store.problem)
    named = {"http": store.http, "https": store.https}
    if any(named.values()) or store.names_a_proxy:
        return _named("winhttp", named.get(asked.scheme, ""), store.text, store.bypass_list, asked)
    return Considered("winhttp", State.SWITCHED_OFF if store.switched_off else State.EMPTY, store.switched_off)


def _own_server(asked: _Question) -> Considered:
    """By all that Windows may make of the stores; where these differ, or one was not read, the route is not certain."""
    found = tuple(dict.fromkeys(_own_server_of(one, asked) for one in asked.own.readings))
    if asked.stores.unread & _OWN_UNREAD:
        return Considered("defender", State.UNKNOWN, found[0].text)
    if len(found) == 1:
        return found[0]
    texts = " ".join(dict.fromkeys(one.text for one in found if one.text))
    state = State.UNCLEAR if all(one.state in NAMED for one in found) else State.UNKNOWN
    return Considered("defender", state, texts, asked.own.why_open)


_OWN_UNREAD: Final = frozenset({"defender", "defender_manager", "defender_local"})


def _own_server_of(settings: OwnSettings, asked: _Question) -> Considered:
    text = settings.server
    if not text:
        return Considered("defender", State.EMPTY)
    return _named("defender", text, text, proxy_text.parse_bypass(settings.bypass), asked)


def _own_script(asked: _Question) -> Considered:
    scripts = dict.fromkeys(one.pac_url for one in asked.own.readings)
    text = " ".join(filter(None, scripts))
    detail = asked.own.why_open if len(scripts) > 1 else ""
    return Considered("defender", State.SCRIPT if text else State.EMPTY, text, detail)


def _internet_settings(asked: _Question) -> Considered:
    """Of the account, or of the machine where a policy makes them hold for every account."""
    stores = asked.stores
    if "policy" in stores.unread:
        both = (_machine(asked), _account(asked, asked.account, "account"))
        return both[1] if both[0].state is both[1].state is State.EMPTY else Considered("account", State.UNKNOWN)
    return _machine(asked) if stores.settings_per_machine else _account(asked, asked.account, "account")


def _machine(asked: _Question) -> Considered:
    store = asked.stores.advanced
    if store is None or "advanced" in asked.stores.unread:
        return Considered("machine", State.UNKNOWN)
    if store.autoconfig_url or (store.auto_detect and not asked.stores.wpad_disabled):
        return Considered("machine", State.SCRIPT, store.autoconfig_url)
    named = {"http": store.http, "https": store.https}
    if any(named.values()):
        return _named("machine", named.get(asked.scheme, ""), store.text, store.bypass_list, asked)
    if store.auto_detect:
        return Considered("machine", State.SWITCHED_OFF, store.switched_off, DISABLE_WPAD)
    return Considered("machine", State.SWITCHED_OFF if store.switched_off else State.EMPTY, store.switched_off)


def _account(asked: _Question, account: str, name: str) -> Considered:
    if account in asked.stores.unread:
        return Considered(name, State.UNKNOWN)
    settings = asked.stores.accounts.get(account) or AccountSettings(False, "", "")
    if settings.autoconfig_url and name != "caller":
        return Considered(name, State.SCRIPT, settings.autoconfig_url)
    if not settings.proxy:
        return Considered(name, State.EMPTY)
    if not settings.enabled:
        return Considered(name, State.SWITCHED_OFF, settings.proxy)
    own = proxy_text.parse(settings.proxy).address(asked.scheme)
    return _named(name, own, settings.proxy, settings.bypass_list, asked)


def _caller(asked: _Question) -> Considered:
    """The proxy alone: curl.exe runs no script."""
    return _account(asked, "caller", "caller")


def _named(store: str, proxy: str, whole: str, bypass: Iterable[str], asked: _Question) -> Considered:
    """A store that names proxies: `proxy` those for the protocol of the URL, `whole` all of its text."""
    defect = proxy_text.defect(proxy or whole)
    if defect:
        return Considered(store, State.UNUSABLE, whole, defect)
    if not proxy:
        return Considered(store, State.OTHER_PROTOCOL, whole)
    entries = tuple(bypass)
    entry = exempting(asked.host, (one for one in entries if is_for(one, asked.scheme)))
    if entry:
        return Considered(store, State.BYPASSED, proxy, entry)
    clear = proxy_text.endpoint(proxy) and not exempting(asked.host, entries)
    return Considered(store, State.IN_FORCE if clear else State.UNCLEAR, proxy)


def _not_consulted(stores: Stores) -> tuple[Considered, ...]:
    """The machine's Internet settings where they name a proxy and no account looks there."""
    store = stores.advanced
    if store is None or stores.settings_per_machine or "policy" in stores.unread or store.empty:
        return ()
    return (Considered("machine", State.NOT_CONSULTED, store.text or store.autoconfig_url),)


_ORDER: Final[dict[Client, tuple[Callable[[_Question], Considered], ...]]] = {
    Client.WINHTTP: (_winhttp,),
    Client.CRYPTOAPI: (_winhttp, _internet_settings),
    Client.DEFENDER: (_own_server, _own_script, _winhttp),
    Client.DOWNLOAD: (_winhttp, _own_server, _caller),
}
