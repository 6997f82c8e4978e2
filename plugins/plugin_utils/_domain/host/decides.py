"""What of the result of reading a host each of its commands decides, so what is not known where one cannot be read."""

from __future__ import annotations

from typing import Final

from ..defender import own_decides, record as maps_record
from ..firewall import verdict as firewall_verdict
from ..operation import unknown
from .subjects import RULES

VERDICTS: Final = ("firewall.maps.verdict", "firewall.crl.verdict", "firewall.probe.verdict")
_DECIDES: Final[unknown.Fields] = {
    "system.version": (
        *(f"system.{name}" for name in ("product_name", "build", "revision", "installation_type", "system_root")),
        *VERDICTS,
        "proxy.wpad_disabled",
    ),
    "system.version/ProductName": ("system.product_name",),
    "system.version/CurrentBuildNumber": ("system.build", "proxy.wpad_disabled"),
    "system.version/CurrentBuild": ("system.build", "proxy.wpad_disabled"),
    "system.version/UBR": ("system.revision",),
    "system.version/InstallationType": ("system.installation_type",),
    "system.version/SystemRoot": ("system.system_root", *VERDICTS),
    "system.elevated": ("system.elevated",),
    "onboarding": ("onboarding",),
    "defender.service": (
        *(
            f"defender.{name}"
            for name in ("installed", "start_type", "image_path", "mpcmdrun", "platform_version", "applicable")
        ),
        "firewall.maps.verdict",
    ),
    "defender.service/Start": ("defender.start_type",),
    "defender.state": ("defender.service_state", "defender.running"),
    "defender.product": tuple(
        f"defender.{name}"
        for name in (
            *("passive_mode", "disabled", "disable_ignored", "applicable"),
            *("cached_proxy", "cached_proxy_access_type", "cached_proxy_bypass", "last_known_good_proxy"),
            "force_proxy_only",
        )
    ),
    "defender.product/PassiveMode": ("defender.passive_mode", "defender.applicable"),
    "defender.product/DisableAntiSpyware": ("defender.disabled", "defender.applicable"),
    "defender.product/CachedProxy": ("defender.cached_proxy",),
    "defender.product/CachedProxyAccessType": ("defender.cached_proxy_access_type",),
    "defender.product/CachedProxyAccessType ": ("defender.cached_proxy_access_type",),
    "defender.product/CachedProxyBypass": ("defender.cached_proxy_bypass",),
    "defender.product/LastKnownGoodProxy": ("defender.last_known_good_proxy",),
    "defender.policy/DisableAntiSpyware": ("defender.disabled", "defender.applicable"),
    "defender.policy": tuple(
        f"defender.{name}" for name in ("disabled", "disable_ignored", "applicable", "force_proxy_only")
    ),
    "proxy.blob": (
        *(f"proxy.winhttp.{name}" for name in ("direct", "http", "https", "bypass_list", "present", "raw")),
        *VERDICTS,
    ),
    "proxy.blob32": ("proxy.winhttp.raw_32",),
    "proxy.advanced": ("proxy.advanced",),
    "proxy.policy": ("proxy.settings_per_machine",),
    "proxy.wpad": ("proxy.wpad_disabled",),
    "sensor.proxy": ("proxy.sensor",),
    "sensor.policy": ("proxy.sensor.prefers_static",),
    "proxy.caller": ("proxy.accounts.caller", "proxy.caller_differs_from_system"),
    "proxy.system": ("proxy.accounts.system", "proxy.caller_differs_from_system"),
    "proxy.network_service": ("proxy.accounts.network_service",),
    "autoproxy.service": ("proxy.auto_proxy_service.start_type", "proxy.auto_proxy_service.off"),
    "autoproxy.state": ("proxy.auto_proxy_service.state", "proxy.auto_proxy_service.off"),
    "spynet.policy": tuple(
        f"spynet.{name}"
        for name in (
            *("ssl_options", "certificate_pinning", "revocation_check", "reporting", "reporting_override"),
            "submit_samples",
        )
    ),
    "defender.manager": tuple(
        f"spynet.{name}" for name in ("policy_manager_reporting", "policy_manager_samples", "policy_manager_in_use")
    ),
    "defender.manager/AllowCloudProtection": ("spynet.policy_manager_reporting",),
    "defender.manager/SubmitSamplesConsent": ("spynet.policy_manager_samples",),
    "spynet.policy/SSLOptions": ("spynet.ssl_options", "spynet.certificate_pinning", "spynet.revocation_check"),
    "spynet.policy/SpynetReporting": ("spynet.reporting",),
    "spynet.policy/SubmitSamplesConsent": ("spynet.submit_samples",),
    **{f"spynet.reporting/{value}": (f"maps_record.{one}",) for value, one in maps_record.TIMES_DECIDE.items()},
    "spynet.reporting": (*("spynet.effective_reporting", "maps_record.last_success", "maps_record.last_failure"),),
    "spynet.reporting/SpynetReporting": ("spynet.effective_reporting",),
    "spynet.tamper": ("spynet.tamper_protection",),
    **dict.fromkeys(RULES.commands, VERDICTS),
    "firewall.profiles": (*VERDICTS, "firewall.rules_ignored", "firewall.blocks_by_default"),
    firewall_verdict.RUNS: ("firewall.service_running",),
    firewall_verdict.STOPPED: VERDICTS,
}
DECIDES: Final[unknown.Fields] = own_decides(_DECIDES, "defender.proxy_stores")
"""What of the result each command decides."""
