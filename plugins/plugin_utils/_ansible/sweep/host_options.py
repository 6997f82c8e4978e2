"""The options of a sweep that each host may have as variables of its own, as it would have for a role."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ..._domain.operation import Refused


class HostOptions:
    """Options by name, with the prefix of the variables."""

    def __init__(self, prefix: str, options: Mapping[str, Mapping[str, Any]]) -> None:
        self._prefix = prefix
        self.table = options
        self._validator = ArgumentSpecValidator({f"{prefix}{name}": dict(one) for name, one in options.items()})
        self._defaults = {name: option.get("default") for name, option in options.items()}
        self._known: dict[str, dict[str, Any]] = {}

    def variables(self, arguments: Mapping[str, Any]) -> Iterable[str]:
        """The variables to read of each host: what the task gives counts for all hosts."""
        return [f"{self._prefix}{name}" for name in self.table if arguments[name] is None]

    def of_host(self, arguments: Mapping[str, Any], variables: Mapping[str, Any]) -> dict[str, Any]:
        """The arguments for a host with these variables. Raises Refused for a value that an option does not take."""
        key = repr(sorted(variables.items()))  # a fleet has few kinds of hosts
        checked = self._known.get(key)
        if checked is None:
            checked = self._known[key] = self._checked(dict(variables))
        own = {name: checked[name] if arguments[name] is None else arguments[name] for name in self.table}
        return {**arguments, **own}

    def _checked(self, variables: dict[str, Any]) -> dict[str, Any]:
        if not variables:
            return self._defaults
        result = self._validator.validate(variables)
        if result.error_messages:
            raise Refused("; ".join(result.error_messages))
        return {name.removeprefix(self._prefix): value for name, value in result.validated_parameters.items()}
