"""How a page is made: one template per page, one Context dataclass per template, the frame around all of them.

in   a Call, a template's name, its Context
out  an HTML response; the template gets the context's fields and `frame`, nothing else
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, fields
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.templating import Jinja2Templates

from profiles.views import words
from tracker.clock import iso

if TYPE_CHECKING:
    from profiles.views.guard import Call

HERE = Path(__file__).resolve().parent.parent
STATIC = HERE / "static"
NAV = (
    ("live", "/", "Live"), ("sessions", "/sessions", "Sessions"), ("carts", "/carts", "Carts"), ("customers", "/customers", "Customers"),
    ("lists", "/lists", "Lists"), ("campaigns", "/campaigns", "Campaigns"), ("rules", "/rules", "Rules"), ("quality", "/quality", "Quality"),
    ("webhooks", "/webhooks", "Webhooks"), ("install", "/install", "Install"),
)  # fmt: skip


def shown(help: str) -> dict[str, str]:  # noqa: A002 - the word used everywhere for it
    """Metadata of a field of a Context: what it is for."""
    return {"help": help}


@dataclass(frozen=True, slots=True)
class Frame:
    """What base.html needs on every page."""

    site: str = field(metadata=shown("name of the site the page is about; '' = none yet or not logged in"))
    sites: list[str] = field(metadata=shown("sites the person may switch to; empty = no choice"))
    timezone: str = field(metadata=shown("time zone of the site, in which all times are shown"))
    now_ms: int = field(metadata=shown("the time this page was made"))
    is_logged_in: bool = field(metadata=shown("whether somebody is logged in"))
    path: str = field(metadata=shown("the path that was asked for"))
    style: str = field(metadata=shown("address of the style sheet, with its fingerprint"))
    script: str = field(metadata=shown("address of htmx, with its fingerprint"))
    editor: str = field(metadata=shown("address of editor.js, with its fingerprint"))


@dataclass(frozen=True, slots=True)
class Notice:
    """notice.html: one thing to say."""

    title: str = field(metadata=shown("what happened, in a few words"))
    text: str = field(metadata=shown("what it means and what to do"))


@cache
def templates() -> Jinja2Templates:
    made = Jinja2Templates(HERE / "templates")
    env = made.env
    env.trim_blocks = env.lstrip_blocks = True
    env.globals["nav"] = NAV
    env.filters |= {
        "clean": words.clean, "web_link": words.web_link, "count": words.count, "listed": words.listed, "duration": words.duration,
        "iso": iso, "ago": words.ago, "clock": words.clock_time, "clock_s": words.clock_time_s, "moment": words.moment, "quantity": words.quantity,
        "money": words.money, "segment": segment,
    }  # fmt: skip
    return made


def segment(text: str) -> str:
    """One path segment made of an id that may hold anything, slashes too."""
    return quote(text, safe="")


def render(call: Call, template: str, context: Any, status: int = 200) -> Response:
    values = {f.name: getattr(context, f.name) for f in fields(context)}
    return templates().TemplateResponse(call.request, template, {"frame": frame(call), **values}, status_code=status)


def text_of(call: Call, template: str, context: Any) -> str:
    """A partial as text, where its fingerprint is wanted before it is sent."""
    values = {f.name: getattr(context, f.name) for f in fields(context)}
    return templates().get_template(template).render({"frame": frame(call), **values})


def frame(call: Call) -> Frame:
    sites = sorted(call.deps.registry.sites()) if call.login and call.login.is_local else []
    return Frame(
        site=call.site.name if call.site else "",
        sites=sites if len(sites) > 1 else [],
        timezone=call.site.timezone if call.site else "UTC",
        now_ms=call.now_ms,
        is_logged_in=call.login is not None,
        path=call.request.url.path,
        style=f"/static/style.css?{fingerprint('style.css')}",
        script=f"/static/vendor/htmx-2.0.11.min.js?{fingerprint('vendor/htmx-2.0.11.min.js')}",
        editor=f"/static/editor.js?{fingerprint('editor.js')}",
    )


@cache
def fingerprint(name: str) -> str:
    return hashlib.sha256((STATIC / name).read_bytes()).hexdigest()[:12]


def not_here(call: Call, refused: HTTPException) -> Response:
    if refused.status_code == 404:
        unknown = "This page does not exist, or it belongs to another site."
        notice = Notice("Nothing is here", unknown if refused.detail == "Not Found" else refused.detail)
    else:
        notice = Notice("That could not be done", refused.detail)
    return render(call, "notice.html", notice, status=refused.status_code)
