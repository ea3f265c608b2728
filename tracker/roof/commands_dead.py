"""`tracker dead`: lines that were acknowledged and could not be stored; told, and tried again."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from contextlib import closing
from typing import Any

import click
from rich.console import Console
from rich.table import Table

from tracker import dead_letters
from tracker.errors import Held
from tracker.roof.commands_sites import json_flag
from tracker.roof.flags import COMMON, settings_flags
from tracker.roof.opening import opened
from tracker.roof.remote import Remote
from tracker.roof.spools import API, drained, quarantined
from tracker.settings import Settings
from tracker.writer import Writer


@click.command()
@click.option("--replay", is_flag=True, help="Try them again, once their cause is mended: same event ids, so nothing counts twice")
@click.option("--site", "name", default="", help="Only this website's")
@click.option("--reason", default="", help="Only those of this reason, as in: code_41")
@click.option("--limit", default=100, type=click.IntRange(1, 10_000), help="At most so many lines of the table")
@json_flag
@settings_flags(*COMMON)
def dead(settings: Settings, replay: bool, name: str, reason: str, limit: int, as_json: bool) -> None:
    """Acknowledged events that the database would not take. By reason, with damaged pieces of the spool; `--replay` tries them again."""
    replayed = run(settings, "replay", {"site": name, "reason": reason})["replayed"] if replay else None
    letters = run(settings, "dead", {"site": name, "reason": reason, "limit": limit})["letters"]
    pieces = quarantined(settings)
    if as_json:
        told = {"letters": letters, "damaged": [{"file": str(path), "bytes": path.stat().st_size} for path in pieces]}
        click.echo(json.dumps(told | ({} if replayed is None else {"replayed": replayed})))
        return
    if replayed is not None:
        click.echo(f"{replayed} lines are on their way again; those that are refused again come back here.")
    show(letters)
    for path in pieces:
        click.echo(f"{path}: {path.stat().st_size} damaged bytes, kept for a look. The disk may be failing.")


def run(settings: Settings, command: str, given: Mapping[str, Any]) -> Any:
    """Here, or in the process that holds the database or the spool."""
    try:
        with opened(settings, readers=1) as store:
            if command == "dead":
                return {"letters": dead_letters.shown(dead_letters.summary(store, **given))}
            with drained(settings, API) as (directory,):
                replayed = dead_letters.replay(store, directory, **given)
                Writer(store, [directory]).drain()
            return {"replayed": replayed}
    except Held:
        with closing(Remote(settings.data)) as remote:
            return remote.call("POST", f"/internal/{command}", dict(given))


def show(letters: list[dict[str, Any]]) -> None:
    if not letters:
        click.echo("No dead letters.")
        return
    table = Table("Site", "Reason", "Count", "First", "Last", "The last one", box=None, pad_edge=False)
    for row in letters:
        table.add_row(row["site"] or "-", row["reason"], str(row["count"]), row["first"], row["last"], printable(row["message"])[:200])
    Console(width=max(120, shutil.get_terminal_size().columns), highlight=False, markup=False).print(table)
    click.echo("Once their cause is mended: tracker dead --replay")


def printable(text: str) -> str:
    """A stranger's text can neither colour the terminal nor type into it."""
    return "".join(letter if letter.isprintable() else "\ufffd" for letter in text)
