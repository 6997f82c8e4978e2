"""A Molecule scenario for a role that has none: what `winsim init` writes.

The collection is taken from where Ansible finds it, since that is where this command came from. A test holds the files
that are the same in every role to those of docs/testing.md.
"""

from __future__ import annotations

import pathlib
import re

_NAME = re.compile(r"[A-Za-z0-9_.-]+")

FILES = {
    ".ansible-lint": """\
---
profile: production
exclude_paths: [.ansible/]
mock_roles: [@role@]
kinds:
  - yaml: "**/fleet.yml"
""",
    "molecule/default/molecule.yml": """\
---
prerun: false
# The collection windefend.maps is installed already.
dependency: {name: galaxy, enabled: false}
driver: {name: default}
platforms: []
provisioner:
  name: ansible
  env: {ANSIBLE_ROLES_PATH: "${MOLECULE_PROJECT_DIRECTORY}/.."}
verifier: {name: testinfra}
scenario:
  test_sequence:
    - destroy
    - syntax
    - create
    - check
    - converge
    - idempotence
    - verify
    - destroy
""",
    "molecule/default/fleet.yml": """\
---
# `python -m ansible_collections.windefend.maps.winsim scenarios` lists how a host can be broken.
hosts:
  - {name: pc-1}
  - {name: pc-2, scenario: no_winhttp_proxy_72f8f, os: windows_server_2019, locale: ja}
""",
    "molecule/default/create.yml": """\
---
- name: Start the endpoints of fleet.yml
  ansible.builtin.import_playbook: windefend.maps.winsim_start
""",
    "molecule/default/converge.yml": """\
---
- name: Converge
  hosts: winsim
  gather_facts: false
  roles:
    - role: @role@
""",
    "molecule/default/destroy.yml": """\
---
- name: Stop them
  ansible.builtin.import_playbook: windefend.maps.winsim_stop
""",
    "molecule/default/tests/conftest.py": '''\
"""Finds the collection where Ansible finds it, and takes winsim's fixtures from it."""

import sys

from ansible import constants

sys.path += constants.COLLECTIONS_PATHS
pytest_plugins = ["ansible_collections.windefend.maps.winsim.pytest_plugin"]
''',
    "molecule/default/tests/test_default.py": '''\
"""The endpoints as Windows' own commands see them. Replace the first test by what your role should have done."""


def test_every_host_can_be_asked(winsim_running):
    for name in winsim_running.names:
        assert winsim_running.host(name).run("netsh winhttp show proxy").rc == 0


def test_winsim_knew_every_command(winsim_running):
    assert winsim_running.unknown() == []
    assert winsim_running.open_shells() == []
''',
}
"""Path in the role -> content. `@role@` stands for its name."""


class CannotInit(Exception):
    """Why no scenario was written; the text is for the user."""


def init(role: pathlib.Path) -> str:
    """Writes the scenario into a role's folder; a line that says what is next. Writes all files or none."""
    name = role.resolve().name
    if not role.is_dir():
        raise CannotInit(f"{role} is not a folder; make the role first, for example with ansible-galaxy role init")
    if not _NAME.fullmatch(name):
        raise CannotInit(f"the folder's name {name!r} cannot be the name of a role")
    if there := [path for path in FILES if (role / path).exists()]:
        raise CannotInit(f"{role} already has {', '.join(there)}; remove or rename what you do not need")
    for path, text in FILES.items():
        (role / path).parent.mkdir(parents=True, exist_ok=True)
        (role / path).write_text(text.replace("@role@", name), encoding="utf-8")
    return f"winsim: {role / 'molecule/default'}: {len(FILES)} files; run `molecule test` in {role}"
