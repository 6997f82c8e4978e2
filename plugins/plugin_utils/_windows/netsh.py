r"""netsh: the machine's proxy in both stores, and rules of Windows Firewall.

Rules: netsh's texts are translated, so only exit codes and the JSON of `show advproxy` are read, and what was written
is read back from the registry. Rule names count without regard to case, and the name `all` means every rule (*sure*,
netsh's own help), so it is refused in any case. netsh refuses port options without protocol tcp or udp (*likely*,
ansible-collections/community.windows issue 24).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from . import markup
from .cmdline import Argument, Assign, CannotCarry, Command, Json, Literal
from .reading import Reading
from .text import from_json, tool_text

_WINHTTP = (Literal("winhttp"),)
_FIREWALL = (Literal("advfirewall"), Literal("firewall"))


class AdvproxyError(ValueError):
    """JSON of `show advproxy` that is not understood: `position` is the offset in characters, from 0."""

    def __init__(self, position: int, reason: str) -> None:
        super().__init__(f"character {position}: {reason}")
        self.position = position
        self.reason = reason


@dataclass(frozen=True)
class AdvancedProxy:
    """The machine's Internet settings, which `set advproxy setting-scope=machine` writes. Empty means not set."""

    proxy: str = ""
    """`host:port`, or `http=host:port;https=host:port`."""
    bypass: str = ""
    """Host patterns, separated by semicolons."""
    autoconfig_url: str = ""
    auto_detect: bool = False
    per_user: bool | None = None
    """`PerUserProxySettings`, which is shown only; None: not shown."""
    proxy_enabled: bool | None = None
    """`ProxyIsEnabled`, which is shown only: a proxy may be kept while it is off. None: not shown, as on builds that
    show only what is on (*likely*)."""
    autoconfig_enabled: bool | None = None
    """`AutoConfigIsEnabled`, the same for the script."""


@dataclass(frozen=True)
class Drop:
    """An outbound packet that a filter of the Windows Filtering Platform dropped."""

    time: str
    protocol: str
    """IANA number."""
    remote_address: str
    remote_port: str
    filter_id: str
    sub_layer: str
    """Of the filter: `FWPP_SUBLAYER_INTERNAL_FIREWALL_...` is one of Windows Firewall's; empty where it is not told."""


def dropped_of(program: str, seconds: int) -> Command:
    """`netsh wfp show netevents`: what was dropped of a program, as XML on standard output, in no language (*sure*,
    published scripts and samples). Needs an administrator (*recalled*)."""
    arguments = (Literal("wfp"), Literal("show"), Literal("netevents"), Literal("file=-"))
    return Command.of("netsh", *arguments, Assign("appid", program), Literal(f"timewindow={seconds}")).reading(
        Reading("wfp", "the packets that filters dropped")
    )


def parse_drops(output: bytes) -> tuple[Drop, ...]:
    """The outbound drops in an answer; what cannot be read costs only itself. Never raises."""
    parts = tool_text(output).split("</classifyDrop>")
    found = []
    for part, after in pairwise(parts):
        begin = part.rfind("<header>")
        try:
            root = markup.tree(f"<item>{part[max(begin, 0) :]}</classifyDrop></item>") if begin >= 0 else None
        except markup.NotReadable:
            continue
        if root is None or "_IN" in (root.findtext("classifyDrop/msFwpDirection") or ""):
            continue
        told = {name: (root.findtext(path) or "").strip() for name, path in _DROP.items()}
        address = told.pop("remote_address_v6")
        layer = _SUB_LAYER.search(after.partition("<header>")[0])
        same = layer is not None and layer[1] == told["filter_id"]
        told["remote_address"] = told["remote_address"] or address
        found.append(Drop(**told, sub_layer=layer[2] if layer is not None and same else ""))
    return tuple(found)


