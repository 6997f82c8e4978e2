"""Prints the licenses of what the collection needs at run time; fails where one does not fit GPL-3.0-or-later.

What counts is what a package says of itself: the SPDX expression of its metadata, else its classifiers, else its
license field. A license that is not listed here fails too: read it, and add it where it is compatible.
"""

from __future__ import annotations

import sys
from importlib.metadata import PackageMetadata
from typing import Any

from license_expression import ExpressionError, get_spdx_licensing

from .runtime import Missing, packages

COMPATIBLE = frozenset(
    {
        "0BSD",
        "Apache-2.0",
        "BSD-2-Clause",
        "BSD-3-Clause",
        "CC0-1.0",
        "GPL-2.0-or-later",
        "GPL-3.0-only",
        "GPL-3.0-or-later",
        "ISC",
        "LGPL-2.1-or-later",
        "LGPL-3.0-or-later",
        "MIT",
        "MIT-0",
        "MPL-2.0",
        "PSF-2.0",
        "Python-2.0",
        "Unlicense",
        "Zlib",
    }
)
"""SPDX identifiers of licenses that the FSF's list calls compatible with GPL version 3 (sure), and the GPL itself."""
PREFIX = "License :: OSI Approved :: "
CLASSIFIERS = {
    "Apache Software License": "Apache-2.0",
    # The classifier is for the clauses 2 and 3 alike, which are both compatible.
    "BSD License": "BSD-2-Clause OR BSD-3-Clause",
    "GNU General Public License v3 or later (GPLv3+)": "GPL-3.0-or-later",
    "GNU Lesser General Public License v3 or later (LGPLv3+)": "LGPL-3.0-or-later",
    "ISC License (ISCL)": "ISC",
    "MIT License": "MIT",
    "MIT No Attribution License (MIT-0)": "MIT-0",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    "Python Software Foundation License": "PSF-2.0",
    "The Unlicense (Unlicense)": "Unlicense",
}
"""PyPI's classifiers, which name licenses less exactly than SPDX does."""


def expression(metadata: PackageMetadata) -> str:
    """The SPDX expression that a package's metadata come to; empty where they say nothing that is understood."""
    said = metadata.get("License-Expression")
    if said:
        return str(said)
    classifiers = [
        CLASSIFIERS.get(text.removeprefix(PREFIX), "")
        for text in metadata.get_all("Classifier") or ()
        if text.startswith(PREFIX)
    ]
    if len(classifiers) == 1:
        return classifiers[0]
    if classifiers:
        # They do not say whether one may choose, so all of them must fit.
        return " AND ".join(f"({one})" for one in classifiers) if all(classifiers) else ""
    field = str(metadata.get("License") or "").strip()
    return field if field in COMPATIBLE else CLASSIFIERS.get(field, "")


def fits(text: str) -> bool:
    """Whether what is under GPL-3.0-or-later may use software under the expression; False for none."""
    try:
        parsed = get_spdx_licensing().parse(text, validate=True) if text else None
    except ExpressionError:
        return False
    return parsed is not None and _fits(parsed)


def _fits(parsed: Any) -> bool:
    operator = getattr(parsed, "operator", None)
    if operator is None:  # a license, perhaps with an exception
        return str(parsed) in COMPATIBLE
    parts = [_fits(part) for part in parsed.args]
    return any(parts) if operator.strip() == "OR" else all(parts)


def main() -> int:
    """0 when all fit."""
    try:
        found = packages()
    except Missing as error:
        sys.exit(str(error))
    wrong = []
    for name, package in found.items():
        text = expression(package.found.metadata)
        good = fits(text)
        print(f"{name} {package.version}: {text or 'license not known'}{'' if good else '  <- look at this one'}")
        if not good:
            wrong.append(name)
    if wrong:
        print(f"Not known to be compatible with GPL-3.0-or-later: {', '.join(wrong)}", file=sys.stderr)
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main())
