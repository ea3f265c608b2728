"""The tables of docs/vocabularies.md, made from tracker/vocabularies/*_tables.py. `make docs` writes them, test_vocabularies.py holds them.

in   the tables of the code
out  Markdown between two markers, by the marker's name
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from tests.house.tree import ROOT
from tracker.dialects.segment import PATHS
from tracker.vocabularies import ga4_tables, segment_tables
from tracker.vocabularies.mapping import Names, Tables

PAGE = ROOT / "docs" / "vocabularies.md"
PART = re.compile(r"(?<=<!-- )(?P<name>[a-z0-9 ]+)(?P<mark>: made by `make docs` -->\n).*?(?=<!-- / -->)", re.S)


def rows(head: str, lines: Iterable[str]) -> str:
    return "\n".join([head, "|---" * (head.count("|") - 1) + "|", *lines, ""])


def events(tables: Tables, title: bool) -> str:
    lines = []
    for name, (kind, constants) in tables.events.items():
        others = [told(alias, title) for alias, meant in tables.aliases.items() if meant == name]
        here = f"`{kind}`" + "".join(f" · `{field}` {value}" for field, value in constants.items())
        older = f" {', '.join(others) or '–'} |" if tables.aliases else ""
        lines.append(f"| {told(name, title)} |{older} {here} |")
    return rows("| event | older names | here |" if tables.aliases else "| event | here |", lines)


def told(name: str, title: bool) -> str:
    return name.title().replace(" To ", " to ") if title else f"`{name}`"


def fields(tables: Tables) -> str:
    found: dict[str, Mapping[str, tuple[str, ...]]] = {f"`{kind}`": table for kind, table in tables.fields.items()}
    found |= {f"`content` of kind {kind}": table for kind, table in tables.content.items()}
    lines = [line for kind, table in found.items() for line in named(table, kind)]
    return rows("| event here | its field | is taken from, the first that is given |", lines)


def item(tables: Tables) -> str:
    joined = [f"| `{field}` | {' / '.join(f'`{name}`' for name in names)}, joined by a slash |" for field, names in tables.joined.items()]
    return rows(f"| field of an item | property of `{tables.items}[]` |", [*named(tables.item), *joined])


def named(table: Names, kind: str = "") -> Iterable[str]:
    for field, names in table.items():
        yield f"{f'| {kind} ' if kind else ''}| `{field}` | {', '.join(f'`{name}`' for name in names)} |"


def not_kept(whys: Mapping[str, str]) -> str:
    return rows("| not kept | why |", (f"| `{name}` | {why.partition(': ')[2]} |" for name, why in whys.items()))


def paths() -> str:
    kinds = dict.fromkeys(PATHS.values())
    return rows("| call | `POST /v1/…` |", (f"| {kind} | {', '.join(f'`{path}`' for path in PATHS if PATHS[path] == kind)} |" for kind in kinds))


def campaign() -> str:
    lines = [f"| `{name}` | `{into}` |" for name, into in segment_tables.CAMPAIGN.items()]
    return rows("| `context.campaign` | parameter of the page's address |", lines)


def passed_over(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in sorted(names)) + "\n"


def parts() -> dict[str, str]:
    segment, ga4 = segment_tables.TABLES, ga4_tables.TABLES
    return {
        "segment paths": paths(), "segment events": events(segment, title=True), "segment fields": fields(segment), "segment items": item(segment),
        "segment campaign": campaign(), "segment not kept": not_kept(segment_tables.NOT_KEPT),
        "segment envelope": passed_over(segment_tables.PASSED_OVER),
        "ga4 events": events(ga4, title=False), "ga4 fields": fields(ga4), "ga4 items": item(ga4),
        "ga4 page": rows("| of the page | parameter |", named(ga4_tables.PAGE)), "ga4 not kept": not_kept(ga4_tables.NOT_KEPT),
        "ga4 envelope": passed_over(ga4_tables.PASSED_OVER),
    }  # fmt: skip


def made(text: str) -> str:
    """The page with its tables as the code has them."""
    found = parts()
    return PART.sub(lambda part: part["name"] + part["mark"] + found[part["name"]], text)


def write() -> None:
    PAGE.write_text(made(PAGE.read_text()))
