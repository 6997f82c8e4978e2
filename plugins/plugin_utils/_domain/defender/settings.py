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
from ..operation import Answer, Ask, Fact, Fields, Operation, erase, facts, understood, values
from ..proxy import STORES, Stores
from . import product as defender_product, record as maps_record
from .product import DEFENDER, SYSTEM, Defender, System
from .spynet import FEATURES, OVERRIDE, TAMPER

UPDATES = defender_product.STATE + r"\Signature Updates"
ATP_POLICY = r"HKLM\SOFTWARE\Policies\Microsoft\Windows Advanced Threat Protection"
FOLDERS = ("Spynet", "MpEngine", "Real-Time Protection")
VERSIONS = {
    "engine": "EngineVersion",
    "antivirus": "AVSignatureVersion",
    "antispyware": "ASSignatureVersion",
    "network_inspection": "NISSignatureVersion",
}
"""Version of the signatures -> the value that holds it."""
CACHED = ("CachedProxy", "CachedProxyAccessType", "CachedProxyAccessType ", "CachedProxyBypass", "LastKnownGoodProxy")
"""What the product remembers of proxies, which is not shown here."""
PROXY_FIELDS = ("proxy_", "cached_proxy", "last_known_good_proxy", "force_proxy_only")
"""How the names begin of what the product holds of proxies: `host` shows all of it."""


@dataclass(frozen=True)
class Setting:
    """A setting and the names it has with its three authors."""

    folder: str
    """Below the policy key and below the product's own."""
    value: str
    manager: tuple[str, ...]
    """The names below Policy Manager, the first that is there counts; empty: there is none."""
    words: Mapping[int, str]
    inverted: bool = False
    """Policy Manager says Allow where the others say Disable."""
    override: str = ""
    """A value of the policy key that lets the product's own go first where it is 1; empty: there is none."""


SETTINGS: Mapping[str, Setting] = {
    # Names: likely (a published script reads both); words of MpCloudBlockLevel: recalled; see docs/evidence.md.
    "maps_membership": Setting(
        "Spynet",
        "SpynetReporting",
        ("AllowCloudProtection",),
        {0: "off", 1: "basic", 2: "advanced"},
        override=OVERRIDE,
    ),
    "sample_consent": Setting(
        "Spynet",
        "SubmitSamplesConsent",
        ("SubmitSamplesConsent",),
        {0: "always_prompt", 1: "safe_samples", 2: "never", 3: "all_samples"},
    ),
    "block_at_first_sight_disabled": Setting("Spynet", "DisableBlockAtFirstSeen", (), {0: "no", 1: "yes"}),
    "cloud_block_level": Setting(
        "MpEngine",
        "MpCloudBlockLevel",
        ("MpCloudBlockLevel", "CloudBlockLevel"),
        {0: "default", 1: "moderate", 2: "high", 4: "high_plus", 6: "zero_tolerance"},
    ),
    "cloud_extended_timeout": Setting(
        "MpEngine", "MpBafsExtendedTimeout", ("MpBafsExtendedTimeout", "CloudExtendedTimeout"), {}
    ),
    "real_time_monitoring_disabled": Setting(
        "Real-Time Protection",
        "DisableRealtimeMonitoring",
        ("AllowRealtimeMonitoring",),
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
            "updated": filetime.iso(updated) if updated else None,
            "age_hours": filetime.hours_since(updated, now),
        }


def _signatures(outcome: Outcome) -> Signatures:

    def text(name: str) -> str | None:
        return values.text(outcome, name) or None

    raw = values.binary(outcome, "SignaturesLastUpdated")
    return Signatures(
        **{name: text(value) for name, value in VERSIONS.items()},
        updated=None if raw is None else filetime.decode(raw),
    )


SIGNATURES: Final = Fact.of("state.updates", registry.query(UPDATES), _signatures)
"""The versions."""


def read_setting(setting: Setting, outcomes: Mapping[str, Outcome]) -> Stored:
    """What the three authors stored for a setting."""
    by_policy = outcomes[f"state.policy.{setting.folder}"]
    policy = values.number(by_policy, setting.value)
    own = values.number(outcomes[f"state.own.{setting.folder}"], setting.value)
    by_manager = (values.number(outcomes["defender.manager"], name) for name in setting.manager)
    manager = next((value for value in by_manager if value is not None), None)
    if setting.inverted and manager is not None:
        manager = int(not manager)
    found = {"policy": policy, "policy_manager": manager, "own": own}
    if policy is not None and setting.override and values.number(by_policy, setting.override) == 1:
        found = {"own": own, **found}
    source = next((name for name, value in found.items() if value is not None), "none")
    value = found.get(source)
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
    record: maps_record.Record

    @property
    def real_time_protection(self) -> bool | None:
        """False where something stored switches it off; None where it is not known that the service runs."""
        product, disabled = self.product, self.settings["real_time_monitoring_disabled"]
        if not product.applicable or disabled.policy or disabled.policy_manager or disabled.own:
            return False
        return None if product.service_state is None or product.disabled else product.running


def _parse(outcomes: Mapping[str, Outcome]) -> State:
    return State(
        product=DEFENDER.parse(outcomes),
        proxy=STORES.parse(outcomes),
        settings={name: read_setting(setting, outcomes) for name, setting in SETTINGS.items()},
        tamper=values.number(outcomes["state.features"], "TamperProtection"),
        system=SYSTEM.parse(outcomes),
        forced_passive_mode=values.number(outcomes["state.passive"], "ForceDefenderPassiveMode"),
        signatures=SIGNATURES.parse(outcomes),
        tamper_source=values.number(outcomes["state.features"], "TamperProtectionSource"),
        record=maps_record.Record(
            maps_record.read_times(outcomes["state.own.Spynet"]), maps_record.EVENTS.parse(outcomes)
        ),
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
        "state.features": registry.query(FEATURES),
        "state.passive": registry.query(ATP_POLICY, "ForceDefenderPassiveMode"),
        **maps_record.EVENT_COMMANDS,
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
    if state.product.disabled is None:
        result["unknown"].append({"fact": "product.disabled", "reason": defender_product.DISABLE_UNCLEAR})
    own = defender_product.own_unknown(state.product, unread)
    result["unknown"] += [{"fact": f"proxy.defender.{name}", "reason": why} for name, why in own.items()]
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
            **{name: value for name, value in vars(product).items() if not name.startswith(PROXY_FIELDS)},
            "running": product.running,
            "applicable": product.applicable,
            "forced_passive_mode": state.forced_passive_mode,
        },
        "signatures": state.signatures.shown(clock),
        "real_time_protection": state.real_time_protection,
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
                "stores": {store: {**vars(one)} for store, one in product.proxy_stores.items()},
            },
            "winhttp": {**vars(stores.winhttp)},
            "advanced": stores.advanced,
            "caller": {**vars(stores.accounts["caller"])},
        },
        "maps_record": state.record.shown(clock),
    }


