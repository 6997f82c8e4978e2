"""Builds a Windows endpoint as its installation left it: healthy, in no company's hands yet.

Building copies a template that is made once for each operating system, so a fleet of hundreds takes no time.
"""

from __future__ import annotations

import datetime as dt
import functools
import random
import uuid
from collections.abc import Sequence

from .accounts import (
    LOCAL_SERVICE_SID,
    NETWORK_SERVICE_SID,
    SYSTEM_SID,
    TRUSTED_INSTALLER_SID,
    WINDEFEND_SID,
    Account,
    Role,
)
from .clean import dotnet, files as clean_files, firewall as clean_firewall, registry as clean_registry
from .clean.services import SERVICES, ServiceRow
from .defender import PLATFORM_DIRECTORY, PROGRAM_DIRECTORY, STATE_KEY, Defender
from .files import FileSystem
from .firewall import rule_version
from .locale import Locale
from .model import Machine, OperatingSystem
from .registry import Key, Registry, ValueType
from .services import SERVICES_KEY, Service, Start

SYSTEMS: dict[str, OperatingSystem] = {
    # With the Defender that came with it; Server 2016, the same build, has a current one.
    "windows_10_1607": OperatingSystem(14393, 6351, "10.0", "Windows 10 Enterprise", "Client", "Enterprise", False),
    "windows_10_22h2": OperatingSystem(19045, 5011, "10.0", "Windows 10 Enterprise", "Client", "Enterprise"),
    # The registry of Windows 11 still says Windows 10 (recalled; the build number tells them apart).
    "windows_11_23h2": OperatingSystem(22631, 4317, "10.0", "Windows 10 Enterprise", "Client", "Enterprise"),
    "windows_server_2016": OperatingSystem(14393, 7428, "10.0", "Windows Server 2016 Standard"),
    "windows_server_2019": OperatingSystem(17763, 6414, "10.0", "Windows Server 2019 Standard"),
    "windows_server_2022": OperatingSystem(),
    "windows_server_2025": OperatingSystem(26100, 2033, "10.0", "Windows Server 2025 Standard"),
}
LOCALES: dict[str, Locale] = {
    "en": Locale(),
    "ja": Locale("ja", 932, 932),
    "ja_english_under_utf8": Locale("ja", 932, 932, english_under_utf8=True),
}
RELEASES = {14393: "1607", 17763: "1809", 19045: "22H2", 20348: "21H2", 22631: "23H2", 26100: "24H2"}
PLATFORMS = ("4.18.1906.3-0", "4.18.2105.5-0", "4.18.2606.5-0", "4.18.24070.5-0", "4.18.25050.5-0")
"""Platform versions that were published, in the order of their parts as numbers (4.18.2606 before 4.18.25050)."""
VERSION_KEY = r"HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion"
GUARDED = frozenset({SYSTEM_SID, TRUSTED_INSTALLER_SID, WINDEFEND_SID})
"""Who may write Defender's own keys: administrators may not (recalled)."""
_MACHINES = uuid.UUID("5c1f6f4e-7d0a-4b8e-9f0b-3f1e6f1d2a90")
_EPOCH = dt.datetime(1601, 1, 1, tzinfo=dt.UTC)


CONTROLLED_PLATFORM = "4.18.26060.3004-0"
"""The first that has controlled configuration. No machine draws it."""


def version_parts(platform: str) -> tuple[int, ...]:
    """The parts of a platform folder's name as numbers: how Windows orders them (`4.18.1906.3-0`)."""
    return tuple(int(part) for part in platform.replace("-", ".").split("."))


def filetime(moment: dt.datetime) -> bytes:
    """A moment as the eight bytes of a FILETIME: 100 ns since 1601, little-endian ([MS-DTYP] 2.3.3)."""
    delta = moment - _EPOCH
    return ((delta.days * 86400 + delta.seconds) * 10_000_000 + delta.microseconds * 10).to_bytes(8, "little")


def default_accounts(name: str, seed: int = 0) -> list[Account]:
    """The accounts of a machine of which nothing else was said: the built-in administrator alone."""
    return [Account("Administrator", "Passw0rd!", Role.ADMINISTRATOR, f"{machine_sid(name, seed)}-500")]


def machine_sid(name: str, seed: int = 0) -> str:
    """The SID that stands before the numbers of a machine's accounts."""
    choose = random.Random(f"sid:{seed}:{name}")  # noqa: S311 - nothing here guards anything
    return "S-1-5-21-" + "-".join(str(choose.randrange(10**9, 4 * 10**9)) for _unused in range(3))


