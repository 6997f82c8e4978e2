"""Which way a state leads: to fewer checks of Defender's connection, or to more.

Only `SSLOptions` switches checks. A value of it that is no REG_DWORD has no known meaning; here it counts as whatever
is worse, so that nothing passes for a tightening that may be none.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from ..defender import spynet
from ..operation import OurRules, Place
from .allowed import SSL

OUR_PREFIX: Final = "windefend.maps "
"""How the rules begin that the roles make by themselves; a rule of a name that a user chose has no mark."""
CHECKS: Final = {spynet.REVOCATION_BIT: "revocation_check", spynet.PINNING_BIT: "certificate_pinning"}
ALL: Final = spynet.REVOCATION_BIT | spynet.PINNING_BIT


def options(state: Mapping[str, Any], unknown: int = spynet.SSL_DEFAULT) -> int:
    """The checks, as bits, that a state of SSLOptions switches on; `unknown` where the value is no number."""
    value = state["value"]
    if value is None:
        return spynet.SSL_DEFAULT
    data = value["data"]
    return data & ALL if value["type"] == "REG_DWORD" and isinstance(data, int) else unknown


def lost(now: Mapping[str, Any], target: Mapping[str, Any]) -> int:
    """The checks, as bits, that are on in `now` and may be off in `target`, both states of SSLOptions."""
    return options(now, ALL) & ~options(target, 0)


def loosened_by(now: Mapping[str, Any], target: Mapping[str, Any]) -> int:
    """The checks, as bits, that are known to be on in `now` and off in `target`: a debt needs to know."""
    return options(now) & ~options(target)


def may_tighten(place: Place) -> bool:
    """Whether anything may be done at a place for a record that nothing proves."""
    return place == SSL or (isinstance(place, OurRules) and place.name.startswith(OUR_PREFIX))


def tightens(place: Place, now: Mapping[str, Any], target: Mapping[str, Any]) -> bool:
    """Whether to make `target` of `now` can only tighten: all that is done for a record that nothing proves.

    SSLOptions that keeps every check that is on, or the removal of an allow rule that the roles make. A proxy or a
    source of root certificates is neither tighter nor looser: whoever made the record up would choose it.
    """
    if place == SSL:
        value = target["value"]
        known = value is None or (value["type"] == "REG_DWORD" and 0 <= value["data"] <= ALL)
        return known and not lost(now, target)
    return may_tighten(place) and not target["rules"]
