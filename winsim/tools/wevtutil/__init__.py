"""wevtutil: `qe` (query-events), `gl` (get-log), and `sl` (set-log) as far as switching the CAPI2 log goes.

Switches: Microsoft, "wevtutil" (sure). XML of an event: one line, attributes in single quotes, no element around
several (captures, sure). Error texts are the system's own (winerror.h); the words before them are recalled. Over the
network an account without administrator rights may not read Defender's channel, whose descriptor lets in
administrators, event log readers and interactive logons (recalled).
"""

from __future__ import annotations

from dataclasses import dataclass

from .. import capi2, maps_record
from ..arguments import split
from ..process import Failed, Process
from . import xpath

CHANNELS = (
    "Application", "Security", "Setup", "System", "Microsoft-Windows-Windows Defender/Operational", capi2.CHANNEL,
)  # fmt: skip
"""Channels that exist without a record; those that a record names exist too."""

ACCESS_DENIED = 5
INVALID_PARAMETER = 87
INVALID_QUERY = 15001
CHANNEL_NOT_FOUND = 15007

NOT_SIMULATED = frozenset(
    ("/lf", "/logfile", "/sq", "/structuredquery", "/bm", "/bookmark", "/sbm", "/savebookmark", "/l", "/r", "/u", "/p",
     "/a", "/uni", "/f", "/format")
)  # fmt: skip
"""Switches of `qe` that Windows has; `/f` stands for RenderedXml and the like."""

LEVELS = {"0": "Information", "1": "Critical", "2": "Error", "3": "Warning", "4": "Information", "5": "Verbose"}


@dataclass
class Query:
    """The switches of `qe`."""

    channel: str
    xpath: str = "*"
    format: str = "xml"
    count: int | None = None
    newest_first: bool = False
    root: str = ""


def run(process: Process, arguments: str) -> int:
    """Runs `wevtutil ARGUMENTS`; the exit code is 0 or a Win32 error."""
    words = split(arguments)
    verb = words[0].lower() if words else ""
    try:
        if verb in ("qe", "query-events"):
            return _query(process, words[1:])
        if verb in ("gl", "get-log"):
            return _get_log(process, words[1:])
        if verb in ("sl", "set-log"):
            return _set_log(process, words[1:])
        process.unknown(f"wevtutil {verb}".rstrip())
        raise Failed("no_command", INVALID_PARAMETER, command=verb)
    except Failed as failed:
        process.write_error(process.message(f"wevtutil.{failed.key}", **failed.values))
        return failed.code


def _parse(process: Process, words: list[str]) -> Query:
    if not words or words[0].startswith("/"):
        raise Failed("missing_argument", INVALID_PARAMETER)
    query = Query(words[0])
    for word in words[1:]:
        name, colon, value = word.partition(":")
        name = name.lower()
        if name in ("/q", "/query") and colon:
            query.xpath = value
        elif name in ("/f", "/format") and value.lower() in ("xml", "text"):
            query.format = value.lower()
        elif name in ("/c", "/count") and value.isascii() and value.isdigit():
            query.count = int(value)
        elif name in ("/rd", "/reversedirection") and value.lower() in ("true", "false"):
            query.newest_first = value.lower() == "true"
        elif name in ("/e", "/element") and value:
            query.root = value
        else:
            if name in NOT_SIMULATED:
                process.unknown(f"wevtutil qe {word}")
            raise Failed("invalid_option", INVALID_PARAMETER, option=word)
    return query


