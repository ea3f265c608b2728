"""The command line: `tracker …`."""

from __future__ import annotations

import logging
import sys

import click

from tracker import __version__
from tracker.errors import Held, TrackerError
from tracker.roof import commands_data, commands_serve, commands_sites

COMMANDS: tuple[click.Command, ...] = (*commands_serve.COMMANDS, *commands_sites.COMMANDS, *commands_data.COMMANDS)


class Tracker(click.Group):
    """Errors of our own are sentences for a person, not tracebacks: exit code 2, or 3 where another process holds the data folder."""

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except TrackerError as error:
            click.echo(f"tracker: {error}", err=True)
            ctx.exit(3 if isinstance(error, Held) else 2)


@click.group(cls=Tracker, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 120})
@click.version_option(__version__, prog_name="tracker")
def main() -> None:
    """Eyes for a web shop: who came, why, what they looked at, what they left in the cart."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s", stream=sys.stderr)
    logging.getLogger("httpx").setLevel(logging.WARNING)


for command in COMMANDS:
    main.add_command(command)

if __name__ == "__main__":
    main()
