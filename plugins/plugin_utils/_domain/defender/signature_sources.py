r"""Where Defender gets its signatures: the order of sources and the file shares, as stored, and which comes first.

Microsoft Learn, "Manage how and where Microsoft Defender Antivirus receives updates" (2026-08-12: sure): sources are
asked in the stored order; file shares are passed over where none is named; after another source, Microsoft's own page
(MMPC) is asked only where the signatures are out of date, by default after seven days. Names of the values below the
policy key: Microsoft's ADMX file (sure); in the product's own key and below Policy Manager: published scripts, the
Policy CSP (likely). The order without a value: published outputs of Get-MpPreference (likely).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from ..._windows import registry
from ..._windows.cmdline import Outcome
from ..operation import Fact, values
from .product import POLICY, STATE

MICROSOFT_UPDATE, INTERNAL, MMPC, SHARES = (
    "MicrosoftUpdateServer", "InternalDefinitionUpdateServer", "MMPC", "FileShares",
)  # fmt: skip
KNOWN: Final = {name.lower(): name for name in (MICROSOFT_UPDATE, INTERNAL, MMPC, SHARES)}
DEFAULT_ORDER: Final = (MICROSOFT_UPDATE, MMPC)
OUT_OF_DATE_HOURS: Final = 7 * 24.0
KEY: Final = POLICY + r"\Signature Updates"
OWN_KEY: Final = STATE + r"\Signature Updates"
_STORES: Final = (
    ("policy", "sources.policy", ("FallbackOrder", "DefinitionUpdateFileSharesSources")),
    ("policy_manager", "defender.manager", ("SignatureUpdateFallbackOrder", "SignatureUpdateFileSharesSources")),
    ("own", "state.updates", ("FallbackOrder", "DefinitionUpdateFileSharesSources")),
)
"""Store, the command that reads it, and its names of both values; in Microsoft's general order."""


@dataclass(frozen=True)
class SignatureSources:
    """What is stored."""

    order: tuple[str, ...] = DEFAULT_ORDER
    order_store: str = "default"
    """`policy`, `policy_manager`, `own` or `default`."""
    file_shares: tuple[str, ...] = ()
    file_shares_store: str = "none"

    def shown(self, age_hours: float | None) -> dict[str, Any]:
        """With what would be asked: the sources in order without those that are passed over, and why those are."""
        skipped = {one: why for one in self.order if (why := self._why_not(one, age_hours))}
        used = [one for one in self.order if one not in skipped]
        return {**vars(self), "would_use": used[0] if used else "", "would_ask": used, "skipped": skipped}

    def _why_not(self, source: str, age_hours: float | None) -> str:
        if source not in KNOWN.values():
            return "this is no source that Microsoft documents"
        if source == SHARES and not self.file_shares:
            return "no file share is configured"
        if source == MMPC and source != self.order[0] and age_hours is not None and age_hours <= OUT_OF_DATE_HOURS:
            return "it follows another source and the signatures are not out of date (7 days by default)"
        return ""


def _parts(text: str) -> tuple[str, ...]:
    """`{A | B}`, as Microsoft's texts write it, or `A|B`."""
    return tuple(one for part in text.strip(" {}").split("|") if (one := part.strip(" {}")))


def _parse(outcomes: Mapping[str, Outcome]) -> SignatureSources:
    found = []
    for which in (0, 1):
        texts = ((store, values.text(outcomes[command], names[which])) for store, command, names in _STORES)
        found.append(next(((store, parts) for store, text in texts if (parts := _parts(text))), ("", ())))
    (order_store, order), (shares_store, shares) = found
    return SignatureSources(
        tuple(KNOWN.get(one.lower(), one) for one in order) or DEFAULT_ORDER,
        order_store or "default",
        shares,
        shares_store or "none",
    )


SOURCES: Final = Fact(
    {
        "sources.policy": registry.query(KEY),
        "state.updates": registry.query(OWN_KEY),
        "defender.manager": registry.query(POLICY + r"\Policy Manager"),
    },
    _parse,
)
"""The order and the shares; the second command is that of the versions."""


def is_share(path: str) -> bool:
    r"""Whether this is `\\server\share`, with or without folders below it."""
    return re.fullmatch(r"\\\\[^\\/:*?\"<>|\s]+(\\[^\\/:*?\"<>|]+)+\\?", path) is not None
