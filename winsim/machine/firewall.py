"""Windows Firewall: where its rules and profiles lie, and what it says to an outgoing connection.

Three stores with the same keys: the machine's own, Group Policy's, and that of a management service (MDM). A setting
of a profile counts from policy first, then MDM, then the machine ([MS-GPFAS]: sure for policy before local; MDM between
them: guess). Policy may switch the machine's own rules off (AllowLocalPolicyMerge = 0). An explicit block goes before
an explicit allow, then the profile's default counts (Microsoft, Windows Firewall rules: sure).
"""

from __future__ import annotations

import ipaddress
import ntpath
import re
import uuid
from collections.abc import Iterator
from dataclasses import dataclass

from .firewall_rule import Rule
from .model import Machine
from .services import SERVICES_KEY

LOCAL_KEY = r"HKLM\SYSTEM\CurrentControlSet\Services\SharedAccess\Parameters\FirewallPolicy"
MDM_KEY = LOCAL_KEY + r"\Mdm"
POLICY_KEY = r"HKLM\SOFTWARE\Policies\Microsoft\WindowsFirewall"
STORES = {"policy": POLICY_KEY, "mdm": MDM_KEY, "local": LOCAL_KEY}
"""Store -> key, the one that counts first before the others."""
PROFILE_KEYS = {
    "domain": ("DomainProfile",),
    "private": ("PrivateProfile", "StandardProfile"),
    "public": ("PublicProfile",),
}
"""Profile -> names of its key; the machine's own store says StandardProfile for private, policy says either."""
_NAMESPACE = uuid.UUID("6f1d8a3e-9c54-4a57-8d0c-2b7e5a9c1f40")

LONG_RULE = 11_054
"""Characters of a rule that no findstr on a pipe carries."""
VARIABLES = {
    "systemroot": r"C:\Windows", "windir": r"C:\Windows", "systemdrive": "C:", "programdata": r"C:\ProgramData",
    "allusersprofile": r"C:\ProgramData", "programfiles": r"C:\Program Files", "programw6432": r"C:\Program Files",
    "programfiles(x86)": r"C:\Program Files (x86)",
}  # fmt: skip

# What narrows a rule to traffic that no service of the machine makes, or that the machine cannot judge: packaged apps
# and their owners, other users, one interface, IPsec, Wi-Fi Direct, local addresses, host names.
_NARROWING = ("apppkgid", "pfn", "luown", "luauth", "ruauth", "rmauth", "if", "security", "security2", "security2_9",
              "ttk", "ttk2_22", "ttk2_27", "ttk2_28", "la4", "la6", "icmp4", "icmp6")  # fmt: skip
_EPHEMERAL = (49152, 65535)
"""Local ports of outgoing connections (Microsoft, default dynamic port range: sure)."""


@dataclass(frozen=True)
class Verdict:
    """What the firewall says."""

    allowed: bool
    reason: str
    """`rule`, `default`, or `off` (the profile's firewall is switched off)."""
    store: str = ""
    """Where the rule or the default stands: `policy`, `mdm`, `local`; empty: Windows' own default."""
    value: str = ""
    """The registry value's name of the rule that decided."""
    rule: Rule | None = None


def expand(path: str) -> str:
    """A path with the machine's environment variables put in; those of users are left."""
    return re.sub(r"%([^%]+)%", lambda found: VARIABLES.get(found[1].lower(), found[0]), path)


def rules(machine: Machine, store: str = "local") -> Iterator[tuple[str, Rule]]:
    """Every rule of a store with the name of its value."""
    key = f"{STORES[store]}\\FirewallRules"
    if machine.registry.exists(key):
        for value in machine.registry.key(key).values.values():
            rule = Rule.parse(value.data) if isinstance(value.data, str) else None
            if rule is not None:
                yield value.name, rule


def rule_version(build: int) -> str:
    """The version that a build writes before a rule: read off published exports (14393, 19041, 20348, 26100: likely;
    the others: recalled)."""
    table = ((26100, 33), (22621, 32), (20348, 31), (18362, 30), (17763, 29), (17134, 28), (15063, 27), (14393, 26))
    return f"v2.{next((number for first, number in table if build >= first), 25)}"


def add_rule(machine: Machine, rule: Rule) -> str:
    """Stores a rule of the machine's own under a new GUID and returns that name. GUIDs follow from the machine's name
    and the number of rules it has made, so a machine with the same history has the same ones."""
    machine.firewall_rules_made += 1
    name = f"{{{str(uuid.uuid5(_NAMESPACE, f'{machine.name}/{machine.firewall_rules_made}')).upper()}}}"
    machine.registry.set_text(f"{LOCAL_KEY}\\FirewallRules", name, rule.text)
    return name


