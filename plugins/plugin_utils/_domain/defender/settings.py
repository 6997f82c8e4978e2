"""Defender's product state and settings as stored: versions, protection, and which author's key holds which setting.

Microsoft's page "Troubleshoot Microsoft Defender Antivirus settings" (sure): the policy key is written by group policy,
Configuration Manager and Defender for Endpoint's own settings management, the key Policy Manager below it by Intune,
the product's own key by local tools; in general the first goes before the second and that before the third. Who wrote
a policy value cannot be told from it. Stored is not effective: what Defender makes of values that differ is not told.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from ..._windows import filetime, registry
from ..._windows.cmdline import Outcome
from ..operation import Answer, Ask, Fact, Fields, Operation, erase, facts, understood, was_found
from ..proxy import STORES, Stores
from . import product as defender_product
from .product import DEFENDER, SYSTEM, Defender, System
from .spynet import FEATURES, number

MANAGER = defender_product.POLICY + r"\Policy Manager"
UPDATES = defender_product.STATE + r"\Signature Updates"
ATP_POLICY = r"HKLM\SOFTWARE\Policies\Microsoft\Windows Advanced Threat Protection"
FOLDERS = ("Spynet", "MpEngine", "Real-Time Protection")
TAMPER = {5: True, 4: False, 0: False}
"""Features, TamperProtection (recalled)."""


@dataclass(frozen=True)
class Setting:
    """A setting and the names it has with its three authors."""

    folder: str
    """Below the policy key and below the product's own."""
    value: str
    manager: str
    """The name below Policy Manager."""
    words: Mapping[int, str]
    inverted: bool = False
    """Policy Manager says Allow where the others say Disable."""


SETTINGS: Mapping[str, Setting] = {
    # Names: likely (a published script reads both); words of MpCloudBlockLevel: recalled; see docs/evidence.md.
    "maps_membership": Setting(
        "Spynet", "SpynetReporting", "AllowCloudProtection", {0: "off", 1: "basic", 2: "advanced"}
    ),
    "sample_consent": Setting(
        "Spynet",
        "SubmitSamplesConsent",
        "SubmitSamplesConsent",
        {0: "always_prompt", 1: "safe_samples", 2: "never", 3: "all_samples"},
    ),
    "cloud_block_level": Setting(
        "MpEngine",
        "MpCloudBlockLevel",
        "CloudBlockLevel",
        {0: "default", 1: "moderate", 2: "high", 4: "high_plus", 6: "zero_tolerance"},
    ),
    "cloud_extended_timeout": Setting("MpEngine", "MpBafsExtendedTimeout", "CloudExtendedTimeout", {}),
    "real_time_monitoring_disabled": Setting(
        "Real-Time Protection",
        "DisableRealtimeMonitoring",
        "AllowRealtimeMonitoring",
        {0: "no", 1: "yes"},
        inverted=True,
    ),
}


@dataclass(frozen=True)
class Stored:
    """What is stored for a setting; None: absent there. `value` is what goes first in Microsoft's general order."""

    value: int | None
    meaning: str
    """A word for the value; empty where it is absent or is a quantity; `unknown` for a number without a word."""
    source: str
    """`policy`, `policy_manager`, `own`, or `none`."""
    policy: int | None
    policy_manager: int | None
    own: int | None
    conflict: bool
    """Policy and Policy Manager hold different values."""


@dataclass(frozen=True)
class Signatures:
    """Versions as stored; None: not stored, so not known."""

    engine: str | None
    antivirus: str | None
    antispyware: str | None
    network_inspection: str | None
    updated: dt.datetime | None
    """When they were updated last."""

    def shown(self, now: float) -> dict[str, Any]:
        """As results show them; `now` is POSIX time by the host's clock."""
        updated = self.updated
        return {
            **vars(self),
            "updated": updated.isoformat(timespec="seconds").replace("+00:00", "Z") if updated else None,
            "age_hours": filetime.hours_since(updated, now),
        }


def _signatures(outcome: Outcome) -> Signatures:

    def data(name: str) -> Any:
        value = registry.value(outcome.output, name) if was_found(outcome) else None
        return None if value is None else value.data

    def text(name: str) -> str | None:
        value = data(name)
        return value if isinstance(value, str) and value else None

    raw = data("SignaturesLastUpdated")
    return Signatures(
        text("EngineVersion"),
        text("AVSignatureVersion"),
        text("ASSignatureVersion"),
        text("NISSignatureVersion"),
        filetime.decode(raw) if isinstance(raw, bytes) else None,
    )


SIGNATURES: Final = Fact.of("state.updates", registry.query(UPDATES), _signatures)
"""The versions."""


def read_setting(setting: Setting, outcomes: Mapping[str, Outcome]) -> Stored:
    """What the three authors stored for a setting."""
    policy = number(outcomes[f"state.policy.{setting.folder}"], setting.value)
    own = number(outcomes[f"state.own.{setting.folder}"], setting.value)
    manager = number(outcomes["state.manager"], setting.manager)
    if setting.inverted and manager is not None:
        manager = int(not manager)
    values = {"policy": policy, "policy_manager": manager, "own": own}
    source = next((name for name, value in values.items() if value is not None), "none")
    value = values.get(source)
    meaning = setting.words.get(value, "unknown") if value is not None and setting.words else ""
    return Stored(value, meaning, source, policy, manager, own, None not in (policy, manager) and policy != manager)