def build(
    name: str,
    *,
    os: OperatingSystem | None = None,
    locale: Locale | None = None,
    seed: int = 0,
    accounts: Sequence[Account] = (),
    platforms: Sequence[str] = (),
    now: dt.datetime | None = None,
) -> Machine:
    """A clean machine. The same arguments give the same machine; `now` (default: the begin of today, UTC) is what
    its last synchronizations are dated before. `platforms` are Defender's installed platform versions in any order
    (default: two that the seed chooses; none on a system whose Defender still lies in Program Files)."""
    os, locale = os or OperatingSystem(), locale or Locale()
    choose = random.Random(f"{seed}:{name}")  # noqa: S311
    drawn = choose.sample(PLATFORMS, 2) if os.platform_updates else []
    picked = tuple(sorted(platforms or drawn, key=version_parts))
    now = now or dt.datetime.now(dt.UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    registry, files, services = _template(os, picked)
    machine = Machine(name, os, locale, registry=registry.copy(), files=files.copy())
    machine.services.running.update(
        {key: Service(s.name, s.state, s.stoppable, s.reconfigurable, s.type) for key, s in services.items()}
    )
    machine.accounts = list(accounts) or default_accounts(name, seed)
    newest = version_parts(picked[-1]) if picked else (4, 10)
    machine.defender = Defender(
        tamper_protection=os.installation_type == "Client" and os.build >= 18362,
        choice=choose.randrange(1000),
        prints_network_info=newest >= version_parts("4.18.24070.5-0"),
    )
    _personalize(machine, now)
    return machine


def _personalize(machine: Machine, now: dt.datetime) -> None:
    """What differs between two machines of the same system: name, language, accounts, dates."""
    registry = machine.registry
    registry.set_text(r"HKLM\SYSTEM\CurrentControlSet\Control\ComputerName\ComputerName", "ComputerName", machine.name)
    registry.set_text(r"HKLM\SYSTEM\CurrentControlSet\Services\Tcpip\Parameters", "Hostname", machine.name.lower())
    # Made when Windows is installed (likely); here it follows from the name.
    guid = str(uuid.uuid5(_MACHINES, machine.name))
    registry.set_text(r"HKLM\SOFTWARE\Microsoft\Cryptography", "MachineGuid", guid)
    code_pages = r"HKLM\SYSTEM\CurrentControlSet\Control\Nls\CodePage"
    registry.set_text(code_pages, "ACP", str(machine.locale.ansi_code_page))
    registry.set_text(code_pages, "OEMCP", str(machine.locale.oem_code_page))
    language = {"ja": "0411"}.get(machine.locale.language, "0409")
    for value in ("Default", "InstallLanguage"):
        registry.set_text(r"HKLM\SYSTEM\CurrentControlSet\Control\Nls\Language", value, language)
    updates = STATE_KEY + r"\Signature Updates"
    registry.set(updates, "SignaturesLastUpdated", ValueType.BINARY, filetime(now - dt.timedelta(hours=7)))
    for value, hours in (("LastSyncTime", 30), ("DisallowedCertLastSyncTime", 9), ("PinRulesLastSyncTime", 30)):
        moment = filetime(now - dt.timedelta(hours=hours))
        registry.set(clean_registry.AUTO_UPDATE_KEY, value, ValueType.BINARY, moment)
    registry.set_dword(STATE_KEY + r"\Features", "TamperProtection", 5 if machine.defender.tamper_protection else 0)
    for sid in (SYSTEM_SID, LOCAL_SERVICE_SID, NETWORK_SERVICE_SID, *(account.sid for account in machine.accounts)):
        _internet_settings(registry, f"HKU\\{sid}")
    system = registry.key(f"HKU\\{SYSTEM_SID}")
    # HKU\.DEFAULT is no hive of its own but another name of SYSTEM's (Microsoft, HKEY_USERS).
    registry.key("HKU").subkeys[".default"] = Key(".DEFAULT", system.values, system.subkeys)
    for account in machine.accounts:
        machine.files.make_directory(f"C:\\Users\\{account.name}\\AppData\\Local\\Temp")
        machine.files.make_directory(f"C:\\Users\\{account.name}\\Desktop")


def _internet_settings(registry: Registry, hive: str) -> None:
    key = f"{hive}\\{clean_registry.INTERNET_SETTINGS}"
    for name, type_, data in clean_registry.ACCOUNT_VALUES:
        registry.set(key, name, type_, data)
    for name in ("DefaultConnectionSettings", "SavedLegacySettings"):
        registry.set(f"{key}\\Connections", name, ValueType.BINARY, clean_registry.CONNECTION_DIRECT)


@functools.cache
def _template(os: OperatingSystem, platforms: tuple[str, ...]) -> tuple[Registry, FileSystem, dict[str, Service]]:
    """What all machines of a system share; nobody may change it."""
    machine = Machine("TEMPLATE", os)
    newest = f"{PLATFORM_DIRECTORY}\\{platforms[-1]}" if platforms else PROGRAM_DIRECTORY
    _registry(machine, newest)
    _files(machine, platforms)
    for row in SERVICES:
        _install(machine, row)
    for name, display_name, program, account in (
        ("WinDefend", "Microsoft Defender Antivirus Service", "MsMpEng.exe", "LocalSystem"),
        ("WdNisSvc", "Microsoft Defender Antivirus Network Inspection Service", "NisSrv.exe",
         r"NT AUTHORITY\LocalService"),
    ):  # fmt: skip
        row = ServiceRow(name, display_name, f'"{newest}\\{program}"', account, type=0x10, stoppable=False)
        if name == "WdNisSvc":
            row = ServiceRow(name, display_name, row.image_path, account, Start.DEMAND, type=0x10, stoppable=False)
        _install(machine, row, guarded=True)
    machine.registry.protect(STATE_KEY, GUARDED)
    return machine.registry, machine.files, machine.services.running


def _install(machine: Machine, row: ServiceRow, guarded: bool = False) -> None:
    service = Service(row.name, row.state, row.stoppable, reconfigurable=not guarded, type=row.type)
    machine.services.install(service, row.image_path, row.start, row.account, row.display_name)
    key = f"{SERVICES_KEY}\\{row.name}"
    machine.registry.set_dword(key, "ErrorControl", 1)
    if row.depends:
        machine.registry.set(key, "DependOnService", ValueType.MULTI_SZ, row.depends)
    if guarded:
        machine.registry.protect(key, GUARDED)


def _registry(machine: Machine, install_location: str) -> None:
    registry, os = machine.registry, machine.os
    for key in clean_registry.KEYS:
        registry.create(key)
    for path, name, type_, data in clean_registry.VALUES:
        registry.set(path, name, type_, data)
    texts = {
        "SystemRoot": r"C:\Windows", "CurrentBuild": str(os.build), "CurrentBuildNumber": str(os.build),
        "CurrentType": "Multiprocessor Free", "CurrentVersion": "6.3", "EditionID": os.edition_id,
        "InstallationType": os.installation_type, "ProductName": os.product_name, "SoftwareType": "System",
        "PathName": r"C:\Windows", "RegisteredOwner": "Windows User", "RegisteredOrganization": "",
        "ReleaseId": "2009" if os.build >= 19042 else RELEASES.get(os.build, "1703"),
    }  # fmt: skip
    if os.build >= 19042:
        texts["DisplayVersion"] = RELEASES.get(os.build, "21H2")
    for name, text in texts.items():
        registry.set_text(VERSION_KEY, name, text)
    for name, number in (("CurrentMajorVersionNumber", 10), ("CurrentMinorVersionNumber", 0), ("UBR", os.revision)):
        registry.set_dword(VERSION_KEY, name, number)
    registry.set_text(STATE_KEY, "InstallLocation", f"{install_location}\\")
    updates = STATE_KEY + r"\Signature Updates"
    for name, text in (
        ("AVSignatureVersion", "1.443.173.0"),
        ("ASSignatureVersion", "1.443.173.0"),
        ("EngineVersion", "1.1.25110.1"),
        ("NISSignatureVersion", "1.443.173.0"),
    ):
        registry.set_text(updates, name, text)
    for profile, values in clean_firewall.PROFILES.items():
        for name, number in values.items():
            registry.set_dword(f"{clean_registry.FIREWALL_KEY}\\{profile}", name, number)
    version = rule_version(os.build)
    for name, rule in clean_firewall.RULES.items():
        text = version + rule.removeprefix("v2.31")
        registry.set_text(f"{clean_registry.FIREWALL_KEY}\\FirewallRules", name, text)
    registry.set(clean_registry.MICROSOFT_ROOT_KEY, "Blob", ValueType.BINARY, b"\x30\x82")
    auto_update = clean_registry.AUTO_UPDATE_KEY
    for name in ("EncodedCtl", "DisallowedCertEncodedCtl", "PinRulesEncodedCtl"):
        # The begin of a signed message: nobody reads further (guess).
        registry.set(auto_update, name, ValueType.BINARY, bytes.fromhex("3082a1b206092a864886f70d010702a082a1a2"))


def _files(machine: Machine, platforms: tuple[str, ...]) -> None:
    files = machine.files
    for directory in clean_files.DIRECTORIES:
        files.make_directory(directory)
    for path, content in clean_files.TEXTS.items():
        files.write(path, content)
    dotnet.install(files, "v4.0.30319")
    for program in clean_files.PROGRAMS:
        files.install(f"{clean_files.SYSTEM32}\\{program}", program.rpartition("\\")[2].partition(".")[0])
    for program, since in clean_files.SILENT_PROGRAMS.items():
        if machine.os.build >= since:
            files.write(f"{clean_files.SYSTEM32}\\{program}", b"MZ")
    for program, since in clean_files.LATER_PROGRAMS.items():
        if machine.os.build >= since:
            files.install(f"{clean_files.SYSTEM32}\\{program}", program.partition(".")[0])
    for folder in (PROGRAM_DIRECTORY, *(f"{PLATFORM_DIRECTORY}\\{platform}" for platform in platforms)):
        files.install(f"{folder}\\MpCmdRun.exe", "mpcmdrun")
        for program in ("MsMpEng.exe", "NisSrv.exe"):
            files.write(f"{folder}\\{program}", b"MZ")
