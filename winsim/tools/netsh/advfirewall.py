"""`netsh advfirewall`: its commands, and the settings of the three profiles (Microsoft, netsh advfirewall: sure for
names and options; the layout of `show ... profile` follows published captures)."""

from __future__ import annotations

from collections.abc import Sequence

from ...machine import firewall
from ...machine.services import State
from .. import columns
from ..process import Process
from . import rule_commands
from .words import BadArgument, needs_elevation, not_found, pick, refuse

PROFILES = {"domainprofile": "domain", "privateprofile": "private", "publicprofile": "public"}
TARGETS = ("allprofiles", "currentprofile", *PROFILES)
LOCAL_PROFILE_KEYS = {profile: f"{firewall.LOCAL_KEY}\\{names[-1]}" for profile, names in firewall.PROFILE_KEYS.items()}
INBOUND: dict[str, tuple[int | None, int]] = {
    "blockinbound": (1, 0), "blockinboundalways": (1, 1), "allowinbound": (0, 0), "notconfigured": (None, 0),
}  # fmt: skip
"""Word -> DefaultInboundAction, DoNotAllowExceptions ([MS-GPFAS]: sure)."""
OUTBOUND = {"allowoutbound": 0, "blockoutbound": 1, "notconfigured": None}
SHOWN = ("state", "firewallpolicy", "settings", "logging")


def run(process: Process, words: Sequence[str]) -> int:
    """Runs `netsh advfirewall WORDS`; returns the exit code. Where the service mpssvc does not run, nothing works
    (published reports show the text: likely)."""
    service = process.machine.services.find("mpssvc")
    if service is not None and service.state is not State.RUNNING:
        process.write(process.message("netsh.service"))
        return 1
    verb = pick(words[0], ("firewall", "set", "show")) if words else None
    if verb == "firewall":
        return rule_commands.run(process, words[1:])
    target = pick(words[1], TARGETS) if verb and len(words) > 1 else None
    if target is None:
        process.unknown("netsh advfirewall " + " ".join(words))
        return not_found(process, ("advfirewall", *words))
    if target == "allprofiles":
        profiles = list(PROFILES.values())
    else:
        profiles = [PROFILES.get(target, process.machine.network.profile)]
    try:
        return (_show if verb == "show" else _set)(process, profiles, words[2:])
    except BadArgument as refusal:
        return refuse(process, refusal)


def _set(process: Process, profiles: list[str], words: Sequence[str]) -> int:
    what = pick(words[0], ("state", "firewallpolicy")) if words else None
    if what is None or len(words) != 2:
        process.unknown("netsh advfirewall set " + " ".join(words))
        raise BadArgument("missing")
    if not process.token.elevated:
        return needs_elevation(process)
    value = words[1].lower()
    if what == "state":
        states = {"on": 1, "off": 0, "notconfigured": None}
        if value not in states:
            raise BadArgument("value_invalid")
        changes = {"EnableFirewall": states[value]}
    else:
        inbound, _unused, outbound = value.partition(",")
        if inbound not in INBOUND or outbound not in OUTBOUND:
            raise BadArgument("value_invalid")
        default, always = INBOUND[inbound]
        changes = {
            "DefaultInboundAction": default,
            "DoNotAllowExceptions": always,
            "DefaultOutboundAction": OUTBOUND[outbound],
        }
    registry = process.machine.registry
    for profile in profiles:
        key = LOCAL_PROFILE_KEYS[profile]
        for name, number in changes.items():
            if number is not None:
                registry.set_dword(key, name, number)
            elif registry.get(key, name) is not None:
                registry.delete_value(key, name)
    process.write(process.message("netsh.ok"))
    return 0


def _show(process: Process, profiles: list[str], words: Sequence[str]) -> int:
    sections: tuple[str, ...] = SHOWN
    if words:
        section = pick(words[0], SHOWN)
        if section is None or len(words) > 1:
            raise BadArgument("bad_argument", word=words[-1])
        sections = (section,)
    for profile in profiles:
        process.write(process.message(f"netsh.{profile}_heading"))
        process.write("-" * 70 + "\r\n")
        for section in sections:
            if section == "logging" and len(sections) > 1:
                process.write("\r\n")
            _section(process, profile, section)
        process.write("\r\n")
    process.write(process.message("netsh.ok"))
    return 0


def _section(process: Process, profile: str, section: str) -> None:
    def number(name: str, default: int) -> int:
        found, _unused = firewall.profile_setting(process.machine, profile, name)
        return default if found is None else found

    def switch(on: bool) -> str:
        return process.message("netsh.enable" if on else "netsh.disable")

    def row(label: str, value: str) -> None:
        process.write(f"{columns.pad(label, 38)}{value}\r\n")

    if section == "state":
        row(process.message("netsh.state"), process.message("netsh.on" if number("EnableFirewall", 1) else "netsh.off"))
    elif section == "firewallpolicy":
        inbound = "AllowInbound" if number("DefaultInboundAction", 1) == 0 else "BlockInbound"
        inbound += "Always" if inbound == "BlockInbound" and number("DoNotAllowExceptions", 0) else ""
        outbound = "BlockOutbound" if number("DefaultOutboundAction", 0) == 1 else "AllowOutbound"
        row(process.message("netsh.policy"), f"{inbound},{outbound}")
    elif section == "settings":
        row("LocalFirewallRules", process.message("netsh.gpo_only"))
        row("LocalConSecRules", process.message("netsh.gpo_only"))
        row("InboundUserNotification", switch(number("DisableNotifications", 0) == 0))
        row("RemoteManagement", switch(False))
        row("UnicastResponseToMulticast", switch(number("DisableUnicastResponsesToMulticastBroadcast", 0) == 0))
    else:
        process.write(process.message("netsh.logging"))
        row("LogAllowedConnections", switch(False))
        row("LogDroppedConnections", switch(False))
        row("FileName", r"%systemroot%\system32\LogFiles\Firewall\pfirewall.log")
        row("MaxFileSize", "4096")
