"""Commands that run the product with its ports, whole or in parts."""

from __future__ import annotations

import sys
from dataclasses import replace

import click

from tracker.roof.flags import settings_flags
from tracker.settings import Settings

fd_option = click.option("--fd", type=int, hidden=True, help="Listening socket inherited from the supervisor")
pipe_option = click.option("--pipe", type=int, hidden=True, help="Pipe to the supervisor")


@click.command()
@settings_flags()
def serve(settings: Settings) -> None:
    """The whole product in one command. Public port, admin port and, unless a server is named, the embedded database."""
    from tracker.roof.supervisor import Supervisor

    sys.exit(Supervisor(settings, click.echo).run())


@click.command()
@fd_option
@pipe_option
@settings_flags()
def collect(settings: Settings, fd: int | None, pipe: int | None) -> None:
    """The public door alone: takes events into the spool. Needs no database."""
    from tracker.roof.child import Pipe, inherited
    from tracker.roof.collect import run
    from tracker.roof.supervisor import listen

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
    """API and web UI alone, on a ClickHouse server. What comes in by the API it writes itself."""
    run_store(settings, None, None, alone=True)


def run_store(settings: Settings, fd: int | None, pipe: int | None, *, alone: bool = False) -> None:
    from tracker.roof.child import Pipe, inherited
    from tracker.roof.spools import API, COLLECT
    from tracker.roof.store import run
    from tracker.roof.supervisor import listen, public_url

    listener = inherited(fd) if fd is not None else listen(settings.admin_host, settings.admin_port, "--admin-port")
    settings = replace(settings, public_url=public_url(settings, settings.port))
    run(settings, listener, Pipe(pipe), spools=(API,) if alone else (COLLECT, API), sessionize=not alone)
