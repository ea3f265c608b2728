"""The fields of conditions, as docs/rules.md tells them; `make docs` writes them."""

from __future__ import annotations

import re

from profiles.conditions.fields import FIELDS, NAMED, Field
from tests.house.tree import ROOT

RULES = ROOT / "docs" / "rules.md"
FIELDS_PART = re.compile(r"(?<=<!-- fields: made by `make docs` -->\n).*?(?=<!-- /fields -->)", re.S)
KINDS = {"duration_s": "duration", "age_s": "age", "fact": "what you know"}


def tables() -> str:
    named = [f"| `{name}.NAME` | {field.label.strip(' :')} | {kind(field)} |" for name, field in NAMED.items()]
    parts = []
    for subject, fields in FIELDS.items():
        rows = [f"| `{field.name}` | {field.label} | {kind(field)} |" for field in fields]
        parts += [f"**Of a {subject}**", "", "| field | means | kind |", "|---|---|---|", *rows, *(named if subject == "customer" else []), ""]
    return "\n".join(["", *parts])


def kind(field: Field) -> str:
    choices = ", ".join(f"`{choice}`" for choice in field.choices)
    return KINDS.get(field.kind, field.kind) + (f": {choices}" if choices else "")


def write() -> None:
    RULES.write_text(FIELDS_PART.sub(lambda _: tables(), RULES.read_text()))