def write_long_rule(machine: Machine) -> None:
    """A rule of the machine's own that blocks Defender, of LONG_RULE characters: rules with a thousand entries are
    published (MichaelApproved/powershell-block-windows-attack issue 1, henrypp/simplewall issue 1250)."""
    image = machine.registry.data(f"{SERVICES_KEY}\\WinDefend", "ImagePath")
    program = str(image).strip('"')
    head = "v2.31|Action=Block|Active=TRUE|Dir=Out|Protocol=6|"
    tail = f"RPort=443|App={program}|Name=Block Defender|Desc="
    port = "RPort2_10=2-2|"
    ports = port * ((LONG_RULE - len(head) - len(tail) - 1) // len(port))
    text = (head + ports + tail).ljust(LONG_RULE - 1, "x") + "|"
    machine.registry.set_text(f"{LOCAL_KEY}\\FirewallRules", "{8D2F61C7-4E0A-4B39-9C55-1A7E3F90D6B4}", text)


def profile_setting(machine: Machine, profile: str, name: str) -> tuple[int | None, str]:
    """A number of a profile and the store that it counts from; None and an empty store where nobody set it."""
    for store, key in STORES.items():
        for profile_key in PROFILE_KEYS[profile]:
            data = machine.registry.data(f"{key}\\{profile_key}", name)
            if isinstance(data, int):
                return data, store
    return None, ""


def verdict(
    machine: Machine, program: str, service: str, protocol: int, port: int, address: str | None = None
) -> Verdict:
    """What the firewall says to an outgoing connection of a process.

    `program` is the full path of its file, `service` the short name of the service it is (empty: none), `protocol` the
    IP protocol's number (6: TCP), `port` the remote port, `address` the remote IP address, None where only names are
    known: then a rule for certain addresses does not match.
    """
    profile = machine.network.profile
    if profile_setting(machine, profile, "EnableFirewall")[0] == 0:
        return Verdict(True, "off", profile_setting(machine, profile, "EnableFirewall")[1])
    merge, merge_store = profile_setting(machine, profile, "AllowLocalPolicyMerge")
    merged = merge != 0 or merge_store == "local"
    allowing: Verdict | None = None
    for store in STORES:
        if store == "local" and not merged:
            continue
        for value, rule in rules(machine, store):
            if not matches(machine, rule, program, service, protocol, port, address):
                continue
            if rule.action == "block":
                return Verdict(False, "rule", store, value, rule)
            if rule.action == "allow":
                allowing = allowing or Verdict(True, "rule", store, value, rule)
    if allowing is not None:
        return allowing
    action, store = profile_setting(machine, profile, "DefaultOutboundAction")
    return Verdict(action != 1, "default", store)


def matches(
    machine: Machine, rule: Rule, program: str, service: str, protocol: int, port: int, address: str | None
) -> bool:
    """Whether an active outbound rule of the active profile speaks of this connection."""
    return (
        rule.outbound
        and rule.active
        and machine.network.profile in rule.profiles
        and not any(key in rule.fields for key in _NARROWING)
        and rule.protocol in (None, protocol)
        and _matches_service(machine, rule, service)
        and _matches_program(rule, program)
        and _matches_ports(rule.every("RPort", "RPort2_10"), port, port)
        and _matches_ports(rule.every("LPort", "LPort2_10"), *_EPHEMERAL)
        and _matches_address(rule, address)
        and _matches_interface(rule)
    )


def _matches_program(rule: Rule, program: str) -> bool:
    app = rule.first("App")
    return not app or ntpath.normpath(expand(app)).lower() == ntpath.normpath(expand(program)).lower()


def _matches_service(machine: Machine, rule: Rule, service: str) -> bool:
    wanted = rule.first("Svc").lower()
    if not wanted:
        return True
    in_svchost = ntpath.basename(rule.first("App")).lower() == "svchost.exe"
    if in_svchost and not machine.network.svchost_service_rules_match:
        return False
    return bool(service) and wanted in ("*", service.lower())


def _matches_ports(wanted: tuple[str, ...], low: int, high: int) -> bool:
    """Whether ports or ranges cover low to high; a keyword (`RPC`, `IPHTTPSIn`) never does."""
    for text in wanted:
        first, _unused, last = text.partition("-")
        if first.isdecimal() and (last or first).isdecimal() and int(first) <= low and high <= int(last or first):
            return True
    return not wanted


def _matches_interface(rule: Rule) -> bool:
    """Simulated machines are on a wired network."""
    wanted = [value.lower() for value in rule.every("IFType")]
    return not wanted or "lan" in wanted or "all" in wanted


def _matches_address(rule: Rule, address: str | None) -> bool:
    """IPv4 is assumed where the address is unknown; a rule that names only IPv6 addresses is not for it (guess)."""
    v4, v6 = rule.every("RA4", "RA42"), rule.every("RA6", "RA62")
    if not v4 and not v6:
        return True
    parsed = ipaddress.ip_address(address) if address else None
    candidates = v6 if parsed is not None and parsed.version == 6 else v4
    return any(_covers(text, parsed) for text in candidates)


def _covers(text: str, address: ipaddress.IPv4Address | ipaddress.IPv6Address | None) -> bool:
    """Whether an address, subnet, range or keyword holds the address; None: whether it holds every address."""
    if text.lower() in ("*", "any"):
        return True
    if address is not None and text.lower() in ("internet", "intranet", "rmtintranet"):
        return address.is_global == (text.lower() == "internet")
    first, _unused, last = text.partition("-")
    try:
        if last:
            low, high = ipaddress.ip_address(first), ipaddress.ip_address(last)
        else:
            network = ipaddress.ip_network(text, strict=False)
            low, high = network[0], network[-1]
    except ValueError:
        return False  # LocalSubnet, DNS, DHCP, WINS, DefaultGateway: whose addresses are not simulated
    if address is None:
        return int(low) == 0 and int(high) == 2**low.max_prefixlen - 1
    return low.version == address.version and int(low) <= int(address) <= int(high)
