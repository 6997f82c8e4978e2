"""Every sentence of a diagnosis, English and Japanese, and how a text from a host may be shown.

`message` holds sentences as data, `causes` and `evidence` the tables, `display` the one exit for what a host said, and
`csv_cell` the cells of spreadsheets. No fact is judged here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..._facade import lazy_exports

if TYPE_CHECKING:
    from . import causes, solutions
    from .csv_cell import cell, writer
    from .display import shown, shown_all, visible
    from .evidence import render
    from .message import DEFAULT_LANGUAGE, LANGUAGES, Message, Text, listed, sentences
    from .proxies import render_proxies
    from .questions import QUESTIONS
else:
    __getattr__ = lazy_exports(
        __name__,
        {
            "causes": "causes",
            "csv_cell": "cell writer",
            "display": "shown shown_all visible",
            "evidence": "render",
            "message": "DEFAULT_LANGUAGE LANGUAGES Message Text listed sentences",
            "proxies": "render_proxies",
            "questions": "QUESTIONS",
            "solutions": "solutions",
        },
    )
