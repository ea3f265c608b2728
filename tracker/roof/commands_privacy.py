"""`tracker forget` and `tracker export-person`: run here, or in the `serve` that holds the store."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any

import click
import msgspec

from profiles.deps import Deps
from profiles.login import Logins
from sessionizer.loop import Sessionizer
from tracker.clock import SystemClock, iso
from tracker.errors import Held
from tracker.registry import Registry
from tracker.roof.commands_sites import json_flag
from tracker.roof.flags import COMMON, settings_flags
from tracker.roof.opening import opened
from tracker.roof.people import Whom, eraser, exported, forgotten
from tracker.roof.remote import Remote
from tracker.roof.spools import drained, spool_directories
from tracker.settings import Settings
from tracker.store import Store
from tracker.tombstones import Sieve
from tracker.writer import Writer

site_flag = click.option("--site", "name", required=True, help="At which website")
customer_flag = click.option("--customer", "customer_id", default="", metavar="ID", help="A customer, with every browser of theirs")
visitor_flag = click.option("--visitor", "visitor_id", default="", metavar="ID", help="One browser")


@click.command()
@site_flag
@customer_flag
@visitor_flag
@click.option("--log", "only_log", is_flag=True, help="Only say what was erased before, and when")
@json_flag
@settings_flags(*COMMON)
def forget(settings: Settings, name: str, customer_id: str, visitor_id: str, only_log: bool, as_json: bool) -> None:
    """Erase a person for good. Events, sessions, carts, profile, dead letters, spool; nothing of them comes back by a replay."""
    if only_log:
        show_log(ask(settings, "erasures", {"site": name})["erasures"], as_json)
        return
    erased = ask(settings, "forget", {"site": name, "customer_id": customer_id, "visitor_id": visitor_id})
    if as_json:
        click.echo(json.dumps(erased))
        return
    for what, pieces in erased["deleted"].items():
        if pieces:
            click.echo(f"{pieces:8} {what}")
    rows, browsers = sum(erased["deleted"].values()), len(erased["visitor_ids"])
    click.echo(f"{rows} rows and pieces of {browsers} browsers are deleted. What happened before now does not come back.")
    if erased["left_on_disk"]:
        click.echo(f"{erased['left_on_disk']} replaced parts still lie on disk; the database removes them by itself.")


@click.command("export-person")
@site_flag
@customer_flag
@visitor_flag
@settings_flags(*COMMON)
def export_person(settings: Settings, name: str, customer_id: str, visitor_id: str) -> None:
    """All that is stored about a person, as one JSON document."""
    told = ask(settings, "export-person", {"site": name, "customer_id": customer_id, "visitor_id": visitor_id})
    click.echo(json.dumps(told, indent=2, ensure_ascii=False))


def ask(settings: Settings, command: str, given: dict[str, Any]) -> Any:
    try:
        with here(settings) as deps:
            return answer(deps, command, given)
    except Held:
        with closing(Remote(settings.data)) as remote:
            return remote.call("POST", f"/internal/{command}", given)


def answer(deps: Deps, command: str, given: dict[str, Any]) -> Any:
    whom = msgspec.convert(given, Whom)
    if command == "erasures":
        return {"erasures": deps.eraser.entries(whom.site)}
    return msgspec.json.decode((forgotten if command == "forget" else exported)(deps, whom))


@contextmanager
def here(settings: Settings) -> Iterator[Deps]:
    """What the API would have, without one. Raises Held where a `serve` has the database."""
    clock = SystemClock()
    with opened(settings) as store:
        registry = Registry(store, settings.data, clock)
        directories = spool_directories(settings)
        sessionizer = Sessionizer(store, registry.sites, clock) if store.embedded else None  # on a server it runs by itself, one at a time
        erasing = eraser(settings, store, sessionizer, directories, lambda: write(settings, store))
        yield Deps(
            store=store, registry=registry, settings=settings, clock=clock, append=nowhere, note=lambda tally: None, spools=directories,
            login=Logins(settings.data / "logins.json", clock), erasing=erasing,
        )  # fmt: skip


async def nowhere(lines: list[bytes], tally: object) -> None:
    raise NotImplementedError("these commands send no events")


def write(settings: Settings, store: Store) -> None:
    """What lies sealed in the spools; those that another writer drains are its own."""
    for directory in spool_directories(settings):
        try:
            with drained(settings, directory.name) as mine:
                Writer(store, mine, sieve=Sieve.of(settings.data, store)).drain()
        except Held:
            continue


def show_log(entries: list[dict[str, Any]], as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(entries))
        return
    for entry in entries:
        deleted = sum(json.loads(entry["deleted"]).values())
        click.echo(f"{iso(entry['at_ms'])}  {entry['kind']:8}  {deleted} rows  asked by {entry['asked_by']}")
    if not entries:
        click.echo("Nobody was erased yet.")
