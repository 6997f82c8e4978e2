"""wevtutil: queries of the event log, and the XML that it prints.

Rules that hold in this file
- The answer is one element after another, without a root around them; attributes stand in single quotes (*sure*,
  captures). So each event is read for itself, and one that cannot be read costs only itself.
- Names of data are English in every language, values are translated (*sure*, captures): nothing compares a value that
  is a word.
- Time counts by the host's own clock: `timediff` is in milliseconds between event and host (*sure*, Microsoft,
  "Consuming Events").
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from xml.etree.ElementTree import Element

from . import markup, registry
from .cmdline import Assign, Command, Literal
from .reading import Reading
from .text import tool_text, whole_number

DEFENDER = "Microsoft-Windows-Windows Defender/Operational"
CAPI2 = "Microsoft-Windows-CAPI2/Operational"
CHANNELS_KEY = r"HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\WINEVT\Channels"
"""Below it a key for each channel, with `Enabled` 0 or 1 (*sure*, many published exports)."""

_BEGIN, _END = ("<Event ", "<Event>"), "</Event>"


@dataclass(frozen=True)
class Event:
    """One record. `time` is UTC as printed (up to nine digits follow the second); `data` is text by its name."""

    id: int
    time: str
    record_id: int | None
    channel: str
    data: Mapping[str, str]
    user: Mapping[str, str] = field(default_factory=dict)
    """What is in UserData: `Name` the text of an element, `Name.attribute` that of an attribute; the first one."""


@dataclass(frozen=True)
class Events:
    """The records of an answer in its order, and how many of them could not be read."""

    events: tuple[Event, ...]
    unreadable: int


def query(channel: str, ids: Iterable[int], within: float, count: int) -> Command:
    """The newest `count` events of these numbers in the last `within` seconds, newest first. Needs an administrator."""
    numbers = " or ".join(f"EventID={int(number)}" for number in ids)
    condition = f"*[System[({numbers}) and TimeCreated[timediff(@SystemTime) <= {int(within * 1000)}]]]"
    return Command.of(
        "wevtutil", Literal("qe"), channel, Assign("/q", condition, ":"), Literal("/f:xml"), Literal(f"/c:{count}"),
        Literal("/rd:true"),
    ).reading(Reading("wevtutil", f"the event channel {channel}"))  # fmt: skip


def parse(output: bytes) -> Events:
    """Reads an answer of :func:`query`. Never raises."""
    events: list[Event] = []
    unreadable = 0
    # What comes before an end tag is one event, from where it begins first.
    for text in tool_text(output).split(_END)[:-1]:
        begins = [at for at in map(text.find, _BEGIN) if at >= 0]
        if not begins:
            continue
        event = _event(text[min(begins) :] + _END)
        if event is None:
            unreadable += 1
        else:
            events.append(event)
    return Events(tuple(events), unreadable)


def _event(text: str) -> Event | None:
    """A record; None for what is none."""
    try:
        root = markup.tree(text)
    except markup.NotReadable:
        return None
    number = whole_number((root.findtext("System/EventID") or "").strip())
    created = root.find("System/TimeCreated")
    if number is None:
        return None
    return Event(
        id=number,
        time="" if created is None else created.get("SystemTime", ""),
        record_id=whole_number((root.findtext("System/EventRecordID") or "").strip()),
        channel=(root.findtext("System/Channel") or "").strip(),
        data={one.get("Name", ""): (one.text or "").strip() for one in root.findall("EventData/Data")},
        user=_user_data(root),
    )


def _user_data(root: Element) -> dict[str, str]:
    found: dict[str, str] = {}
    inside = root.find("UserData")
    for one in inside.iter() if inside is not None else ():
        if text := (one.text or "").strip():
            found.setdefault(one.tag, text)
        for name, value in one.attrib.items():
            found.setdefault(f"{one.tag}.{name}", value)
    return found


def enabled_of(channel: str) -> Command:
    """`Enabled` of a channel, from the registry, where no text is translated."""
    return registry.query(f"{CHANNELS_KEY}\\{channel}", "Enabled")


def switch(channel: str, on: bool) -> Command:
    """`wevtutil sl CHANNEL /e:true`: at once, without a restart, needs an administrator (*sure*, Microsoft's page)."""
    return Command.of("wevtutil", Literal("sl"), channel, Literal(f"/e:{str(on).lower()}"))
