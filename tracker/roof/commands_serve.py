"""Commands that run the product, whole or in parts."""

from __future__ import annotations

import socket
import sys
import threading
from pathlib import Path

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from tracker.clock import SystemClock
from tracker.registry import Registry
from tracker.roof.child import Pipe, inherited
from tracker.roof.flags import COMMON, settings_flags
from tracker.roof.opening import opened
from tracker.roof.supervisor import Supervisor, listen, public_url
from tracker.settings import Settings

fd_option = click.option("--fd", type=int, hidden=True, help="Listening socket inherited from the supervisor")
pipe_option = click.option("--pipe", type=int, hidden=True, help="Pipe to the supervisor")


@click.command()
@settings_flags()
def serve(settings: Settings) -> None:
    """The whole product in one command: public port, admin port, embedded database."""
    sys.exit(Supervisor(settings, click.echo).run())


@click.command()
@fd_option
@pipe_option
@settings_flags()
def collect(settings: Settings, fd: int | None, pipe: int | None) -> None:
    """The public door alone: takes events into the spool. Needs no database."""
    from tracker.roof.collect import run

    run(settings, inherited(fd) if fd is not None else listen(settings.host, settings.port, "--port"), Pipe(pipe))


@click.command(hidden=True)
@fd_option
@pipe_option
@settings_flags()
def store(settings: Settings, fd: int | None, pipe: int | None) -> None:
    """Writer, sessionizer, API and web UI in one process: what `serve` runs beside collect."""
    run_store(settings, fd, pipe)


@click.command()
@settings_flags()
def profiles(settings: Settings) -> None:
    """API and web UI alone, on a ClickHouse server; writes the API's own events too."""
    run_store(settings, None, None, sessionize=False)


def run_store(settings: Settings, fd: int | None, pipe: int | None, *, sessionize: bool = True) -> None:
    from tracker.roof.store import run

    listener: socket.socket = inherited(fd) if fd is not None else listen(settings.admin_host, settings.admin_port, "--admin-port")
    if not settings.public_url:
        from dataclasses import replace

        settings = replace(settings, public_url=public_url(settings, settings.port))
    run(settings, listener, Pipe(pipe), sessionize=sessionize)


@click.command()
@settings_flags()
def write(settings: Settings) -> None:
    """The writer alone: this machine's spool into a ClickHouse server."""
    from tracker.roof.store import spool_directories
    from tracker.writer import Writer

    with opened(settings) as store:
        Registry(store, settings.data, SystemClock())  # writes sites.json for this machine's door
        Writer(store, spool_directories(settings)).run(stop_on_signal())


@click.command()
@click.option("--once", is_flag=True, help="One tick, then end")
@settings_flags()
def sessionize(settings: Settings, once: bool) -> None:
    """The sessionizer alone, on a ClickHouse server: one at a time."""
    from sessionizer.loop import Sessionizer

    stop = stop_on_signal()
    with opened(settings) as store:
        registry = Registry(store, settings.data, SystemClock())
        runner = Sessionizer(store, registry.sites, SystemClock())
        while not stop.is_set():
            click.echo(runner.tick()) if once else runner.tick()
            if once:
                break
            stop.wait(settings.tick_ms / 1000)


def stop_on_signal() -> threading.Event:
    import signal

    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    return stop


@click.command()
@click.option("--site", required=True, help="Whose profiles")
@click.option("--from", "from_day", default=None, help="First day, 2026-11-01")
@click.option("--to", "to_day", default=None, help="Last day")
@click.option("--dry-run", is_flag=True, help="Say what would change, change nothing")
@settings_flags(*COMMON)
def rebuild(settings: Settings, site: str, from_day: str | None, to_day: str | None, dry_run: bool) -> None:
    """Add up a site's events anew. `serve` must not be running on an embedded database."""
    from datetime import date

    from sessionizer.loop import Sessionizer

    def day(text: str | None) -> date | None:
        return date.fromisoformat(text) if text else None

    with opened(settings) as store, progress() as bar:
        registry = Registry(store, settings.data, SystemClock())
        registry.site(site)
        task = bar.add_task("Rebuilding", total=None)
        built = Sessionizer(store, registry.sites, SystemClock()).rebuild(
            site, from_day=day(from_day), to_day=day(to_day), dry_run=dry_run, progress=lambda done, of: bar.update(task, completed=done, total=of)
        )
    click.echo(built)


def progress() -> Progress:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    return Progress(*columns, console=Console(stderr=True), transient=False)


def data_folder(settings: Settings) -> Path:
    settings.data.mkdir(parents=True, exist_ok=True, mode=0o700)
    return settings.data


COMMANDS = (serve, collect, store, write, sessionize, profiles, rebuild)
