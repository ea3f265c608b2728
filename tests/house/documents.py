"""The parts of the documents that are made from the code. `make docs` writes them, test_documents.py holds them.

in   tracker.settings.table(); the tables of the vocabularies; the points of the purpose; the fields of conditions
out  the settings table of docs/operations.md, the tables of docs/vocabularies.md, each between two markers
"""

from __future__ import annotations

import re

from tests.house import conditions, purpose, vocabularies
from tests.house.tree import ROOT
from tracker.settings import table

OPERATIONS = ROOT / "docs" / "operations.md"
SETTINGS = re.compile(r"(?<=<!-- settings: made by `make docs` -->\n).*?(?=<!-- /settings -->)", re.S)


def settings_table() -> str:
    rows = [f"| `{variable}` | `{flag}` | {f'`{default}`' if default else '(empty)'} | {help_} |" for variable, flag, default, help_ in table()]
    return "\n".join(["| variable | flag | default | what it is |", "|---|---|---|---|", *rows, ""])


def write() -> None:
    text = OPERATIONS.read_text()
    OPERATIONS.write_text(SETTINGS.sub(lambda _: settings_table(), text))
    vocabularies.write()
    purpose.write()
    conditions.write()


if __name__ == "__main__":
    write()
