"""The XML of a task: [MS-TSCH] 2.5, namespace http://schemas.microsoft.com/windows/2004/02/mit/task.

Read strictly and without document types, so that no entity of a client's own is ever expanded. What schtasks says of a
file it refuses, and the position behind it, are published outputs (fatso83/vmware-auto-suspend#5, #8,
MicrosoftDocs/feedback#1442, PSAppDeployToolkit#15; likely). The order of elements does not matter
(jamditis/claude-skills-journalism#261, tested on Windows 11; likely).
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from xml.parsers import expat
from xml.sax.saxutils import escape, quoteattr

NAMESPACE = "http://schemas.microsoft.com/windows/2004/02/mit/task"
MAX_DEPTH = 32
MAX_PATH = 260


class Refused(Exception):
    """A definition that Windows does not take: key of the message, and what stands on the line below it."""

    def __init__(self, key: str, line: int, column: int, where: str = "", reason: str = "") -> None:
        super().__init__(key, line, column, where, reason)
        self.key = key
        self.position = f"({line},{column})"
        self.where = where
        self.reason = reason


@dataclass
class Element:
    """An element; `text` is its own text, which elements with children do not have."""

    name: str
    attributes: dict[str, str] = field(default_factory=dict)
    children: list[Element] = field(default_factory=list)
    text: str = ""
    line: int = 1
    column: int = 1

    def find(self, path: str) -> Element | None:
        """The first element at `a/b`, or None."""
        name, _unused, rest = path.partition("/")
        for child in self.children:
            if child.name == name:
                return child.find(rest) if rest else child
        return None

    def value(self, path: str, default: str = "") -> str:
        found = self.find(path)
        return default if found is None else found.text.strip()

    def make(self, path: str) -> Element:
        """The element at `a/b`, made where it was missing."""
        name, _unused, rest = path.partition("/")
        child = self.find(name)
        if child is None:
            child = Element(name)
            self.children.append(child)
        return child.make(rest) if rest else child

    def lines(self, indent: str = "") -> list[str]:
        attributes = "".join(f" {name}={quoteattr(value)}" for name, value in self.attributes.items())
        if not self.children:
            end = f">{escape(self.text)}</{self.name}>" if self.text else " />"
            return [f"{indent}<{self.name}{attributes}{end}"]
        inner = [line for child in self.children for line in child.lines(indent + "  ")]
        return [f"{indent}<{self.name}{attributes}>", *inner, f"{indent}</{self.name}>"]


def to_text(task: Element) -> str:
    """The document as it is stored and printed: the declaration says UTF-16 in either case (capture, likely)."""
    task.attributes = {"version": task.attributes.get("version", "1.2"), "xmlns": NAMESPACE}
    return "\r\n".join(['<?xml version="1.0" encoding="UTF-16"?>', *task.lines(), ""])


DECLARATION = re.compile(r"<\?xml\b[^>]*?\?>")
ENCODING = re.compile(r"""encoding\s*=\s*["']([^"']*)["']""")


def decode(content: bytes) -> str:
    """The text of a file given to `/xml`; raises Refused.

    UTF-16 little endian with its mark, or bytes without a mark. A mark of UTF-8 or of big endian is `incorrect
    document syntax`; a declared encoding that is not the file's is `unable to switch the encoding`, at the column
    behind the declaration (fatso83/vmware-auto-suspend#8, likely). Bytes without a mark are read as UTF-8 where the
    declaration says so or nothing; other declarations than those are refused (guess).
    """
    if content.startswith((b"\xef\xbb\xbf", b"\xfe\xff")):
        raise Refused("malformed", 1, 2, reason="syntax")
    wide = content.startswith(b"\xff\xfe")
    try:
        text = content[2:].decode("utf-16-le") if wide else content.decode("utf-8")
    except UnicodeDecodeError:
        raise Refused("malformed", 1, 2, reason="syntax") from None
    declaration = DECLARATION.match(text)
    declared = ENCODING.search(declaration.group()) if declaration else None
    if declaration and declared:
        fitting = ("utf-16", "unicode") if wide else ("utf-8", "us-ascii", "ascii", "windows-1252")
        if declared.group(1).lower() not in fitting:
            raise Refused("malformed", 1, declaration.end() + 1, reason="encoding")
    return text


class _Builder:
    def __init__(self, text: str) -> None:
        self._parser = expat.ParserCreate("utf-8", " ")
        self._parser.buffer_text = True
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._data
        self._parser.StartDoctypeDeclHandler = self._refuse
        self._open: list[Element] = []
        self.root: Element | None = None
        try:
            self._parser.Parse(text.encode("utf-8", "surrogatepass"), True)
        except expat.ExpatError as error:
            raise Refused("malformed", error.lineno, error.offset + 1, reason="syntax") from None

    def _position(self) -> tuple[int, int]:
        return self._parser.CurrentLineNumber, self._parser.CurrentColumnNumber + 1

    def _refuse(self, *_unused: object) -> None:
        raise Refused("malformed", *self._position(), reason="syntax")

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        namespace, _unused, local = name.rpartition(" ")
        line, column = self._position()
        if namespace != NAMESPACE:
            raise Refused("namespace", line, column + 1, f"{local}:{namespace}")
        if len(self._open) >= MAX_DEPTH:
            raise Refused("malformed", line, column, reason="syntax")
        foreign = next((key for key in attributes if " " in key), None)
        if foreign is not None:
            raise Refused("namespace", line, column + 1, f"{local}:{foreign.partition(' ')[0]}")
        element = Element(local, dict(attributes), line=line, column=column)
        if self._open:
            self._open[-1].children.append(element)
        else:
            self.root = element
        self._open.append(element)

    def _end(self, _unused: str) -> None:
        element = self._open.pop()
        element.line, element.column = self._position()
        if element.children:
            element.text = ""

    def _data(self, data: str) -> None:
        self._open[-1].text += data


def parse(text: str) -> Element:
    """The Task element, checked against the schema as far as CHILDREN and VALUES go; raises Refused."""
    root = _Builder(text).root
    if root is None or root.name != "Task":
        element = root or Element("")
        raise Refused("unexpected_node", element.line, element.column, element.name + ":")
    _check(root, "")
    if root.find("Actions") is None:
        raise Refused("missing_node", root.line, root.column, "Actions:")
    return root


Check = Callable[[str], bool]


def _accept(_unused: str) -> bool:
    return True


_any: Check = _accept


def _one_of(*words: str) -> Check:
    return lambda text: text in words


def _matches(pattern: str) -> Check:
    return lambda text: re.fullmatch(pattern, text) is not None


def _time(text: str) -> bool:
    if not re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?(Z|[+-]\d\d:\d\d)?", text):
        return False
    try:
        dt.datetime.fromisoformat(text)
    except ValueError:
        return False
    return True


BOOLEAN = _one_of("true", "false", "1", "0")
DURATION = _matches(r"P(?=.)(\d+Y)?(\d+M)?(\d+D)?(T(?=.)(\d+H)?(\d+M)?(\d+(\.\d+)?S)?)?")
TIME: Check = _time
TRIGGERS = frozenset(
    {
        "BootTrigger", "RegistrationTrigger", "IdleTrigger", "TimeTrigger", "EventTrigger", "LogonTrigger",
        "SessionStateChangeTrigger", "CalendarTrigger",
    }
)  # fmt: skip
BOOLEAN_SETTINGS = (
    "AllowStartOnDemand", "DisallowStartIfOnBatteries", "StopIfGoingOnBatteries", "AllowHardTerminate",
    "StartWhenAvailable", "RunOnlyIfNetworkAvailable", "WakeToRun", "Enabled", "Hidden", "RunOnlyIfIdle",
    "UseUnifiedSchedulingEngine", "DisallowStartOnRemoteAppSession", "Volatile",
)  # fmt: skip
OTHER_SETTINGS = ("RestartOnFailure", "NetworkProfileName", "IdleSettings", "NetworkSettings", "MaintenanceSettings")
SETTINGS: dict[str, Check] = {
    "MultipleInstancesPolicy": _one_of("Parallel", "Queue", "IgnoreNew", "StopExisting"),
    "ExecutionTimeLimit": DURATION,
    "DeleteExpiredTaskAfter": DURATION,
    "Priority": _matches("[0-9]|10"),
    **dict.fromkeys(BOOLEAN_SETTINGS, BOOLEAN),
    **dict.fromkeys(OTHER_SETTINGS, _any),
}
PRINCIPAL: dict[str, Check] = {
    "LogonType": _one_of("S4U", "Password", "InteractiveToken", "InteractiveTokenOrPassword"),
    "RunLevel": _one_of("LeastPrivilege", "HighestAvailable"),
    **dict.fromkeys(("UserId", "GroupId", "DisplayName", "ProcessTokenSidType", "RequiredPrivileges"), _any),
}
EXEC: dict[str, Check] = {
    "Command": lambda text: 0 < len(text) <= MAX_PATH,
    "Arguments": _any,
    "WorkingDirectory": _any,
}
INFORMATION = dict.fromkeys(
    ("URI", "SecurityDescriptor", "Source", "Date", "Author", "Version", "Description", "Documentation"), _any
)
CHILDREN: dict[str, dict[str, Check]] = {
    "Task": dict.fromkeys(("RegistrationInfo", "Triggers", "Principals", "Settings", "Data", "Actions"), _any),
    "Task/RegistrationInfo": INFORMATION,
    "Task/Principals": {"Principal": _any},
    "Task/Principals/Principal": PRINCIPAL,
    "Task/Settings": SETTINGS,
    "Task/Triggers": dict.fromkeys(TRIGGERS, _any),
    "Task/Actions": dict.fromkeys(("Exec", "ComHandler", "SendEmail", "ShowMessage"), _any),
    "Task/Actions/Exec": EXEC,
}
"""Which children an element may have, and which texts those; elements that stand not here are not looked into."""
VERSIONS = tuple(f"1.{minor}" for minor in range(7))


def _check(element: Element, parent: str) -> None:
    path = f"{parent}/{element.name}" if parent else element.name
    if path == "Task" and element.attributes.get("version", "1.1") not in VERSIONS:
        raise Refused("invalid_value", element.line, element.column, f"version:{element.attributes['version']}")
    allowed = CHILDREN.get(path)
    for child in element.children:
        if parent == "Task/Triggers" or path.startswith("Task/Triggers/"):
            if child.name in ("StartBoundary", "EndBoundary") and not TIME(child.text.strip()):
                raise Refused("invalid_value", child.line, child.column, f"{child.name}:{child.text}")
            continue
        if allowed is not None:
            if child.name not in allowed:
                raise Refused("unexpected_node", child.line, child.column, child.name + ":")
            if not allowed[child.name](child.text.strip()):
                raise Refused("invalid_value", child.line, child.column, f"{child.name}:{child.text}")
        _check(child, path)
    if path == "Task/Actions/Exec" and element.find("Command") is None:
        raise Refused("missing_node", element.line, element.column, "Command:")
    if path == "Task/Triggers/TimeTrigger" and element.find("StartBoundary") is None:
        raise Refused("missing_node", element.line, element.column, "StartBoundary:")
    if path == "Task/Actions" and not element.children:
        raise Refused("missing_node", element.line, element.column, "Actions:")
