"""Inspect a page: the link with which the owner sees a page of the shop with the tag's eyes."""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import urlsplit, urlunsplit

from starlette.responses import RedirectResponse, Response

from profiles.views.guard import Call
from profiles.views.render import render, shown
from tracker import inspection, site_rules
from tracker.errors import BadInput


@dataclass(frozen=True, slots=True)
class InspectContext:
    url: str = field(metadata=shown("what was entered"))
    link: str = field(metadata=shown("the address to open; '' = none could be made"))
    trouble: str = field(metadata=shown("why there is none; '' = there is one"))
    minutes: int = field(metadata=shown("for how long the link is good"))
    site_name: str = field(metadata=shown("name of the site"))


def inspect(call: Call) -> Response:
    """The page behind the form, come upon without it."""
    return RedirectResponse("/install#inspect", status_code=303)


def link(call: Call) -> Response:
    url, minutes, site = call.form.get("url", "").strip()[:2000], inspection.VALID_MS // 60_000, call.shop
    try:
        page = page_of(url, site.origins)
    except BadInput as refused:
        return render(call, "inspect.html", InspectContext(url, "", str(refused), minutes, site.name), status=422)
    given = inspection.pass_for(site, inspection.make_secret(call.deps.settings.data), call.now_ms)
    return render(call, "inspect.html", InspectContext(page, with_parameter(page, given), "", minutes, site.name))


def page_of(url: str, origins: tuple[str, ...]) -> str:
    """The address of a page of this site, without an older link's token. Raises BadInput, which says what would be one."""
    example = f"Enter one as in: {origins[0]}/" if origins else "This site has no address yet: tracker site set NAME --origin URL"
    if not url.isprintable() or "\\" in url:
        raise BadInput(f"This is not an address of a page. {example}")
    try:
        parts = urlsplit(url if "://" in url else f"https://{url}")
        origin = site_rules.origin(f"{parts.scheme}://{parts.netloc}")
        if "://" not in url and origin not in origins:
            origin = site_rules.origin(f"http://{parts.netloc}")
    except (ValueError, BadInput):
        raise BadInput(f"This is not an address of a page. {example}") from None
    if origin not in origins:
        raise BadInput(f"{origin} is not one of this site's addresses. {example}")
    query = "&".join(each for each in parts.query.split("&") if each and each.partition("=")[0] != inspection.PARAMETER)
    scheme, _, host = origin.partition("://")
    return urlunsplit((scheme, host, parts.path or "/", query, parts.fragment))


def with_parameter(url: str, given: str) -> str:
    parts = urlsplit(url)
    return urlunsplit(parts._replace(query="&".join(filter(None, [parts.query, f"{inspection.PARAMETER}={given}"]))))
