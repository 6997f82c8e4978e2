# Copyright: windefend.maps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reduces what a webhook received to one of Defender's events, and one host of the inventory.

An event starts a run with administrator rights, and ansible-rulebook passes it to the playbook as extra variables, and
its hosts as a limit. So nothing of what was received goes on: the result has a number of EVENTS and a name that was
read from the inventory.
"""

from __future__ import annotations

import json
import logging
import re
import subprocess
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

DOCUMENTATION = r"""
---
short_description: Take an event of Microsoft Defender Antivirus for exactly one host of the inventory
description:
  - An event filter of ansible-rulebook, for events that a webhook received.
  - Passes on the number of the event as C(event.maps.event_id), the name of the host as C(event.maps.host) and as the
    limit of playbooks (C(event.meta.hosts)), and nothing else of what was received.
  - Drops everything else with a warning, such as an event of another program, and a computer that is not in the
    inventory or whose name is a pattern or a group.
options:
  inventory:
    description:
      - Path of the inventory.
      - By default, the inventory of Ansible's configuration (C(ANSIBLE_INVENTORY)).
    type: str
  refresh:
    description:
      - After how many seconds the inventory is read again.
    type: int
    default: 300
"""

EXAMPLES = r"""
- eda.builtin.webhook:
    port: 5000
    token: "{{ maps_event_token | string }}"
  filters:
    - windefend.maps.defender_event:
"""

PROVIDER = "Microsoft-Windows-Windows Defender"
EVENTS = frozenset({1116, 2001, 2010, 2012, 5007})
"""Malware was found, an update failed, the cloud gave a signature, it could not be used, a setting changed (Microsoft
Learn, event IDs of Defender: sure)."""

SENDERS = (
    ("winlog.computer_name", "winlog.event_id", "winlog.provider_name"),
    ("Hostname", "EventID", "SourceName"),
    ("computer", "event_id", "provider"),
)
"""Where senders put the computer, the event's number and its provider: Winlogbeat, also behind Logstash (Elastic's page
of its exported fields); NXLog's im_msvistalog (its manual); and a form for everything else."""

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,252}")
"""A host name that means nothing else in a pattern of hosts, in YAML or in a template."""

READING = 60
"""Seconds after which reading the inventory counts as failed."""

log = logging.getLogger("windefend.maps.defender_event")


class Refused(Exception):
    """Why an event is dropped; the text is for the log, without control characters."""


class Inventory:
    """The hosts of an inventory by their names in lower case: DNS does not distinguish case (RFC 4343)."""

    def __init__(self) -> None:
        self.names: dict[str, str] = {}
        self.read_at: float | None = None

    def find(self, name: str, path: str | None, refresh: float) -> str:
        """The name of the host as the inventory spells it."""
        now = time.monotonic()
        if self.read_at is None or now - self.read_at >= refresh:
            self.names = dict(unambiguous(listed(path)))
            self.read_at = now
        if name.lower() not in self.names:
            raise Refused(f"{name} is not the name of exactly one host of the inventory")
        return self.names[name.lower()]


inventory_of_this_process = Inventory()


def main(event: Mapping[str, Any], inventory: str | None = None, refresh: int = 300) -> list[dict[str, Any]]:
    """One event, or none. An exception would end ansible-rulebook, so what a sender can cause is a refusal."""
    try:
        computer, number = received(event.get("payload"))
        host = inventory_of_this_process.find(computer, inventory, refresh)
    except Refused as refused:
        log.warning("Dropped an event: %s.", refused)
        return []
    return [{"maps": {"host": host, "event_id": number}, "meta": {"hosts": [host]}}]


def received(payload: object) -> tuple[str, int]:
    """The computer and the number of an event of Defender."""
    for computer, number, provider in SENDERS:
        name, found = at(payload, computer), at(payload, number)
        if name is None or found is None:
            continue
        if at(payload, provider) != PROVIDER:
            raise Refused(f"its provider is not {PROVIDER}")
        if not isinstance(name, str) or not NAME.fullmatch(name):
            raise Refused("its computer is not a plain host name")
        if isinstance(found, bool) or str(found) not in map(str, EVENTS):
            raise Refused(f"its number is not one of {', '.join(map(str, sorted(EVENTS)))}")
        return name, int(str(found))
    raise Refused("it is in none of the known forms")


def at(payload: object, path: str) -> object:
    """The value at a path of names; None if there is none. Some senders write such a path as one name."""
    if isinstance(payload, Mapping) and path in payload:
        return payload[path]
    for name in path.split("."):
        payload = payload.get(name) if isinstance(payload, Mapping) else None
    return payload


def listed(path: str | None) -> Mapping[str, Any]:
    """What ansible-inventory prints: a mapping of groups, and `_meta` with the hosts."""
    command = ["ansible-inventory", *(["--inventory", path] if path else []), "--list"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=READING, check=True)
        found = json.loads(done.stdout)
    except (OSError, subprocess.SubprocessError, ValueError) as error:
        raise Refused(
            f"the inventory could not be read ({type(error).__name__}); try ansible-inventory --list"
        ) from None
    return found if isinstance(found, Mapping) else {}


def unambiguous(groups: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Each plain name that one host has, and no group and no other host, whatever their case."""
    hosts = {name for group in groups.values() for name in group.get("hosts", ())}
    taken = Counter(name.lower() for name in (*hosts, *groups))
    for name in hosts:
        if NAME.fullmatch(name) and taken[name.lower()] == 1:
            yield name.lower(), name
