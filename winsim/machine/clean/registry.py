"""Registry values of a fresh installation, language and edition apart.

Names and data as published captures of `reg query` show them (Windows NT\\CurrentVersion, Internet Settings: likely);
those below Windows Defender are recalled from published scripts and .reg files.
"""

from __future__ import annotations

from ..defender import POLICY_KEY, STATE_KEY
from ..registry import Data, ValueType

D, S, B, X = ValueType.DWORD, ValueType.SZ, ValueType.BINARY, ValueType.EXPAND_SZ

INTERNET_SETTINGS = r"Software\Microsoft\Windows\CurrentVersion\Internet Settings"
MACHINE_INTERNET_SETTINGS = r"HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Internet Settings"
AUTO_UPDATE_KEY = r"HKLM\SOFTWARE\Microsoft\SystemCertificates\AuthRoot\AutoUpdate"
AUTH_ROOT_POLICY_KEY = r"HKLM\SOFTWARE\Policies\Microsoft\SystemCertificates\AuthRoot"
MICROSOFT_ROOT_KEY = (
    r"HKLM\SOFTWARE\Microsoft\SystemCertificates\ROOT\Certificates\8F43288AD272F3103B6FB1428485EA3014C0BCFE"
)
"""Microsoft Root Certificate Authority 2011, which comes with Windows; a key is named after its SHA-1 (recalled)."""
FIREWALL_KEY = r"HKLM\SYSTEM\CurrentControlSet\Services\SharedAccess\Parameters\FirewallPolicy"
FIREWALL_POLICY_KEY = r"HKLM\SOFTWARE\Policies\Microsoft\WindowsFirewall"
ACCOUNT_POLICIES = r"Software\Microsoft\Windows\CurrentVersion\Policies\System"
"""Below an account's hive; DisableRegistryTools there keeps it from the registry, reg.exe too (a published report shows
what reg says then: likely)."""
COMMAND_PROCESSOR = r"Software\Microsoft\Command Processor"
"""Below HKLM and an account's hive; AutoRun there is what cmd.exe runs when it starts (cmd /?: sure)."""
WINRM_POLICY_KEY = r"HKLM\SOFTWARE\Policies\Microsoft\Windows\WinRM\Service\WinRS"

# 56 bytes: version 0x46, counter, flags 1 (direct), three empty strings, 32 bytes of padding (published .reg files).
CONNECTION_DIRECT = bytes.fromhex("46000000 02000000 01000000") + bytes(44)

KEYS = (
    POLICY_KEY,
    # Of the 32-bit view, what is there wherever 32-bit programs can run (recalled).
    r"HKLM\SOFTWARE\WOW6432Node\Microsoft\Windows\CurrentVersion\Internet Settings",
    r"HKLM\SOFTWARE\Policies\Microsoft\Windows\WindowsUpdate",
    r"HKLM\SOFTWARE\Policies\Microsoft\SystemCertificates\AuthRoot\Certificates",
    r"HKLM\SOFTWARE\Microsoft\SystemCertificates\AuthRoot\Certificates",
    r"HKLM\SOFTWARE\Microsoft\SystemCertificates\ROOT\Certificates",
    r"HKLM\SYSTEM\CurrentControlSet\Services\LanmanServer\Shares\Security",
    STATE_KEY + r"\Exclusions\Extensions",
    STATE_KEY + r"\Exclusions\Paths",
    STATE_KEY + r"\Exclusions\Processes",
    STATE_KEY + r"\Policy Manager",
    STATE_KEY + r"\Quarantine",
    STATE_KEY + r"\Scan",
    STATE_KEY + r"\Threats",
)

VALUES: tuple[tuple[str, str, ValueType, Data], ...] = (
    (STATE_KEY, "DisableAntiSpyware", D, 0),
    (STATE_KEY, "DisableAntiVirus", D, 0),
    (STATE_KEY, "IsServiceRunning", D, 1),
    (STATE_KEY, "PassiveMode", D, 0),
    (STATE_KEY, "ProductAppDataPath", S, r"C:\ProgramData\Microsoft\Windows Defender"),
    (STATE_KEY, "ProductIcon", S, r"@C:\Program Files\Windows Defender\EppManifest.dll,-100"),
    (STATE_KEY, "ProductLocalizedName", S, r"@C:\Program Files\Windows Defender\EppManifest.dll,-1000"),
    (STATE_KEY, "ProductStatus", D, 0),
    (STATE_KEY, "ProductType", D, 2),
    (STATE_KEY, "PUAProtection", D, 0),
    (STATE_KEY, "RemediationExe", S, "windowsdefender://"),
    (STATE_KEY + r"\Features", "TamperProtectionSource", D, 2),
    (STATE_KEY + r"\Features", "MpCapability", B, bytes.fromhex("ff00000000000000")),
    (STATE_KEY + r"\Features", "MpPlatformKillbitsFromEngine", B, bytes(8)),
    (STATE_KEY + r"\Real-Time Protection", "DisableRealtimeMonitoring", D, 0),
    (STATE_KEY + r"\Spynet", "SpyNetReporting", D, 2),
    (STATE_KEY + r"\Spynet", "SubmitSamplesConsent", D, 1),
    (STATE_KEY + r"\UX Configuration", "UILockdown", D, 0),
    (MACHINE_INTERNET_SETTINGS, "ActiveXCache", S, r"C:\Windows\Downloaded Program Files"),
    (MACHINE_INTERNET_SETTINGS, "CodeBaseSearchPath", S, "CODEBASE"),
    (MACHINE_INTERNET_SETTINGS, "EnablePunycode", D, 1),
    (MACHINE_INTERNET_SETTINGS, "MinorVersion", S, "0"),
    (MACHINE_INTERNET_SETTINGS, "WarnOnIntranet", D, 1),
    (r"HKLM\SYSTEM\CurrentControlSet\Control\FileSystem", "LongPathsEnabled", D, 0),
    (
        r"HKLM\SYSTEM\CurrentControlSet\Control\Session Manager\Environment",
        "ComSpec",
        X,
        r"%SystemRoot%\system32\cmd.exe",
    ),
    (r"HKLM\SYSTEM\CurrentControlSet\Control\Session Manager\Environment", "OS", S, "Windows_NT"),
    (r"HKLM\SYSTEM\CurrentControlSet\Control\Session Manager\Environment", "PROCESSOR_ARCHITECTURE", S, "AMD64"),
    (r"HKLM\SYSTEM\CurrentControlSet\Control\Session Manager\Environment", "windir", X, "%SystemRoot%"),
    (r"HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Policies\System", "EnableLUA", D, 1),
    (
        r"HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\WINEVT\Channels\Microsoft-Windows-CAPI2/Operational",
        "Enabled",
        D,
        0,
    ),
)

ACCOUNT_VALUES: tuple[tuple[str, ValueType, Data], ...] = (
    ("CertificateRevocation", D, 1),
    ("EnableNegotiate", D, 1),
    ("IE5_UA_Backup_Flag", S, "5.0"),
    ("MigrateProxy", D, 1),
    ("ProxyEnable", D, 0),
    ("SecureProtocols", D, 0x2A80),
    ("User Agent", S, "Mozilla/4.0 (compatible; MSIE 8.0; Win32)"),
)
"""The Internet settings of every account whose profile is loaded."""
