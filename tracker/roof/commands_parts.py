"""Commands that run the parts without ports: writer, sessionizer, a rebuild."""

from __future__ import annotations

from contextlib import closing
from datetime import date

import click
import msgspec
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from sessionizer.loop import Sessionizer
from tracker.clock import SystemClock
from tracker.errors import BadInput, Held
from tracker.offers_file import OfferFile
from tracker.registry import Registry
from tracker.roof.flags import COMMON, settings_flags
from tracker.roof.going_on import keep_going, stop_on_signal
from tracker.roof.opening import adding_up, opened
from tracker.roof.rebuilding import Rebuild
from tracker.roof.remote import Remote
from tracker.roof.spools import COLLECT, drained
from tracker.settings import Settings
from tracker.tombstones import Sieve
from tracker.writer import Writer


@click.command()
@settings_flags()
def write(settings: Settings) -> None:
    """The writer alone, on a ClickHouse server. It takes what this machine's door has spooled."""
    stop = stop_on_signal()
    with drained(settings, COLLECT) as directories, opened(settings, wait=stop.wait) as store:
        registry = Registry(store, settings.data, SystemClock())  # writes sites.json, as OfferFile writes offers.json, for this machine's door
        offers = OfferFile(store, settings.data)
        writer = Writer(store, directories, sieve=Sieve.of(settings.data, store))

        def look_again() -> None:
            registry.freshen()
            offers.freshen(registry.clock.now_ms())

        keep_going("writer", lambda: writer.run(stop, look_again), stop)


@click.command()
@click.option("--once", is_flag=True, help="One tick, then end")
@settings_flags()
def sessionize(settings: Settings, once: bool) -> None:
    """The sessionizer alone, on a ClickHouse server. One at a time."""
    stop = stop_on_signal()
    with adding_up(settings), opened(settings, wait=None if once else stop.wait) as store:
        registry = Registry(store, settings.data, SystemClock())
        runner = Sessionizer(store, registry.sites, SystemClock())
        if once:
            click.echo(runner.tick())
            return

        def ticks() -> None:
            while not stop.is_set():
                registry.freshen()
                runner.tick()
                stop.wait(settings.tick_ms / 1000)

        keep_going("sessionizer", ticks, stop)


@click.command()
@click.option("--site", required=True, help="Whose profiles")
@click.option("--from", "from_day", default=None, metavar="DAY", help="First day, as in 2026-11-01")
@click.option("--to", "to_day", default=None, metavar="DAY", help="Last day")
@click.option("--dry-run", is_flag=True, help="Say what would change, change nothing")
@click.option("--what-if", "rules", multiple=True, metavar="RULE=VALUE", help="… under another rule, as in session_gap_s=3600; may be repeated")
@click.option("--anew", is_flag=True, help="From the beginning, also where a rebuild was broken off")
@settings_flags(*COMMON)
def rebuild(
    settings: Settings, site: str, from_day: str | None, to_day: str | None, dry_run: bool, rules: tuple[str, ...], anew: bool
) -> None:
    """Add up a site's events anew. A running `serve` does it beside its other work."""
    first, last = day(from_day), day(to_day)
    if first and last and first > last:
        raise BadInput(f"--from {first} is after --to {last}; no day lies between them")
    asked = Rebuild(site, first, last, dry_run, dict(map(rule, rules)), anew)
    try:
        built = rebuilt_here(settings, asked)
    except Held:
        with closing(Remote(settings.data)) as remote:
            built = remote.call("POST", "/internal/rebuild", msgspec.to_builtins(asked))["rebuilt"]
    click.echo(built)


def rebuilt_here(settings: Settings, asked: Rebuild) -> str:
    with adding_up(settings), opened(settings) as store, progress() as bar:
        registry = Registry(store, settings.data, SystemClock())
        task = bar.add_task("Rebuilding", total=None)
        runner = Sessionizer(store, registry.sites, SystemClock())
        return asked.by(runner, registry, lambda done, of: bar.update(task, completed=done, total=of))


def rule(text: str) -> tuple[str, str]:
    name, given, value = text.partition("=")
    if not given:
        raise BadInput(f"{text!r} is no rule; write it as in session_gap_s=3600")
    return name, value


def day(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise BadInput(f"{text!r} is no day; write it as in 2026-11-01") from None


def progress() -> Progress:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    return Progress(*columns, console=Console(stderr=True))
