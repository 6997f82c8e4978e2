"""A WinRS session of an account: its environment, and its first process."""

from __future__ import annotations

from ..machine.accounts import SYSTEM_SID, Token
from ..machine.model import Machine
from .environment import Environment
from .process import Console, Due, Input, Process, Sink

SYSTEM_PROFILE = r"C:\Windows\system32\config\systemprofile"


def profile(token: Token) -> str:
    """The profile directory of an account."""
    return SYSTEM_PROFILE if token.sid == SYSTEM_SID else "C:\\Users\\" + token.name.rpartition("\\")[2]


def environment(machine: Machine, token: Token, extra: dict[str, str] | None = None) -> Environment:
    """The environment of a WinRS session as pypsrp's recording test_winrs_environment shows it, Server 2016 (likely);
    `extra` is what the client gave when it opened the shell."""
    domain, _unused, user = token.name.rpartition("\\")
    home = profile(token)
    temp = r"C:\Windows\TEMP" if token.sid == SYSTEM_SID else home + r"\AppData\Local\Temp"
    values = {
        "ALLUSERSPROFILE": r"C:\ProgramData",
        "APPDATA": home + r"\AppData\Roaming",
        "CommonProgramFiles": r"C:\Program Files\Common Files",
        "CommonProgramFiles(x86)": r"C:\Program Files (x86)\Common Files",
        "CommonProgramW6432": r"C:\Program Files\Common Files",
        "COMPUTERNAME": machine.name.upper(),
        "ComSpec": r"C:\Windows\system32\cmd.exe",
        "LOCALAPPDATA": home + r"\AppData\Local",
        "NUMBER_OF_PROCESSORS": "2",
        "OS": "Windows_NT",
        "Path": ";".join(
            (
                r"C:\Windows\system32",
                r"C:\Windows",
                r"C:\Windows\System32\Wbem",
                r"C:\Windows\System32\WindowsPowerShell\v1.0" + "\\",
                home + r"\AppData\Local\Microsoft\WindowsApps",
            )
        ),
        "PATHEXT": ".COM;.EXE;.BAT;.CMD;.VBS;.VBE;.JS;.JSE;.WSF;.WSH;.MSC",
        "PROCESSOR_ARCHITECTURE": "AMD64",
        "ProgramData": r"C:\ProgramData",
        "ProgramFiles": r"C:\Program Files",
        "ProgramFiles(x86)": r"C:\Program Files (x86)",
        "ProgramW6432": r"C:\Program Files",
        "PSModulePath": r"%ProgramFiles%\WindowsPowerShell\Modules;"
        r"C:\Windows\system32\WindowsPowerShell\v1.0\Modules",
        "PUBLIC": r"C:\Users\Public",
        "SystemDrive": "C:",
        "SystemRoot": r"C:\Windows",
        "TEMP": temp,
        "TMP": temp,
        "USERDOMAIN": domain,
        "USERNAME": machine.name.upper() + "$" if token.sid == SYSTEM_SID else user,
        "USERPROFILE": home,
        "windir": r"C:\Windows",
    }
    upper = {name.upper() for name in extra or {}}
    return Environment({n: v for n, v in values.items() if n.upper() not in upper} | (extra or {}))


def start_directory(machine: Machine, token: Token) -> str:
    """Where a session starts: the profile, or the drive's root where the machine has no such directory."""
    home = profile(token)
    return home if machine.files.is_directory(home) else "C:\\"


def process(
    machine: Machine, token: Token, console: Console, stdin: Input, stdout: Sink, stderr: Sink, start_due: Due
) -> Process:
    """A first process of a session."""
    return Process(
        machine,
        token,
        console,
        stdin,
        stdout,
        stderr,
        environment(machine, token),
        start_directory(machine, token),
        start_due,
    )
