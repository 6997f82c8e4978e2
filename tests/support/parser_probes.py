"""What reads the answers to probes and to commands as SYSTEM, with texts that are costly for it."""

from __future__ import annotations

from collections.abc import Mapping

from ansible_collections.windefend.maps.plugins.plugin_utils._domain.as_system import task as as_system_task
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.operation import (
    RunIdentity,
    protocol as operation_protocol,
)
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.probes import (
    asking as probes_asking,
    known as probes_known,
    probe,
)
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.proxy.route import Route
from ansible_collections.windefend.maps.plugins.plugin_utils._windows import curl_probe

from .parser_reads import Everything, Read, after, refused
from .parser_texts import CERTIFICATES, VALUES, Make, many

PROBE_PARSERS: Mapping[str, tuple[Read, tuple[Make, ...]]] = {
    "probe._curl": (lambda given: refused(lambda: probes_known._curl(after(0)(given))), (many("1", "curl "),)),
    "probe, first": (lambda given: probes_known._parse(Everything(given)), VALUES),
    "probe, rest": (
        lambda given: refused(lambda: probes_known.rest(dict.fromkeys(probes_known.REST, after(0)(given)))),
        (many("1", "curl "), *VALUES),
    ),
    "probe, judged": (
        lambda given: probes_asking._judged(
            probes_asking.Plan(probe.ProbeRequest(RunIdentity("a", 0.0)), [], []),
            [("https://a.example/", Route("", "none"))],
            [after(35)(given)],
        ),
        CERTIFICATES,
    ),
    "probe, answered": (lambda given: curl_probe.answered(after(0)(given)), (many("#probe"), many("#"))),
    "probe, certutil": (
        lambda given: probes_asking._verified(
            probes_asking.Plan(probe.ProbeRequest(RunIdentity("a", 0.0)), [], []), after(0)(given)
        ),
        (many("0x80092013 "),),
    ),
    "as SYSTEM, ended": (
        lambda given: as_system_task._ended(
            operation_protocol.Answer({"exit": after(0)(given), "output": after(0)(given)}, False)
        ),
        (many("1"), many("-"), many(" ", "1")),
    ),
    "said at last": (lambda given: as_system_task._timeout_message(after(0)(given), "1 second"), ()),
}
