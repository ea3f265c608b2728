"""The command line: `tracker …`. A command's module is loaded when it is called, so that collect starts without the database's client."""

from __future__ import annotations

from importlib import import_module

import click

from tracker import __version__, logs
from tracker.errors import Held, TrackerError, Unusable

# command -> module of tracker/roof/ and its name there
COMMANDS = {
    "serve": ("commands_serve", "serve"),
    "collect": ("commands_serve", "collect"),
    "write": ("commands_parts", "write"),
    "sessionize": ("commands_parts", "sessionize"),
    "profiles": ("commands_serve", "profiles"),
    "store": ("commands_serve", "store"),
    "site": ("commands_sites", "site"),
    "key": ("commands_sites", "key"),
    "import": ("commands_data", "import_command"),
    "rebuild": ("commands_parts", "rebuild"),
    "dead": ("commands_dead", "dead"),
    "forget": ("commands_privacy", "forget"),
    "export-person": ("commands_privacy", "export_person"),
    "migrate": ("commands_data", "migrate"),
    "settings": ("commands_data", "show_settings"),
    "doctor": ("commands_data", "doctor"),
}


class Tracker(click.Group):
    """Errors of our own are sentences for a person, not tracebacks: exit code 2, or 3 where the data folder is held or cannot be used."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module, name = COMMANDS[cmd_name]
        command: click.Command = getattr(import_module(f"tracker.roof.{module}"), name)
        return command

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except TrackerError as error:
            click.echo(f"tracker: {error}", err=True)
            ctx.exit(3 if isinstance(error, Held | Unusable) else 2)


@click.group(cls=Tracker, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 120})
@click.version_option(__version__, prog_name="tracker")
def main() -> None:
    """Eyes for a web shop: who came, why, what they looked at, what they left in the cart."""
    logs.to_stderr()


if __name__ == "__main__":
    main()