def _settings_in(folder: str) -> tuple[str, ...]:
    return tuple(f"settings.{name}" for name, setting in SETTINGS.items() if setting.folder == folder)


_PROTECTS = ("real_time_protection",)
_PRODUCT = ("product.disabled", "product.disable_ignored", "product.applicable", *_PROTECTS)
_DECIDES: Fields = {
    "system.version": tuple(
        f"system.{name}" for name in ("product_name", "build", "revision", "installation_type", "system_root")
    ),
    "system.version/ProductName": ("system.product_name",),
    "system.version/CurrentBuildNumber": ("system.build",),
    "system.version/CurrentBuild": ("system.build",),
    "system.version/UBR": ("system.revision",),
    "system.version/InstallationType": ("system.installation_type",),
    "system.version/SystemRoot": ("system.system_root",),
    "system.elevated": ("system.elevated",),
    "defender.service/Start": ("product.start_type",),
    "defender.service": (
        *(
            f"product.{name}"
            for name in ("installed", "start_type", "image_path", "mpcmdrun", "platform_version", "applicable")
        ),
        *_PROTECTS,
    ),
    "defender.state": ("product.service_state", "product.running", *_PROTECTS),
    "defender.product": ("product.passive_mode", *_PRODUCT),
    "defender.product/PassiveMode": ("product.passive_mode", "product.applicable", *_PROTECTS),
    "defender.product/DisableAntiSpyware": _PRODUCT,
    **dict.fromkeys((f"defender.product/{name}" for name in CACHED), ()),
    "defender.policy/DisableAntiSpyware": _PRODUCT,
    "defender.policy": _PRODUCT,
    "proxy.blob": tuple(
        f"proxy.winhttp.{name}" for name in ("direct", "http", "https", "bypass_list", "present", "raw")
    ),
    "proxy.blob32": ("proxy.winhttp.raw_32",),
    "proxy.advanced": ("proxy.advanced",),
    "proxy.caller": ("proxy.caller",),
    **{f"state.own.Spynet/{value}": (f"maps_record.{one}",) for value, one in maps_record.TIMES_DECIDE.items()},
    **dict.fromkeys(maps_record.EVENT_COMMANDS, ("maps_record.events",)),
    "state.updates": ("signatures",),
    **{f"state.updates/{value}": (f"signatures.{name}",) for name, value in VERSIONS.items()},
    "state.updates/SignaturesLastUpdated": ("signatures.updated", "signatures.age_hours"),
    "state.features": ("tamper_protection",),
    "state.features/TamperProtectionSource": ("tamper_protection.source",),
    "state.passive": ("product.forced_passive_mode",),
    "defender.manager": (*(f"settings.{name}" for name in SETTINGS), *_PROTECTS),
    **{
        f"defender.manager/{value}": (f"settings.{name}", *(_PROTECTS if setting.inverted else ()))
        for name, setting in SETTINGS.items()
        for value in setting.manager
    },
    **{
        f"state.{author}.{setting.folder}/{setting.value}": (
            f"settings.{name}",
            *(_PROTECTS if setting.inverted else ()),
        )
        for author in ("policy", "own")
        for name, setting in SETTINGS.items()
    },
    **{
        f"state.{author}.{folder}": (
            *_settings_in(folder),
            *(_PROTECTS if folder == "Real-Time Protection" else ()),
            *(f"maps_record.{one}" for one in vars(maps_record.Times()) if (author, folder) == ("own", "Spynet")),
        )
        for author in ("policy", "own")
        for folder in FOLDERS
    },
}
DECIDES: Final[Fields] = defender_product.own_decides(_DECIDES, "proxy.defender.stores")
"""What of the result each command decides."""


def read(now: float) -> Operation[dict[str, Any]]:
    """Reads a host."""
    answer = yield Ask(STATE.commands, reads=True)
    return interpret(answer, now)
