"""What tamper protection does to a write to the registry.

- Below HKLM\\SOFTWARE\\Microsoft\\Windows Defender every write is refused, to SYSTEM too, `Features\\TamperProtection`
  included: MicrosoftDocs/windows-itpro-docs#6009 and Disassembler0/Win10-Initial-Setup-Script#238 (likely).
- Below the policy key some values are refused with access denied: DisableAntiVirus (clong/DetectionLab#627, a run of
  reg), DisableAntiSpyware and SpyNet\\SpynetReporting (Disassembler0/Win10-Initial-Setup-Script#276) (likely).
- Every other value there is written, and the key can even be deleted whole (clong/DetectionLab#627, likely); where it
  belongs to a protected setting, Defender ignores it (Microsoft, "Protect security settings with tamper protection":
  "changes made to tamper-protected settings might appear to succeed but are actually blocked"; sure). SSLOptions is in
  no list of protected settings (guess: it is obeyed).
"""

from __future__ import annotations

from ...machine.defender import POLICY_KEY, STATE_KEY
from ...machine.model import Machine
from ...machine.registry import Registry

REFUSED_POLICIES = frozenset(
    {
        ("", "disableantispyware"),
        ("", "disableantivirus"),
        ("spynet", "spynetreporting"),
    }
)
"""Subkey of the policy key and value name, in lower case."""


def refuses(machine: Machine, path: str, value: str | None) -> bool:
    """Whether a write is refused; `path` is spelled out and `value` None for a key as a whole."""
    if not machine.defender.tamper_protection:
        return False
    state, policy = (_spelled_out(key) + "\\" for key in (STATE_KEY, POLICY_KEY))
    below = path.lower().rstrip("\\") + "\\"
    if below.startswith(state):
        return True
    if value is None or not below.startswith(policy):
        return False
    return (below[len(policy) :].rstrip("\\"), value.lower()) in REFUSED_POLICIES


def _spelled_out(path: str) -> str:
    return "\\".join(Registry.split(path)).lower()
