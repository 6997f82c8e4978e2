"""Directories and programs of a fresh installation."""

from __future__ import annotations

SYSTEM32 = r"C:\Windows\System32"

POWERSHELL = r"C:\Windows\System32\WindowsPowerShell\v1.0\powershell.exe"

DIRECTORIES = (
    r"C:\PerfLogs",
    r"C:\Program Files\Common Files",
    r"C:\Program Files (x86)",
    r"C:\ProgramData\Microsoft\Windows Defender\Definition Updates",
    r"C:\ProgramData\Microsoft\Windows Defender\Quarantine",
    r"C:\ProgramData\Microsoft\Windows Defender\Scans",
    r"C:\ProgramData\Microsoft\Windows Defender\Support",
    r"C:\Users\Public",
    r"C:\Users\Default",
    r"C:\Windows\Logs",
    r"C:\Windows\ServiceProfiles\LocalService\AppData\Local\Temp",
    r"C:\Windows\ServiceProfiles\NetworkService\AppData\Local\Temp",
    r"C:\Windows\System32\Tasks\Microsoft\Windows",
    r"C:\Windows\System32\config\systemprofile\AppData\Local\Temp",
    r"C:\Windows\System32\drivers\etc",
    r"C:\Windows\System32\winevt\Logs",
    r"C:\Windows\System32\WindowsPowerShell\v1.0",
    r"C:\Windows\SysWOW64",
    r"C:\Windows\SystemTemp",
    r"C:\Windows\Temp",
)

PROGRAMS = (
    "cacls.exe", "certutil.exe", "cmd.exe", "fc.exe", "find.exe", "findstr.exe", "hostname.exe", "icacls.exe",
    "more.com", "net.exe", "netsh.exe", "ping.exe", "reg.exe", "sc.exe", "schtasks.exe", "sort.exe", "timeout.exe",
    "wevtutil.exe", "where.exe", "whoami.exe",
)  # fmt: skip
"""Programs of System32 that winsim runs; each is the tool of that name."""

SILENT_PROGRAMS = {
    "attrib.exe": 0, "chcp.com": 0, "systeminfo.exe": 0, "takeown.exe": 0,
    "tasklist.exe": 0, "w32tm.exe": 0, r"WindowsPowerShell\v1.0\powershell.exe": 0,
}  # fmt: skip
"""Programs that exist but that winsim does not run from their file, and the build from which Windows carries them."""

LATER_PROGRAMS = {"curl.exe": 17063, "tar.exe": 17063}
"""Programs that winsim runs, and the build from which Windows carries them (recalled, insider build 17063)."""

TEXTS = {
    r"C:\Windows\System32\drivers\etc\hosts": b"# localhost name resolution is handled within DNS itself.\r\n",
}
