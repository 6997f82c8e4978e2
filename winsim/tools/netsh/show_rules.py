"""How `netsh advfirewall firewall show rule` prints a rule.

Labels are padded to 38 columns by the width they have on the screen, where full-width characters count two (likely:
captures in English and Japanese). Which rows stand only where they say something: published captures with `verbose`.
"""

from __future__ import annotations

from ...machine.firewall import expand
from ...machine.firewall_rule import Rule
from .. import columns
from ..process import Process

WIDTH = 38
PROTOCOLS = {1: "ICMPv4", 6: "TCP", 17: "UDP", 58: "ICMPv6"}


def block(process: Process, rule: Rule, verbose: bool) -> str:
    """The rows of one rule, a blank line before them."""
    rows = [("name", rule.name), ("", "-" * 70)]
    if verbose and rule.first("Desc"):
        rows.append(("description", rule.first("Desc")))
    rows += [
        ("enabled", _word(process, "yes" if rule.active else "no")),
        ("direction", _word(process, "out" if rule.outbound else "in")),
        ("profiles", ",".join(_word(process, profile) for profile in ("domain", "private", "public")
                              if profile in rule.profiles)),
        ("grouping", rule.first("EmbedCtxt")),
        ("local_ip", _addresses(process, rule, "LA4", "LA6")),
        ("remote_ip", _addresses(process, rule, "RA4", "RA42", "RA6", "RA62")),
        ("protocol", _protocol(process, rule)),
    ]  # fmt: skip
    if rule.protocol in (6, 17):
        rows += [("local_port", _ports(process, rule, "L")), ("remote_port", _ports(process, rule, "R"))]
    rows.append(("edge", _edge(process, rule)))
    if verbose:
        if rule.first("App"):
            rows.append(("program", expand(rule.first("App"))))
        if rule.first("Svc"):
            rows.append(("service", rule.first("Svc")))
        rows += [
            ("interface_types", _joined(process, rule.every("IFType"))),
            ("security", _word(process, "not_required")),
            ("source", _word(process, "local_setting")),
        ]
    rows.append(("action", _word(process, rule.action)))
    return "\r\n" + "".join(f"{_label(process, label)}{value}\r\n" for label, value in rows)


def _label(process: Process, name: str) -> str:
    if not name:
        return ""
    label = process.message(f"netsh.rule_{name}")
    return columns.pad(label + " ", WIDTH)


def _word(process: Process, name: str) -> str:
    return process.message(f"netsh.word_{name}")


def _joined(process: Process, values: tuple[str, ...]) -> str:
    return ",".join(values) or _word(process, "any")


def _addresses(process: Process, rule: Rule, *keys: str) -> str:
    """Single addresses are shown with their prefix (recalled), a keyword of both families once."""
    shown = [
        value + ("/128" if ":" in value else "/32") if value[:1].isdigit() and not {"/", "-"} & set(value) else value
        for value in rule.every(*keys)
    ]
    return _joined(process, tuple(dict.fromkeys(shown)))


def _ports(process: Process, rule: Rule, side: str) -> str:
    return _joined(process, rule.every(f"{side}Port", f"{side}Port2_10"))


def _protocol(process: Process, rule: Rule) -> str:
    if rule.protocol is None:
        return _word(process, "any")
    return PROTOCOLS.get(rule.protocol, str(rule.protocol))


def _edge(process: Process, rule: Rule) -> str:
    defer = rule.first("Defer").lower()
    if defer in ("app", "user"):
        return _word(process, f"defer_to_{defer}")
    return _word(process, "yes" if rule.first("Edge").upper() == "TRUE" else "no")
