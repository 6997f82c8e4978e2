"""Defender's real-time protection, as far as Microsoft's harmless test file goes.

The file is detected where the machine reaches the cloud (the article: "if you are properly connected to the cloud";
sure) and the file comes from the Internet zone (Microsoft Learn, configure-block-at-first-sight: sure), or else by a
scan (one published test of the extracted file: likely). It is taken away, and told in the channel's events 1116 and
1117. The records follow published captures: one line, attributes in single quotes, English names, values in the
machine's language; the provider's templates give the order of the 42 values. When the file goes and how long the events
take is a choice (`machine.defender`), not a fact.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterable
from xml.sax.saxutils import escape

from .. import physics
from ..machine import defender_settings
from ..machine.access import may_write
from ..machine.accounts import SYSTEM
from ..machine.defender import POLICY_KEY, STATE_KEY
from ..machine.files import FileError
from ..machine.model import Machine
from . import messages
from .process import Process

CHANNEL = "Microsoft-Windows-Windows Defender/Operational"
QUARANTINE = r"C:\ProgramData\Microsoft\Windows Defender\Quarantine"
TEST_FILE = b"MZ winsim: stands for Microsoft's harmless test file"
THREAT = ("Trojan:Win32/WinsimTestFile", "2147999999")
"""Name and number of the threat: invented, since Microsoft publishes none for the file."""
INTERNET = b"ZoneId=3"
"""The mark of the web: URLZONE_INTERNET ([MS-FSCC] 5.6.1: sure)."""
DETECTED, ACTED = 1116, 1117
QUARANTINED = 2
"""MP_THREAT_ACTION_QUARANTINE (Microsoft, MPTHREAT_ACTION; sure)."""


def is_on(machine: Machine) -> bool:
    """Whether files are watched: the service runs, nothing switched it or its real-time protection off."""
    registry = machine.registry
    switches = (
        (STATE_KEY, "PassiveMode"),
        (STATE_KEY, "DisableAntiSpyware"),
        (POLICY_KEY, "DisableAntiSpyware"),
        (STATE_KEY + r"\Real-Time Protection", "DisableRealtimeMonitoring"),
        (POLICY_KEY + r"\Real-Time Protection", "DisableRealtimeMonitoring"),
    )
    by_mdm = registry.number(POLICY_KEY + r"\Policy Manager", "AllowRealtimeMonitoring", 1) != 0
    on = by_mdm and not any(registry.number(*switch) for switch in switches)
    return on and machine.services.is_running("WinDefend")


def save(process: Process, path: str, content: bytes) -> None:
    """Writes what a program brought, and lets Defender see it. FileError where the caller may not write there."""
    if not may_write(process.machine.files, process.token, path):
        raise FileError(5, path)
    process.machine.files.write(path, content)
    written(process.machine, path, process.token.name)


def written(machine: Machine, path: str, user: str) -> None:
    """A file or its mark was written: where it is the test file, comes from the Internet zone, and the machine is
    protected, it is gone when this returns."""
    node = machine.files.find(path)
    zone = node.streams.get("Zone.Identifier", b"") if node is not None and node.streams else b""
    if INTERNET in zone and is_on(machine) and defender_settings.asks_at_first_sight(machine):
        scanned(machine, path, user)


def scanned(machine: Machine, path: str, user: str) -> bool:
    """A file is looked at, and is gone where it is the test file and the cloud says so; whether it was found."""
    if not machine.files.read(path).startswith(TEST_FILE) or defender_settings.is_excluded(machine, path):
        return False
    if not physics.validate(machine, SYSTEM).connected:
        return False
    machine.files.remove(path)
    now = machine.now()
    seed = hashlib.sha256(f"{machine.name}{path}{now}".encode()).hexdigest().upper()
    detection = "{" + "-".join((seed[:8], seed[8:12], seed[12:16], seed[16:20], seed[20:32])) + "}"
    machine.files.make_directory(QUARANTINE)
    machine.files.write(f"{QUARANTINE}\\{detection}", b"\x0b\xad")
    written_at = now + dt.timedelta(seconds=machine.defender.event_seconds)
    acted_at = written_at + dt.timedelta(seconds=machine.defender.action_seconds)
    for number, moment in ((DETECTED, written_at), (ACTED, acted_at)):
        machine.coming_events.append((moment, record(machine, number, detection, now, moment, path, user)))
    return True


def record(
    machine: Machine, event_id: int, detection: str, found: dt.datetime, moment: dt.datetime, path: str, user: str
) -> str:
    """An event 1116 or 1117 as `wevtutil /f:xml` prints it."""
    acted = event_id == ACTED
    version = machine.registry.text(STATE_KEY + r"\Signature Updates", "AVSignatureVersion")
    engine = machine.registry.text(STATE_KEY + r"\Signature Updates", "EngineVersion")
    threat, number = THREAT
    link = f"https://go.microsoft.com/fwlink/?linkid=37020&name={threat}&threatid={number}&enterprise=0"

    def word(name: str) -> str:
        return messages.text(machine.locale.language, f"realtime.{name}")

    values = (
        ("Product Name", word("product")), ("Product Version", "4.18.25050.5"),
        ("Detection ID", detection), ("Detection Time", f"{found:%Y-%m-%dT%H:%M:%S}.{found.microsecond // 1000:03}Z"),
        ("Unused", ""), ("Unused2", ""), ("Threat ID", number), ("Threat Name", threat),
        ("Severity ID", "5"), ("Severity Name", word("severe")),
        ("Category ID", "8"), ("Category Name", word("trojan")),
        ("FWLink", link), ("Status Code", "3" if acted else "1"), ("Status Description", ""),
        ("State", "2" if acted else "1"), ("Source ID", "3"), ("Source Name", word("realtime")),
        ("Process Name", r"C:\Windows\System32\curl.exe"), ("Detection User", user), ("Unused3", ""),
        ("Path", f"file:_{path}"), ("Origin ID", "1"), ("Origin Name", word("local")),
        ("Execution ID", "1"), ("Execution Name", word("suspended")), ("Type ID", "8"), ("Type Name", "FastPath"),
        ("Pre Execution Status", "0"), ("Action ID", str(QUARANTINED) if acted else "9"),
        ("Action Name", word("quarantine" if acted else "not_applicable")), ("Unused4", ""),
        ("Error Code", "0x00000000"), ("Error Description", word("success")), ("Unused5", ""),
        ("Post Clean Status", "0"), ("Additional Actions ID", "0"), ("Additional Actions String", word("no_more")),
        ("Remediation User", r"NT AUTHORITY\SYSTEM" if acted else ""), ("Unused6", ""),
        ("Security intelligence Version", f"AV: {version}, AS: {version}, NIS: {version}"),
        ("Engine Version", f"AM: {engine}, NIS: {engine}"),
    )  # fmt: skip
    return event(machine, event_id, moment, values, level=4 if acted else 3)


def event(machine: Machine, number: int, moment: dt.datetime, values: Iterable[tuple[str, str]], level: int = 4) -> str:
    """An event of Defender's channel as `wevtutil /f:xml` prints it."""
    data = "".join(f"<Data Name='{name}'>{escape(value)}</Data>" for name, value in values)
    count = len(machine.events) + len(machine.coming_events) + 1
    return (
        "<Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'><System>"
        "<Provider Name='Microsoft-Windows-Windows Defender' Guid='{11cd958a-c507-4ef3-b3f2-5fd9dfbd2c78}'/>"
        f"<EventID>{number}</EventID><Version>0</Version><Level>{level}</Level><Task>0</Task>"
        "<Opcode>0</Opcode><Keywords>0x8000000000000000</Keywords>"
        f"<TimeCreated SystemTime='{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond:06}0Z'/>"
        f"<EventRecordID>{count}</EventRecordID><Correlation/><Execution ProcessID='2196' ThreadID='4008'/>"
        f"<Channel>{CHANNEL}</Channel><Computer>{escape(machine.name)}</Computer><Security UserID='S-1-5-18'/>"
        f"</System><EventData>{data}</EventData></Event>"
    )
