"""Command lines to type after a run: whole, quoted, and with what the run itself was given."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

COLLECTION = "windefend.maps"
PASSED_ON = ("maps_hosts", "maps_journal")
"""Extra variables without which another playbook of this collection would look elsewhere. No other is passed on by its
value, because it may be a password; files of variables are passed on by their names."""


def next_command(
    playbook: str,
    cli: Mapping[str, Any],
    extra_variables: Mapping[str, Any],
    *,
    limit: str = "",
    variables: Mapping[str, str] | None = None,
    options: Sequence[str] = (),
    default_inventory: Sequence[str] = (),
) -> str:
    """`ansible-playbook` with a playbook of this collection, for the shell.

    :param cli: what the command line of this run was, as `ansible.context.CLIARGS` has it.
    :param extra_variables: its extra variables, of which those in PASSED_ON are passed on.
    :param limit: the hosts; without it, the limit of this run.
    :param default_inventory: what `cli` has where no inventory was given.
    """
    words = ["ansible-playbook"]
    inventory = [str(one) for one in cli.get("inventory") or ()]
    if inventory != list(default_inventory):
        for source in inventory:
            words += ["-i", source]
    words.append(_named(playbook, cli.get("args") or ()))
    limit = limit or str(cli.get("subset") or "")
    if limit:
        words += ["--limit", limit]
    words += _login(cli)
    for given in cli.get("extra_vars") or ():
        if str(given).startswith("@"):
            words += ["-e", str(given)]
    values = {name: extra_variables[name] for name in PASSED_ON if isinstance(extra_variables.get(name), str)}
    for name, value in {**values, **(variables or {})}.items():
        words += ["-e", f"{name}={_value(str(value))}"]
    return shlex.join([*words, *options])


def _named(playbook: str, arguments: Iterable[Any]) -> str:
    """The playbook by its file where the playbook of this run was named by its file, too."""
    for argument in arguments:
        beside = Path(str(argument)).parent / f"{playbook}.yml"
        if str(argument).endswith((".yml", ".yaml")) and beside.is_file():
            return str(beside)
    return f"{COLLECTION}.{playbook}"


def _login(cli: Mapping[str, Any]) -> Iterable[str]:
    """How this run logged on, and how it opened its vaults."""
    if cli.get("remote_user"):
        yield from ("-u", str(cli["remote_user"]))
    if cli.get("ask_pass"):
        yield "--ask-pass"
    if cli.get("ask_vault_pass"):
        yield "--ask-vault-pass"
    for vault in cli.get("vault_ids") or ():
        yield from ("--vault-id", str(vault))
    for path in cli.get("vault_password_files") or ():
        yield from ("--vault-password-file", str(path))


def _value(value: str) -> str:
    """A value as Ansible reads it after `name=`: it takes the text apart at blanks and quotes, as a shell would."""
    return shlex.quote(value)
