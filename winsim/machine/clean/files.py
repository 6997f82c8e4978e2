"""Directories and programs of a fresh installation."""

from __future__ import annotations

SYSTEM32 = r"C:\Windows\System32"

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
    r"C:\Windows\System32\wbem",
    r"C:\Windows\System32\winevt\Logs",
    r"C:\Windows\System32\WindowsPowerShell\v1.0",
    r"C:\Windows\SysWOW64",
    r"C:\Windows\SystemTemp",
    r"C:\Windows\Temp",
)

PROGRAMS = (
    "cacls.exe", "certutil.exe", "cmd.exe", "fc.exe", "find.exe", "findstr.exe", "hostname.exe", "icacls.exe",
    "more.com", "net.exe", "netsh.exe", "ping.exe", "reg.exe", "sc.exe", "schtasks.exe", "sort.exe", "timeout.exe",
    "wevtutil.exe", "where.exe", "whoami.exe", r"WindowsPowerShell\v1.0\powershell.exe",
)  # fmt: skip
"""Programs of System32 that winsim runs; each is the tool of that name."""

SILENT_PROGRAMS = {
    **dict.fromkeys((
        "arp.exe", "attrib.exe", "auditpol.exe", "bcdedit.exe", "bitsadmin.exe", "chcp.com", "cipher.exe", "cmdkey.exe",
        "comp.exe", "compact.exe", "cscript.exe", "diskpart.exe", "dism.exe", "driverquery.exe", "expand.exe",
        "forfiles.exe", "fsutil.exe", "getmac.exe", "gpresult.exe", "gpupdate.exe", "ipconfig.exe", "logman.exe",
        "makecab.exe", "manage-bde.exe", "mode.com", "mountvol.exe", "msiexec.exe", "net1.exe", "netstat.exe",
        "nltest.exe", "nslookup.exe", "openfiles.exe", "pathping.exe", "pnputil.exe", "powercfg.exe", "qprocess.exe",
        "query.exe", "quser.exe", "regsvr32.exe", "robocopy.exe", "route.exe", "rundll32.exe", "secedit.exe",
        "setx.exe", "sfc.exe", "shutdown.exe", "subst.exe", "systeminfo.exe", "takeown.exe", "taskkill.exe",
        "tasklist.exe", "tracert.exe", "typeperf.exe", "tzutil.exe", "vssadmin.exe", "w32tm.exe", "waitfor.exe",
        "wecutil.exe", "winrs.exe", "wscript.exe", "wusa.exe", "xcopy.exe", r"wbem\wmic.exe",
    ), 0),
}  # fmt: skip
"""Programs that exist but that winsim does not run from their file, and the build from which Windows carries them
(recalled; wmic is missing from some installations of Windows 11). One that is not here is "not recognized"."""

LATER_PROGRAMS = {"curl.exe": 17063, "tar.exe": 17063}
"""Programs that winsim runs, and the build from which Windows carries them (recalled, insider build 17063)."""

TEXTS = {
    r"C:\Windows\System32\drivers\etc\hosts": b"# localhost name resolution is handled within DNS itself.\r\n",
}
