"""Environment variables: names compare without regard to case and keep the spelling they were first given."""

from __future__ import annotations

from collections.abc import Mapping


class Environment(dict[str, str]):
    """Values by upper-case name, in the order of the process's environment block.

    A block starts out sorted by lower-case name; a name that is added later goes before the first one that is greater
    in upper case. So `PROMPT` stands before `_x` and `_x` before `ALLUSERSPROFILE` in the environment that pypsrp's
    recording test_winrs_environment shows (likely: read off that one recording).
    """

    def __init__(self, values: Mapping[str, str] | None = None) -> None:
        super().__init__()
        self._spelling: dict[str, str] = {}
        for name in sorted(values or {}, key=str.lower):
            self[name.upper()] = (values or {})[name]
            self._spelling[name.upper()] = name

    @classmethod
    def of(cls, values: Mapping[str, str]) -> Environment:
        """A copy, with the spelling of the names where the original knows it."""
        if isinstance(values, Environment):
            copy = cls()
            copy.update(values)
            copy._spelling.update(values._spelling)
            return copy
        return cls(values)

    def spelling(self, name: str) -> str:
        """The name as it was first written."""
        return self._spelling.get(name.upper(), name.upper())

    def put(self, name: str, value: str) -> None:
        """Sets a variable; an empty value removes it."""
        key = name.upper()
        if not value:
            self.pop(key, None)
            self._spelling.pop(key, None)
        elif key in self:
            self[key] = value
        else:
            later = [other for other in self if other > key]
            before = list(self)[: list(self).index(later[0])] if later else list(self)
            moved = {other: self.pop(other) for other in list(self) if other not in set(before)}
            self[key] = value
            self._spelling[key] = name
            self.update(moved)
