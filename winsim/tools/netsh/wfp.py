"""`netsh wfp show netevents`: what filters of the Windows Filtering Platform dropped, as XML on standard output.

The shape follows published samples (likely). A machine drops the packets of its `filtered_programs`, so there is one
drop of the program that is asked for, now.
"""

from __future__ import annotations

from collections.abc import Sequence
from xml.sax.saxutils import escape

from ..process import Process
from .words import not_found

FILTER, SUB_LAYER = 78965, "{11111111-2222-4333-8444-555555555555}"
"""Of a filter that another program made: invented."""


def run(process: Process, words: Sequence[str]) -> int:
    """`show netevents file=- appid=PATH timewindow=SECONDS`; nothing else is simulated."""
    options = dict(word.partition("=")[::2] for word in words[2:])
    if [word.lower() for word in words[:2]] != ["show", "netevents"] or options.get("file") != "-":
        process.unknown("netsh wfp " + " ".join(words))
        return not_found(process, ("wfp", *words))
    if not process.token.elevated:
        process.write("Access is denied.\r\n")  # recalled
        return 1
    program = options.get("appid", "")
    name = program.rpartition("\\")[2].lower()
    dropped = name in map(str.lower, process.machine.network.filtered_programs)
    items = _item(process, program) if dropped else ""
    process.write(f'<?xml version="1.0"?>\r\n<netEvents numItems="{int(dropped)}">\r\n{items}</netEvents>\r\n')
    return 0


def _item(process: Process, program: str) -> str:
    return (
        f"<item>\r\n<header>\r\n<timeStamp>{process.machine.now():%Y-%m-%dT%H:%M:%S.000Z}</timeStamp>\r\n"
        "<ipVersion>FWP_IP_VERSION_V4</ipVersion>\r\n<ipProtocol>6</ipProtocol>\r\n<localAddrV4>192.0.2.20</localAddrV4>\r\n"
        "<remoteAddrV4>198.51.100.7</remoteAddrV4>\r\n<localPort>50112</localPort>\r\n<remotePort>443</remotePort>\r\n"
        f"<appId><asString>{escape(program)}</asString></appId>\r\n<userId>S-1-5-18</userId>\r\n</header>\r\n"
        f"<type>FWPM_NET_EVENT_TYPE_CLASSIFY_DROP</type>\r\n<classifyDrop>\r\n<filterId>{FILTER}</filterId>\r\n"
        "<layerId>48</layerId>\r\n<msFwpDirection>MS_FWP_DIRECTION_OUT</msFwpDirection>\r\n"
        "<isLoopback>false</isLoopback>\r\n</classifyDrop>\r\n<internalFields>\r\n"
        f'<terminatingFiltersInfo numItems="1">\r\n<item>\r\n<filterId>{FILTER}</filterId>\r\n'
        f"<subLayer>{SUB_LAYER}</subLayer>\r\n<actionType>FWP_ACTION_BLOCK</actionType>\r\n</item>\r\n"
        "</terminatingFiltersInfo>\r\n</internalFields>\r\n</item>\r\n"
    )