@dataclass(frozen=True)
class State:
    """What is stored, as `shown` shows it."""

    system: System
    product: Defender
    proxy: Stores
    settings: Mapping[str, Stored]
    tamper: int | None
    tamper_source: int | None
    forced_passive_mode: int | None
    signatures: Signatures


def _parse(outcomes: Mapping[str, Outcome]) -> State:
    return State(
        product=DEFENDER.parse(outcomes),
        proxy=STORES.parse(outcomes),
        settings={name: read_setting(setting, outcomes) for name, setting in SETTINGS.items()},
        tamper=number(outcomes["state.features"], "TamperProtection"),
        system=SYSTEM.parse(outcomes),
        forced_passive_mode=number(outcomes["state.passive"], "ForceDefenderPassiveMode"),
        signatures=SIGNATURES.parse(outcomes),
        tamper_source=number(outcomes["state.features"], "TamperProtectionSource"),
    )


STATE: Final = Fact(
    {
        **SYSTEM.commands,
        **DEFENDER.commands,
        **STORES.commands,
        **SIGNATURES.commands,
        **{
            f"state.{author}.{folder}": registry.query(f"{key}\\{folder}")
            for author, key in (("policy", defender_product.POLICY), ("own", defender_product.STATE))
            for folder in FOLDERS
        },
        "state.manager": registry.query(MANAGER),
        "state.features": registry.query(FEATURES),
        "state.passive": registry.query(ATP_POLICY, "ForceDefenderPassiveMode"),
    },
    _parse,
)
"""Everything here, in one line."""


def interpret(answer: Answer, now: float) -> dict[str, Any]:
    """The structured result; `now` is the controller's POSIX time."""
    skew = answer.clock_skew
    state, unread = understood(answer.outcomes, STATE)
    result = shown(state, now + (skew or 0.0))
    result["clock_skew"] = skew
    result["unknown"] = facts(unread, DECIDES)
    erase(result, result["unknown"])
    if "proxy.blob" in unread:
        result["proxy"]["winhttp"]["problem"] = unread["proxy.blob"]
    return result


def shown(state: State, clock: float) -> dict[str, Any]:
    """The state as results show it; `clock` is the host's POSIX time."""
    product, stores, settings, tamper = state.product, state.proxy, state.settings, state.tamper
    return {
        "system": {**vars(state.system)},
        "product": {
            **{name: value for name, value in vars(product).items() if not name.startswith("proxy_")},
            "running": product.running,
            "applicable": product.applicable,
            "forced_passive_mode": state.forced_passive_mode,
        },
        "signatures": state.signatures.shown(clock),
        "real_time_protection": _protects(product, settings["real_time_monitoring_disabled"]),
        "tamper_protection": {
            "enabled": TAMPER.get(tamper) if tamper is not None else None,
            "stored": tamper,
            "source": state.tamper_source,
        },
        "settings": {**settings},
        "proxy": {
            "defender": {
                "server": product.proxy_server,
                "pac_url": product.proxy_pac_url,
                "bypass": product.proxy_bypass,
            },
            "winhttp": {**vars(stores.winhttp)},
            "advanced": stores.advanced,
            "caller": {**vars(stores.accounts["caller"])},
        },
    }


def _settings_in(folder: str) -> tuple[str, ...]:
    return tuple(f"settings.{name}" for name, setting in SETTINGS.items() if setting.folder == folder)


_PROTECTS = ("real_time_protection",)
_PRODUCT = ("product.disabled", "product.applicable", *_PROTECTS)
DECIDES: Fields = {
    "system.version": tuple(
        f"system.{name}" for name in ("product_name", "build", "revision", "installation_type", "system_root")
    ),
    "system.elevated": ("system.elevated",),
    "defender.service": (
        *(
            f"product.{name}"
            for name in ("installed", "start_type", "image_path", "mpcmdrun", "platform_version", "applicable")
        ),
        *_PROTECTS,
    ),
    "defender.state": ("product.service_state", "product.running", *_PROTECTS),
    "defender.product": ("product.passive_mode", *_PRODUCT),
    "defender.policy": (*_PRODUCT, *(f"proxy.defender.{name}" for name in ("server", "pac_url", "bypass"))),
    "proxy.blob": tuple(
        f"proxy.winhttp.{name}" for name in ("direct", "http", "https", "bypass_list", "present", "raw")
    ),
    "proxy.blob32": ("proxy.winhttp.raw_32",),
    "proxy.advanced": ("proxy.advanced",),
    "proxy.caller": ("proxy.caller",),
    "state.updates": ("signatures",),
    "state.features": ("tamper_protection",),
    "state.passive": ("product.forced_passive_mode",),
    "state.manager": (*(f"settings.{name}" for name in SETTINGS), *_PROTECTS),
    **{
        f"state.{author}.{folder}": (*_settings_in(folder), *(_PROTECTS if folder == "Real-Time Protection" else ()))
        for author in ("policy", "own")
        for folder in FOLDERS
    },
}
"""What of the result each command decides."""


def _protects(product: Defender, disabled: Stored) -> bool | None:
    """False where something stored switches it off; None where it is not known that the service runs."""
    if not product.applicable or disabled.policy or disabled.policy_manager or disabled.own:
        return False
    return None if product.service_state is None else product.running


def read(now: float) -> Operation[dict[str, Any]]:
    """Reads a host."""
    answer = yield Ask(STATE.commands, reads=True)
    return interpret(answer, now)
