"""The state of one running cmd.exe."""

from __future__ import annotations

import zlib
from dataclasses import dataclass, field

from ...machine.accounts import Token
from ...machine.files import FileSystem
from ...machine.model import Machine
from ..environment import Environment
from ..process import Process
from . import expansion, paths


class Leave(Exception):
    """`exit`: this cmd.exe ends."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


class LeaveBatch(Exception):
    """`exit /b`: the batch file or the called label ends."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


class Jump(Exception):
    """`goto`: the batch file goes on elsewhere, whatever blocks it was in."""


@dataclass
class Batch:
    """A batch file, or a called label of one, being run."""

    arguments: expansion.Arguments
    lines: list[str]
    position: int = 0
    saved: list[tuple[Environment, str, bool]] = field(default_factory=list)
    """What `setlocal` put aside: environment, directory, delayed expansion."""

    @property
    def is_cmd(self) -> bool:
        """Whether it is named `.cmd`: there some commands clear the errorlevel that they keep elsewhere."""
        return self.arguments.path.lower().endswith(".cmd")


@dataclass
class Shell:
    """What commands of one cmd.exe share. `process` carries the current standard handles."""

    process: Process
    environment: Environment
    directory: str
    errorlevel: int = 0
    echo: bool = True
    delayed: bool = False
    command_line: str = ""
    batch: Batch | None = None
    variables: dict[str, str] = field(default_factory=dict)
    """Loop variables by their letter."""
    pushed: list[str] = field(default_factory=list)
    writing: set[str] = field(default_factory=set)
    """Lower-case paths that redirections hold open."""
    depth: int = 0
    random: int = 0
    """How many random numbers were asked for; the next follows from it, the machine and its clock."""

    @property
    def machine(self) -> Machine:
        return self.process.machine

    @property
    def files(self) -> FileSystem:
        return self.process.machine.files

    @property
    def token(self) -> Token:
        return self.process.token

    def child(self, process: Process | None = None) -> Shell:
        """A cmd.exe started by this one: same environment and directory, changes stay its own."""
        return Shell(
            process or self.process,
            Environment.of(self.environment),
            self.directory,
            errorlevel=0,
            echo=self.echo,
            writing=self.writing,
            depth=self.depth + 1,
        )

    def program_process(self) -> Process:
        """What a program that is started here gets."""
        return self.process.but(environment=Environment.of(self.environment), directory=self.directory)

    def path(self, name: str) -> str:
        """The full path of a name as given, quotes removed."""
        return FileSystem.normal(name.replace('"', ""), self.directory)

    def shown(self, path: str) -> str:
        """A full path as Windows writes it: a drive's root keeps its backslash."""
        return path + "\\" if len(path) == 2 else path

    def fail(self, key: str, code: int = 1, **values: object) -> int:
        """Writes the message `cmd.key` to standard error and returns `code`."""
        self.process.write_error(self.process.message(f"cmd.{key}", **values))
        return code

    # Expansion

    def lookup(self, name: str) -> str | None:
        """The value of a variable, the dynamic ones included; None where it is undefined."""
        value = self.environment.get(name.upper())
        return value if value is not None else self._dynamic(name.upper())

    def _dynamic(self, name: str) -> str | None:
        now = self.machine.now()
        if name == "ERRORLEVEL":
            return str(self.errorlevel)
        if name == "CD":
            return self.shown(self.directory)
        if name == "DATE":
            return now.strftime("%Y/%m/%d" if self.machine.locale.language == "ja" else "%a %m/%d/%Y")
        if name == "TIME":
            return f"{now.hour:2d}:{now:%M:%S}.{now.microsecond // 10000:02d}"
        if name == "RANDOM":
            self.random += 1
            seed = f"{self.machine.name} {len(self.machine.log)} {self.depth} {self.random} {now.isoformat()}"
            return str(zlib.crc32(seed.encode()) & 0x7FFF)
        if name == "CMDCMDLINE":
            return self.command_line
        return "2" if name == "CMDEXTVERSION" else None

    def modify(self, value: str, modifiers: str) -> str:
        """A loop variable or batch argument under its modifiers (`%~dpi`)."""
        return paths.modified(self, value, modifiers)

    def percent(self, line: str) -> str:
        """A line with its percent signs expanded as this context does it."""
        if self.batch is None:
            return expansion.on_command_line(line, self.lookup)
        return expansion.in_batch(line, self.lookup, self.batch.arguments, self.modify)

    def loop(self, text: str) -> str:
        """Text with loop variables expanded, then delayed ones where that is on."""
        text = expansion.loop_variables(text, self.variables, self.modify)
        return expansion.delayed(text, self.lookup) if self.delayed else text

    def prompt(self) -> str:
        """What stands before an echoed command; knows `$P`, `$G` and plain text."""
        text = self.environment.get("PROMPT", "$P$G")
        return (
            text.replace("$P", self.shown(self.directory))
            .replace("$p", self.shown(self.directory))
            .replace("$G", ">")
            .replace("$g", ">")
        )
