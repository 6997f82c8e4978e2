"""sc.exe: query, queryex, qc, start, stop, config.

Shapes and head lines: published captures in seven languages (sure); Japanese Windows keeps the labels and head lines
English and translates only the system's message (recalled). Everything goes to standard output; the exit code is the
Win32 error (1060 captured, the others recalled). Over the network an account that is not an administrator may not
open services at all, because their descriptors grant reading to interactive and service logons (recalled).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ..machine.services import SERVICES_KEY, Service, Start, State
from .arguments import split
from .process import Process

ACCESS_DENIED = 5
INVALID_PARAMETER = 87
ALREADY_RUNNING = 1056
DISABLED = 1058
NO_SUCH_SERVICE = 1060
NOT_ACTIVE = 1062
INVALID_COMMAND_LINE = 1639

TYPES = {
    0x1: "KERNEL_DRIVER",
    0x2: "FILE_SYSTEM_DRIVER",
    0x10: "WIN32_OWN_PROCESS",
    0x20: "WIN32_SHARE_PROCESS",
    0x30: "WIN32",
    0x50: "USER_OWN_PROCESS TEMPLATE",
    0x60: "USER_SHARE_PROCESS TEMPLATE",
}
INTERACTIVE = 0x100
START_NAMES = {0: "BOOT_START", 1: "SYSTEM_START", 2: "AUTO_START", 3: "DEMAND_START", 4: "DISABLED"}
START_WORDS = {
    "boot": (0, 0),
    "system": (1, 0),
    "auto": (2, 0),
    "demand": (3, 0),
    "disabled": (4, 0),
    "delayed-auto": (2, 1),
}
"""Word after `start=` -> Start and DelayedAutostart in the registry (Microsoft, "sc config", sure)."""
ERROR_CONTROLS = {0: "IGNORE", 1: "NORMAL", 2: "SEVERE", 3: "CRITICAL"}
NEVER_STARTED = 1077


class Refused(Exception):
    """A call of the service control manager failed."""

    def __init__(self, call: str, code: int) -> None:
        super().__init__(call, code)
        self.call = call
        self.code = code


def run(process: Process, arguments: str) -> int:
    """Runs `sc ARGUMENTS`; the exit code is 0 or a Win32 error."""
    words = split(arguments)
    commands = {"query": _query, "queryex": _query, "qc": _qc, "start": _start, "stop": _stop, "config": _config}
    command = commands.get(words[0].lower()) if words else None
    if command is None:
        process.unknown(f"sc {words[0] if words else ''}".rstrip())
        return _usage(process, words)
    try:
        return command(process, words)
    except Refused as refused:
        text = process.message(f"sc.error_{refused.code}")
        process.write(f"[SC] {refused.call} FAILED {refused.code}:\r\n\r\n{text}\r\n")
        return refused.code


def _usage(process: Process, words: Sequence[str]) -> int:
    process.write(process.message("sc.usage", command=words[0].lower() if words else ""))
    return INVALID_COMMAND_LINE


def _open(process: Process, name: str, call: str) -> Service:
    service = process.machine.services.find(name)
    if service is None:
        raise Refused(call, NO_SUCH_SERVICE)
    if not process.token.elevated:
        raise Refused(call, ACCESS_DENIED)
    return service


def _query(process: Process, words: Sequence[str]) -> int:
    extended = words[0].lower() == "queryex"
    if len(words) == 2 and "=" not in words[1]:
        service = _open(process, words[1], "EnumQueryServicesStatus:OpenService")
        # The name comes back in the case that was typed (capture of qc, likely for query).
        process.write("".join(_status(process, service, words[1], extended)))
        return 0
    wanted = _wanted_states(process, words)
    if wanted is None:
        return _usage(process, words)
    if not process.token.elevated:
        raise Refused("OpenSCManager", ACCESS_DENIED)
    for service in process.machine.services.running.values():
        if service.state in wanted and service.type & 0x30:
            process.write("".join(_status(process, service, service.name, extended, with_display_name=True)))
    return 0


def _wanted_states(process: Process, words: Sequence[str]) -> set[State] | None:
    """The states that `state= X` asks for (all but stopped without it); None for anything else on the line."""
    active = {State.RUNNING, State.START_PENDING, State.STOP_PENDING}
    choices = {"all": active | {State.STOPPED}, "active": active, "inactive": {State.STOPPED}}
    if len(words) == 1:
        return active
    if len(words) == 3 and words[1].lower() == "state=" and words[2].lower() in choices:
        return choices[words[2].lower()]
    process.unknown("sc " + " ".join(words))
    return None


def _status(
    process: Process, service: Service, name: str, extended: bool, with_display_name: bool = False
) -> Iterator[str]:
    """The block of query; `extended` adds PID and FLAGS. Trailing blanks as captured where they were kept (likely)."""
    yield f"\r\nSERVICE_NAME: {name}\r\n"
    if with_display_name:
        display_name = process.machine.registry.text(f"{SERVICES_KEY}\\{service.name}", "DisplayName")
        yield f"DISPLAY_NAME: {display_name}\r\n"
    yield f"        TYPE               : {service.type:x}  {_type_name(service.type)}  \r\n"
    yield f"        STATE              : {int(service.state)}  {service.state.name} \r\n"
    exit_code = 0
    if service.state is State.STOPPED:
        # A service that never ran since the start of the system says 1077 (capture of a driver, likely); one that
        # starts by itself and is stopped was stopped by somebody.
        exit_code = 0 if process.machine.services.start_type(service.name) == Start.AUTO else NEVER_STARTED
    elif service.state is State.RUNNING:
        stoppable = "STOPPABLE" if service.stoppable and service.reconfigurable else "NOT_STOPPABLE"
        yield f"                                ({stoppable}, NOT_PAUSABLE, ACCEPTS_SHUTDOWN)\r\n"
    else:
        yield "                                (NOT_STOPPABLE, NOT_PAUSABLE, IGNORES_SHUTDOWN)\r\n"
    yield f"        WIN32_EXIT_CODE    : {exit_code}  ({exit_code:#x})\r\n"
    yield "        SERVICE_EXIT_CODE  : 0  (0x0)\r\n"
    pending = service.state in (State.START_PENDING, State.STOP_PENDING)
    yield "        CHECKPOINT         : 0x0\r\n"
    yield f"        WAIT_HINT          : {'0x7d0' if pending else '0x0'}\r\n"
    if extended:
        yield f"        PID                : {_pid(service)}\r\n"
        yield "        FLAGS              : \r\n"


def _type_name(type_: int) -> str:
    name = TYPES.get(type_ & ~INTERACTIVE, "ERROR ")
    return f"{name}  (interactive)" if type_ & INTERACTIVE else name


def _pid(service: Service) -> int:
    """A number of the process that stays the same from run to run; 0 while stopped."""
    if service.state is State.STOPPED:
        return 0
    return 4 * (300 + sum(ord(letter) * (place + 1) for place, letter in enumerate(service.name.lower())) % 2000)


def _qc(process: Process, words: Sequence[str]) -> int:
    if len(words) != 2:
        process.unknown("sc " + " ".join(words))
        return _usage(process, words)
    service = _open(process, words[1], "OpenService")
    key = f"{SERVICES_KEY}\\{service.name}"
    registry = process.machine.registry
    start = registry.number(key, "Start", Start.DEMAND)
    delayed = "  (DELAYED)" if start == Start.AUTO and registry.number(key, "DelayedAutostart") else ""
    control = registry.number(key, "ErrorControl", 1)
    dependencies = registry.data(key, "DependOnService", ())
    names = list(dependencies) if isinstance(dependencies, tuple) else []
    rows = [
        ("TYPE", f"{service.type:x}  {_type_name(service.type)} "),
        ("START_TYPE", f"{start}   {START_NAMES.get(start, '')}{delayed}"),
        ("ERROR_CONTROL", f"{control}   {ERROR_CONTROLS.get(control, '')}"),
        ("BINARY_PATH_NAME", registry.text(key, "ImagePath") + " "),
        ("LOAD_ORDER_GROUP", registry.text(key, "Group")),
        ("TAG", str(registry.number(key, "Tag"))),
        ("DISPLAY_NAME", registry.text(key, "DisplayName", service.name)),
        *[("DEPENDENCIES" if place == 0 else "", name) for place, name in enumerate(names or [""])],
        ("SERVICE_START_NAME", registry.text(key, "ObjectName")),
    ]
    process.write("[SC] QueryServiceConfig SUCCESS\r\n\r\n" + f"SERVICE_NAME: {words[1]}\r\n")
    process.write("".join(f"        {label:<19}: {data}\r\n" for label, data in rows))
    return 0


def _start(process: Process, words: Sequence[str]) -> int:
    if len(words) != 2:
        process.unknown("sc " + " ".join(words))
        return _usage(process, words)
    service = _open(process, words[1], "StartService: OpenService")
    if service.state is not State.STOPPED:
        raise Refused("StartService", ALREADY_RUNNING)
    if process.machine.services.start_type(service.name) == Start.DISABLED:
        raise Refused("StartService", DISABLED)
    service.state = State.START_PENDING
    process.write("".join(_status(process, service, words[1], extended=True)))
    service.state = State.RUNNING
    return 0


def _stop(process: Process, words: Sequence[str]) -> int:
    if len(words) != 2:
        process.unknown("sc " + " ".join(words))
        return _usage(process, words)
    service = _open(process, words[1], "OpenService")
    if not service.reconfigurable:
        raise Refused("OpenService", ACCESS_DENIED)
    if service.state is State.STOPPED:
        raise Refused("ControlService", NOT_ACTIVE)
    if service.stoppable:
        service.state = State.STOP_PENDING
    process.write("".join(_status(process, service, words[1], extended=False)))
    if service.stoppable:
        service.state = State.STOPPED
    return 0


def _config(process: Process, words: Sequence[str]) -> int:
    """`sc config NAME start= WORD`: the blank behind the equals sign is needed (Microsoft, "sc config", sure)."""
    if len(words) != 4 or words[2].lower() != "start=" or words[3].lower() not in START_WORDS:
        options = {"type=", "error=", "binpath=", "group=", "tag=", "depend=", "obj=", "displayname=", "password="}
        if any(word.lower() in options for word in words[2:]):
            process.unknown("sc " + " ".join(words))
        return _usage(process, words)
    service = _open(process, words[1], "OpenService")
    if not service.reconfigurable:
        # The descriptor of WinDefend grants administrators no change of configuration (rbmm/DisableSvc, likely).
        raise Refused("OpenService", ACCESS_DENIED)
    start, delayed = START_WORDS[words[3].lower()]
    key = f"{SERVICES_KEY}\\{service.name}"
    process.machine.registry.set_dword(key, "Start", start)
    if delayed or process.machine.registry.get(key, "DelayedAutostart") is not None:
        process.machine.registry.set_dword(key, "DelayedAutostart", delayed)
    process.write("[SC] ChangeServiceConfig SUCCESS\r\n")
    return 0