def _query(process: Process, words: list[str]) -> int:
    query = _parse(process, words)
    process.machine.write_due_events()
    maps_record.catch_up(process.machine)
    channel = _channel(process, query.channel, "query_failed")
    try:
        condition = xpath.parse(query.xpath)
    except xpath.SyntaxNotSimulated as problem:
        process.unknown(f"wevtutil query: {problem}")
        raise Failed("invalid_query", INVALID_QUERY) from None
    now = process.machine.now()
    matching: list[tuple[str, xpath.Event]] = []
    for record in reversed(process.machine.events) if query.newest_first else process.machine.events:
        if query.count is not None and len(matching) >= query.count:
            break
        event = xpath.Event.parse(record)
        if event.channel.lower() == channel.lower() and condition(event, now):
            matching.append((record, event))
    if query.root:
        process.write(f"<{query.root}>\r\n")
    for place, (record, event) in enumerate(matching):
        process.write(record.strip() + "\r\n" if query.format == "xml" else _text(process, place, event))
    if query.root:
        process.write(f"</{query.root}>\r\n")
    return 0


def _channel(process: Process, name: str, key: str) -> str:
    """The channel's name in its own case; raises Failed."""
    names = {xpath.Event.parse(record).channel for record in process.machine.events} | set(CHANNELS)
    found = next((channel for channel in sorted(names) if channel.lower() == name.lower()), None)
    if found is None:
        raise Failed(key + "_channel", CHANNEL_NOT_FOUND, name=name)
    if not process.token.elevated and found not in ("Application", "System"):
        raise Failed(key + "_denied", ACCESS_DENIED, name=name)
    return found


def _text(process: Process, place: int, event: xpath.Event) -> str:
    """The listing of `/f:text`; winsim has no message templates, so the description is missing."""
    process.unknown("wevtutil /f:text: the description of an event")
    system = event.system
    lines = [
        f"Event[{place}]:",
        f"  Log Name: {event.channel}",
        f"  Source: {event.provider}",
        f"  Date: {event.time_text}",
        f"  Event ID: {system.get('EventID', '')}",
        "  Task: N/A",
        f"  Level: {LEVELS.get(system.get('Level', ''), 'N/A')}",
        "  Opcode: Info",
        "  Keyword: N/A",
        f"  User: {event.user}",
        "  User Name: N/A",
        f"  Computer: {system.get('Computer', '')}",
        "  Description: ",
        "N/A",
        "",
    ]
    return "\r\n".join(lines) + "\r\n"


def _set_log(process: Process, words: list[str]) -> int:
    """`sl CHANNEL /e:true|false` (Microsoft, wevtutil: sure)."""
    name = _channel(process, words[0], "configuration_failed") if words else ""
    switches = [word.lower().replace("/enabled:", "/e:") for word in words[1:]]
    if name != capi2.CHANNEL or switches not in (["/e:true"], ["/e:false"]):
        process.unknown("wevtutil sl " + " ".join(words))
        raise Failed("missing_argument", INVALID_PARAMETER)
    capi2.switch(process.machine, switches == ["/e:true"])
    return 0


def _get_log(process: Process, words: list[str]) -> int:
    """The channel's settings (recalled; the descriptor is shortened to what winsim itself enforces)."""
    if len(words) != 1:
        process.unknown("wevtutil gl " + " ".join(words))
        raise Failed("missing_argument", INVALID_PARAMETER)
    name = _channel(process, words[0], "configuration_failed")
    classic = "/" not in name
    file = name.replace("/", "%4")
    lines = [
        f"name: {name}",
        f"enabled: {str(name != capi2.CHANNEL or capi2.is_on(process.machine)).lower()}",
        f"type: {'Admin' if classic else 'Operational'}",
        f"owningPublisher: {'' if classic else name.rpartition('/')[0]}",
        f"isolation: {'System' if classic else 'Application'}",
        "channelAccess: O:BAG:SYD:(A;;0xf0007;;;SY)(A;;0x7;;;BA)(A;;0x3;;;IU)(A;;0x1;;;S-1-5-32-573)",
        "logging:",
        f"  logFileName: %SystemRoot%\\System32\\Winevt\\Logs\\{file}.evtx",
        "  retention: false",
        "  autoBackup: false",
        f"  maxSize: {20971520 if classic else 16777216}",
        "publishing:",
        "  fileMax: 1",
    ]
    process.write("".join(line + "\r\n" for line in lines))
    return 0