_DROP = {
    "time": "header/timeStamp",
    "protocol": "header/ipProtocol",
    "remote_address": "header/remoteAddrV4",
    "remote_address_v6": "header/remoteAddrV6",
    "remote_port": "header/remotePort",
    "filter_id": "classifyDrop/filterId",
}
_SUB_LAYER = re.compile(r"<filterId>([0-9]{1,20})</filterId>[ \t\r\n]{0,80}<subLayer>([\w{}-]{1,80})</subLayer>")
"""The first of the filters that ended the packet's way is the one that dropped it (samples: *likely*)."""


def set_proxy(proxy: str, bypass: Sequence[str] = ()) -> Command:
    """`netsh winhttp set proxy`; effective for new WinHTTP sessions, needs elevation (*sure*)."""
    arguments: list[Argument] = [*_WINHTTP, Literal("set"), Literal("proxy"), Assign("proxy-server", proxy)]
    if bypass:
        unfit = next((entry for entry in bypass if not entry or ";" in entry), None)
        if unfit is not None:
            raise CannotCarry(f"{unfit!a} is not an entry of a bypass list: semicolons separate entries")
        arguments.append(Assign("bypass-list", ";".join(bypass)))
    return Command.of("netsh", *arguments)


def reset_proxy() -> Command:
    """`netsh winhttp reset proxy`: direct access."""
    return Command.of("netsh", *_WINHTTP, Literal("reset"), Literal("proxy"))


def import_proxy_ie() -> Command:
    """Takes the caller's manual proxy over, never a configuration script (*sure*, Microsoft KB 4494447)."""
    return Command.of("netsh", *_WINHTTP, Literal("import"), Literal("proxy"), Literal("source=ie"))


def set_advproxy(settings: AdvancedProxy) -> Command:
    """`netsh winhttp set advproxy setting-scope=machine`, all four keys in the JSON (*sure*, netsh-exe-commands).

    Only on builds that have it (*likely*: Windows 11, Server 2022 and later).
    """
    members: dict[str, str | bool] = {
        "Proxy": settings.proxy,
        "ProxyBypass": settings.bypass,
        "AutoconfigUrl": settings.autoconfig_url,
        "AutoDetect": settings.auto_detect,
    }
    return Command.of(
        "netsh",
        *_WINHTTP,
        Literal("set"),
        Literal("advproxy"),
        Literal("setting-scope=machine"),
        Json("settings", members),
    )


def show_advproxy() -> Command:
    """`netsh winhttp show advproxy` of the machine, which ends in a JSON object whatever the language.

    Where it fails, `show proxy` is run too, which every build has: it succeeds where netsh works and only the command
    is not there. Without the scope it may show the caller's settings (guess); three published programs ask for it
    (likely).
    """
    show = Command.of("netsh", *_WINHTTP, Literal("show"), Literal("advproxy"), Literal("setting-scope=machine"))
    control = Command.of("netsh", *_WINHTTP, Literal("show"), Literal("proxy")).quiet()
    return show.reading(Reading("netsh", "netsh winhttp show advproxy"), control)


def _members(output: bytes) -> tuple[int, dict[str, Any]] | None:
    """Where the JSON object of `show advproxy` begins, and its members by their names in lower case; None without."""
    text = tool_text(output)
    start, end = text.find("{"), text.rfind("}")
    if start < 0:
        return None
    if end < start:
        raise AdvproxyError(start, "the JSON object has no end")
    try:
        found = from_json(text[start : end + 1])
    except ValueError as error:
        raise AdvproxyError(start + getattr(error, "pos", 0), getattr(error, "msg", str(error))) from None
    return start, {str(key).lower(): member for key, member in found.items()}


