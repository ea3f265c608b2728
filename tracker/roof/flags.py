"""The settings as flags: made from the one table, so that a flag cannot be forgotten."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields
from typing import Any

import click

from tracker import settings as table
from tracker.settings import Settings

COMMON = ("data", "store", "cluster")


def settings_flags(*names: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Adds a flag per setting (all of them, or those named) and passes the command one Settings as `settings`."""

    def decorate(function: Callable[..., Any]) -> Callable[..., Any]:
        def command(**given: Any) -> Any:
            flags = {f.name: given.pop(f"setting_{f.name}", None) for f in fields(Settings)}
            return function(settings=table.load(**flags), **given)

        wrapped: Callable[..., Any] = command
        wrapped.__name__, wrapped.__doc__ = function.__name__, function.__doc__
        wrapped.__click_params__ = list(getattr(function, "__click_params__", []))  # type: ignore[attr-defined]  # where click keeps them
        for field in reversed(fields(Settings)):
            if not names or field.name in names:
                wrapped = option(field)(wrapped)
        return wrapped

    return decorate


def option(field: Any) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    text = f"{field.metadata['help']}  [{table.variable(field.name)}; default: {field.default if field.default != '' else 'none'}]"
    flag = table.flag(field.name)
    if isinstance(field.default, bool):
        return click.option(f"{flag}/--no-{flag[2:]}", f"setting_{field.name}", default=None, help=text)
    return click.option(flag, f"setting_{field.name}", default=None, metavar="VALUE", help=text)
