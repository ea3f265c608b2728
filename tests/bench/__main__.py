"""The benchmarks by name, run one after the other; a table for people, and with --json a last line for programs.

in   names, none = all; --json; --big for the sizes that take minutes
out  {"collector": {"ratio_1": …}, …} as the last line: an object per name, with the keys that were measured
"""

from __future__ import annotations

import argparse
import importlib
import json

from rich.console import Console
from rich.table import Table

from tests.bench.figures import Figures, Options

NAMES = ("collector", "sessions", "api", "tag", "purpose", "readiness", "lists")  # each is a module of this package with run(options) -> Figures


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description="Measure the product on this machine.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"one or more of: {', '.join(NAMES)}; none = all")
    parser.add_argument("--json", action="store_true", help="print the figures as one JSON object on the last line")
    parser.add_argument("--big", action="store_true", help="add the sizes that take long: 20 million events stored, 100 million added up")
    given = parser.parse_args()
    unknown = [name for name in given.names if name not in NAMES]
    if unknown:
        parser.error(f"unknown benchmark {unknown[0]!r}; there are: {', '.join(NAMES)}")
    measured = {name: measure(name, Options(big=given.big)) for name in given.names or NAMES}
    if given.json:
        print(json.dumps({name: figures.keys for name, figures in measured.items()}))  # noqa: T201 - the output of this program


def measure(name: str, options: Options) -> Figures:
    console = Console()
    with console.status(f"measuring {name} …"):
        figures: Figures = importlib.import_module(f"tests.bench.{name}").run(options)
    table = Table("figure", "value", title=name, title_justify="left")
    for key, value in figures.keys.items():
        table.add_row(key, f"{value:,}")
    console.print(table)
    for remark in figures.remarks:
        console.print(f"  {remark}", style="dim", highlight=False, soft_wrap=True)
    return figures


if __name__ == "__main__":
    main()