def parse_advproxy(output: bytes) -> AdvancedProxy | None:
    """The settings in the output of :func:`show_advproxy`; None without JSON: the build has no such command.

    Keys count without regard to case (AutoconfigUrl and AutoConfigUrl are both seen); absent, empty and a blank are
    "not set" (*likely*, captures). Raises :class:`AdvproxyError`.
    """
    found = _members(output)
    if found is None:
        return None
    start, members = found

    def of(key: str, kind: type, default: Any) -> Any:
        member = members.get(key)
        if member is None:
            return default
        if not isinstance(member, kind):
            raise AdvproxyError(start, f"{key} is {member!r}, not a {kind.__name__}")
        return member.strip() if isinstance(member, str) else member

    return AdvancedProxy(
        proxy=of("proxy", str, ""),
        bypass=of("proxybypass", str, ""),
        autoconfig_url=of("autoconfigurl", str, ""),
        auto_detect=of("autodetect", bool, False),
        per_user=of("peruserproxysettings", bool, None),
        proxy_enabled=of("proxyisenabled", bool, None),
        autoconfig_enabled=of("autoconfigisenabled", bool, None),
    )


def _rule_name(name: str) -> str:
    if name.strip().lower() == "all":
        raise CannotCarry(f"{name!a} is not a name for a rule: netsh interprets it as all rules")
    if not name.strip() or name != name.strip():
        raise CannotCarry(f"{name!a} is not a name for a rule: it is empty, or begins or ends with spaces")
    return name


def add_rule(
    *,
    name: str,
    direction: str,
    action: str,
    program: str | None = None,
    service: str | None = None,
    description: str | None = None,
    enabled: bool = True,
    profiles: Sequence[str] = ("any",),
    protocol: str = "any",
    remote_ports: Sequence[str] = (),
    remote_addresses: Sequence[str] = (),
) -> Command:
    """`netsh advfirewall firewall add rule`; adds a second rule when one of that name exists (*recalled*).

    `direction` in or out, `action` allow or block, `profiles` of any, domain, private, public, `protocol` any, tcp,
    udp or a number; the rest as netsh takes it. Raises CannotCarry and ValueError.
    """
    for option, value, allowed in (
        ("direction", direction, ("in", "out")),
        ("action", action, ("allow", "block")),
        *(("profile", profile.lower(), ("any", "domain", "private", "public")) for profile in profiles),
    ):
        if value not in allowed:
            raise ValueError(f"{option} is one of {', '.join(allowed)}, not {value!r}")
    if remote_ports and protocol.lower() not in ("tcp", "udp"):
        raise ValueError("netsh takes ports only with protocol tcp or udp")
    arguments: list[Argument] = [*_FIREWALL, Literal("add"), Literal("rule"), Assign("name", _rule_name(name))]
    arguments += [Literal(f"dir={direction}"), Literal(f"action={action}")]
    for option, text in (("program", program), ("service", service), ("description", description)):
        if text:
            arguments.append(Assign(option, text))
    arguments.append(Literal(f"enable={'yes' if enabled else 'no'}"))
    arguments.append(Literal(f"profile={','.join(profile.lower() for profile in profiles)}"))
    arguments.append(Assign("protocol", protocol))
    if remote_ports:
        arguments.append(Assign("remoteport", _list(remote_ports)))
    if remote_addresses:
        arguments.append(Assign("remoteip", _list(remote_addresses)))
    return Command.of("netsh", *arguments)


def _list(entries: Sequence[str]) -> str:
    unfit = next((entry for entry in entries if not entry or "," in entry), None)
    if unfit is not None:
        raise CannotCarry(f"{unfit!a} is not an entry of a list: commas separate entries")
    return ",".join(entries)


def delete_rule(name: str, direction: str) -> Command:
    """`netsh advfirewall firewall delete rule`: every rule of that name and direction in the local store."""
    if direction not in ("in", "out"):
        raise ValueError(f"direction is one of in, out, not {direction!r}")
    return Command.of(
        "netsh",
        *_FIREWALL,
        Literal("delete"),
        Literal("rule"),
        Assign("name", _rule_name(name)),
        Literal(f"dir={direction}"),
    )
