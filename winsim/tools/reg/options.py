"""What stands on a reg command line: the key, the switches, and how they can be wrong."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from ...machine.accounts import SYSTEM_SID
from ...machine.registry import HIVES, Key, KeyMissing
from ..process import Process


class Failure(Exception):
    """Ends the tool with a text of its message table on standard error and exit code 1."""

    def __init__(self, key: str, **values: object) -> None:
        super().__init__(key)
        self.key = key
        self.values = values


SHORT = {**HIVES, "hkcu": "HKEY_CURRENT_USER"}
LONG = {name.lower(): name for name in SHORT.values()}
USERS = HIVES["hku"]
SERVICE_PROFILES = ("S-1-5-18", "S-1-5-19", "S-1-5-20")


@dataclass(frozen=True)
class KeyName:
    """A key as it was named on the command line."""

    shown: str
    """With the hive spelled out and the rest in the case that was typed: so reg prints it."""
    path: str
    """Where it lies in the registry: `HKCU` is the caller's own hive below `HKU`."""

    @property
    def parts(self) -> list[str]:
        return self.path.split("\\")


def key_name(process: Process, text: str) -> KeyName:
    """The key that `text` names. Raises Failure for a name that reg refuses.

    One backslash at the end is allowed below a hive, none behind a bare hive and none in front (Wine's tests, sure).
    A name that begins with two names another machine, which winsim does not have.
    """
    if text.startswith("\\\\"):
        process.unknown(f"reg: key of another machine {text}")
        raise Failure("network_path")
    hive, separator, rest = text.partition("\\")
    name = SHORT.get(hive.lower()) or LONG.get(hive.lower())
    bare_with_backslash = bool(separator) and not rest
    if name is None or bare_with_backslash or rest.endswith("\\\\") or rest.startswith("\\"):
        raise Failure("invalid_key")
    rest = rest.rstrip("\\")
    shown = f"{name}\\{rest}" if rest else name
    if name == SHORT["hkcu"]:
        below = "\\" + rest if rest else ""
        return KeyName(shown, f"{USERS}\\{process.token.sid}{below}")
    first, _unused, below = rest.partition("\\")
    if name == USERS and first.lower() == ".default":
        # .DEFAULT and the hive of SYSTEM are one (Microsoft, "HKEY_USERS"; likely).
        return KeyName(shown, f"{USERS}\\{SERVICE_PROFILES[0]}" + (f"\\{below}" if below else ""))
    return KeyName(shown, shown)


def readable_key(process: Process, name: KeyName, view: int) -> Key:
    """The key to read. Raises Failure where there is none, or where the caller may not look.

    The hives of other accounts open to elevated callers alone; `reg query HKU\\S-1-5-19` is the usual test of
    elevation in batch files (sure).
    """
    parts = name.parts
    own = process.token.sid
    if parts[0] == USERS and len(parts) > 1 and not process.token.elevated and parts[1].lower() != own.lower():
        known = parts[1].upper() in SERVICE_PROFILES or process.machine.registry.exists("\\".join(parts[:2]))
        raise Failure("denied" if known else "missing")
    try:
        key = process.machine.registry.key(name.path, view)
    except KeyMissing:
        raise Failure("missing") from None
    if own != SYSTEM_SID and process.machine.registry.is_denied(name.path, view):
        raise Failure("denied")
    return key


@dataclass
class Options:
    """The switches of one command line; a switch without argument maps to the empty string."""

    key: str
    given: dict[str, str] = field(default_factory=dict)

    def __contains__(self, name: str) -> bool:
        return name in self.given

    def get(self, name: str, default: str | None = None) -> str | None:
        return self.given.get(name, default)

    @property
    def view(self) -> int:
        return 32 if self.given.get("reg") == "32" else 64


def parse(
    process: Process,
    operation: str,
    words: Sequence[str],
    switches: Mapping[str, bool],
    unsimulated: Sequence[str] = (),
) -> Options:
    """Reads `KEY [switch [argument]]...`; `switches` says of each whether it takes an argument.

    Raises Failure("invalid_syntax") for a switch that reg does not have, one given twice, or a missing argument (all
    of that: Wine's tests, sure). A switch that reg has and winsim has not is noted as unknown as well.
    """
    if not words:
        raise Failure("invalid_syntax")
    if words[0].lower() in ("/?", "-?", "/h", "-h"):
        process.unknown(f"reg {operation} {words[0]}")
        raise Failure("invalid_syntax")
    options = Options(words[0])
    rest = list(words[1:])
    while rest:
        word = rest.pop(0)
        name = word[1:].lower()
        if word[:1] not in ("/", "-"):
            raise Failure("invalid_syntax")
        if name in ("reg:32", "reg:64"):
            name, argument = "reg", name[4:]
        elif name in unsimulated:
            process.unknown(f"reg {operation} {word}")
            raise Failure("invalid_syntax")
        elif name not in switches:
            raise Failure("invalid_syntax")
        elif switches[name]:
            if not rest:
                raise Failure("invalid_syntax")
            argument = rest.pop(0)
        else:
            argument = ""
        if name in options:
            raise Failure("invalid_syntax")
        options.given[name] = argument
    return options


def ask(process: Process, operation: str, question: str) -> bool:
    """Asks (Yes/No) on the console until the answer is one.

    Input that ends without an answer counts as no (guess); over WinRM that means a command line without `/f`, so it
    is noted as unknown.
    """
    lines = iter(process.stdin.read().splitlines())
    while True:
        process.write(question)
        answer = next(lines, None)
        if answer is None:
            process.unknown(f"reg {operation}: a question that nobody answers")
            return False
        word = answer.decode("ascii", "replace").strip().lower()
        if word in ("y", "yes", "n", "no"):
            return word.startswith("y")
