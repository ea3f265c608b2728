"""`tracker site …` and `tracker key …`: run here, or sent to the `serve` that holds the store."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

import click

from tracker import registry as commands
from tracker.clock import SystemClock, ms_of_iso
from tracker.errors import BadInput, Held
from tracker.registry import Registry
from tracker.roof.flags import COMMON, settings_flags
from tracker.roof.opening import opened
from tracker.roof.remote import Remote
from tracker.settings import Settings
from tracker.site_rules import SETTABLE

json_flag = click.option("--json", "as_json", is_flag=True, help="Print one JSON value")


def run(settings: Settings, command: str, given: Mapping[str, Any]) -> Any:
    """One of registry.COMMANDS, wherever the store is. Raises BadInput."""
    try:
        with opened(settings, readers=1) as store:
            return commands.run(Registry(store, settings.data, SystemClock()), command, given)
    except Held:
        remote = Remote(settings.data)
        try:
            return remote.call("POST", f"/internal/{command}", dict(given))
        finally:
            remote.close()


def show(answer: Any, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(answer))
    elif isinstance(answer, list):
        for row in answer:
            click.echo("  ".join(f"{name}={text(value)}" for name, value in row.items()))
        if not answer:
            click.echo("None yet.")
    else:
        for name, value in answer.items():
            click.echo(f"{name:10} {text(value)}")


def text(value: Any) -> str:
    if isinstance(value, list):
        return ",".join(map(str, value))
    return "-" if value is None else str(value)


def rule_flags(function: Callable[..., Any]) -> Callable[..., Any]:
    """A flag per rule of a site."""
    for name in reversed(SETTABLE):
        if name == "origins":
            option = click.option("--origin", name, multiple=True, metavar="URL", help="Where its pages live, scheme://host[:port]; may be repeated")
        else:
            option = click.option("--" + name.replace("_", "-"), name, metavar="VALUE", help=f"Rule {name}, see docs/operations.md")
        function = option(function)
    return function


def given_rules(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: list(value) if isinstance(value, tuple) else value for name, value in values.items() if value not in (None, ())}


@click.group()
def site() -> None:
    """The websites: add, list, set rules, remove."""


@site.command("add")
@click.argument("name")
@rule_flags
@json_flag
@settings_flags(*COMMON)
def site_add(settings: Settings, name: str, as_json: bool, **rules: Any) -> None:
    """Add a website. Prints its public site key and a secret API key (shown this once)."""
    show(run(settings, "site/add", {"name": name, **given_rules(rules)}), as_json)


@site.command("list")
@json_flag
@settings_flags(*COMMON)
def site_list(settings: Settings, as_json: bool) -> None:
    """The websites and their rules."""
    show(run(settings, "site/list", {}), as_json)


@site.command("set")
@click.argument("name")
@rule_flags
@json_flag
@settings_flags(*COMMON)
def site_set(settings: Settings, name: str, as_json: bool, **rules: Any) -> None:
    """Change rules or origins of a website. What is given replaces what was."""
    changed = given_rules(rules)
    if not changed:
        raise BadInput(f"Nothing to change. Name a rule, as in: tracker site set {name} --session-gap-s 3600")
    show(run(settings, "site/set", {"name": name, **changed}), as_json)


@site.command("remove")
@click.argument("name")
@json_flag
@settings_flags(*COMMON)
def site_remove(settings: Settings, name: str, as_json: bool) -> None:
    """Refuse a website's events from now on and revoke its keys. What was stored stays."""
    show(run(settings, "site/remove", {"name": name}), as_json)


@click.group()
def key() -> None:
    """The secret keys of the API: create, list, revoke."""


@key.command("create")
@click.option("--site", "name", required=True, help="Which website it opens")
@click.option("--scope", "scopes", multiple=True, required=True, type=click.Choice(commands.SCOPES), help="What it may do; may be repeated")
@click.option("--expires", default=None, metavar="TIME", help="When it ends, as in 2027-01-01T00:00:00Z")
@json_flag
@settings_flags(*COMMON)
def key_create(settings: Settings, name: str, scopes: tuple[str, ...], expires: str | None, as_json: bool) -> None:
    """Make a key. It is shown this once and stored only as a hash."""
    try:
        expires_at = ms_of_iso(expires) if expires else None
    except (ValueError, OverflowError):
        raise BadInput(f"--expires is {expires!r}; write it as in 2027-01-01T00:00:00Z") from None
    show(run(settings, "key/create", {"site": name, "scopes": list(scopes), "expires_at": expires_at}), as_json)


@key.command("list")
@click.option("--site", "name", default="", help="Only this website's")
@json_flag
@settings_flags(*COMMON)
def key_list(settings: Settings, name: str, as_json: bool) -> None:
    """The keys in use, by their first characters."""
    keys = run(settings, "key/list", {"site": name})
    show(keys, as_json)
    for each in keys:
        if each["leaked_at"]:
            told = f"Key {each['key_id']}… was sent to the public door on {each['leaked_at']}: anybody may have read it."
            click.echo(f"{told} Make another and revoke it: tracker key revoke {each['key_id']}", err=True)


@key.command("revoke")
@click.argument("key_id")
@json_flag
@settings_flags(*COMMON)
def key_revoke(settings: Settings, key_id: str, as_json: bool) -> None:
    """End a key, named by its first characters."""
    show(run(settings, "key/revoke", {"key_id": key_id}), as_json)
