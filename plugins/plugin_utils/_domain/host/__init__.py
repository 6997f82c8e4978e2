"""A host as it is read in one line (`reading`), who connects there (`subjects`), and what each command decides
(`decides`)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..._facade import lazy_exports

if TYPE_CHECKING:
    from .decides import DECIDES
    from .reading import HOST, READING, Firewall, Host, info, interpret, lists_route, maps_route, read
    from .subjects import crl_subject, maps_subject, probe_subject
else:
    __getattr__ = lazy_exports(
        __name__,
        {
            "decides": "DECIDES",
            "reading": "Firewall HOST Host READING info interpret lists_route maps_route read",
            "subjects": "crl_subject maps_subject probe_subject",
        },
    )
