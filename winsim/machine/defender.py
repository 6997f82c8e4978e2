"""What of Microsoft Defender is neither in the registry, nor a service, nor a file."""

from __future__ import annotations

from dataclasses import dataclass

POLICY_KEY = r"HKLM\SOFTWARE\Policies\Microsoft\Windows Defender"
MANAGER_KEY = POLICY_KEY + r"\Policy Manager"
STATE_KEY = r"HKLM\SOFTWARE\Microsoft\Windows Defender"
PLATFORM_DIRECTORY = r"C:\ProgramData\Microsoft\Windows Defender\Platform"
PROGRAM_DIRECTORY = r"C:\Program Files\Windows Defender"


@dataclass
class Defender:
    """Facts of the product that decide what it prints, and the choices that the sources leave open."""

    tamper_protection: bool = False
    """On: writes to the protected keys are refused, whoever writes."""
    controlled_configuration: bool = False
    """On: the policy key and the product's own are written and ignored; Policy Manager and defaults count (Microsoft
    Learn, secure-controlled-configuration: sure)."""
    validation_seconds: float = 0.0
    """How long MpCmdRun -ValidateMapsConnection takes."""
    choice: int = 0
    """Which of the codes that the model allows for a broken condition this machine shows (modulo their number)."""
    prints_network_info: bool = False
    """Newer platforms print an MpCmdRunShowNetworkInfo() block first."""
    last_maps_success: str = ""
    """Localized date and time, empty: never."""
    offered_signatures: str = ""
    """Version of the signatures that the update servers hold; empty: what this machine already has."""
    keeps_record: bool = False
    """The service tries MAPS by itself, and writes when it succeeded and failed, as Defender does; off, a machine stays
    as it was made, so what a run changed is seen."""
    event_seconds: float = 0.0
    """How long after a detection its event 1116 is written."""
    action_seconds: float = 0.0
    """How long after the event 1116 that of the action (1117) is: 9 to 10 s in published pairs (likely)."""
