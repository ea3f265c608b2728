"""The way into every page: who asks, may they, and the headers that go out.

in   a handler `Call -> Response` (a plain function: the store is synchronous, so it runs in a thread)
out  a Starlette endpoint; strangers get the log-in, a cross-site form gets 403, every answer gets HEADERS
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, quote, urlsplit

import anyio.to_thread
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from profiles.deps import Deps
from profiles.login import ABSOLUTE_MS, Login, Logins
from profiles.views.render import Notice, not_here, render
from tracker.errors import BadSetting, StoreDown, StoreRefused
from tracker.failures import FAILURES
from tracker.sites import Site

CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {"Content-Security-Policy": CSP, "X-Content-Type-Options": "nosniff", "Referrer-Policy": "same-origin", "Cache-Control": "no-store"}
FORM_MAX_BYTES = 64 * 1024
SAFE = ("GET", "HEAD")
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Call:
    """One request of a person: what was asked, by whom, about which site."""

    request: Request
    deps: Deps
    login: Login | None = None
    site: Site | None = None
    form: Mapping[str, str] = field(default_factory=dict)

    @property
    def query(self) -> Mapping[str, str]:
        return self.request.query_params

    @property
    def shop(self) -> Site:
        """The site a page is about; `answer` lets nobody through to such a page without one."""
        if self.site is None:
            raise BadSetting("This page is about a site, and there is none")
        return self.site

    @property
    def logins(self) -> Logins:
        return logins_of(self.deps)

    @property
    def now_ms(self) -> int:
        return self.deps.clock.now_ms()


Handler = Callable[[Call], Response]
Endpoint = Callable[[Request], Any]


def page(handler: Handler, *, public: bool = False) -> Endpoint:
    """The endpoint of a page. `public`: strangers may see it too (the log-in)."""

    async def endpoint(request: Request) -> Response:
        form = await form_of(request)
        response = await anyio.to_thread.run_sync(answer, handler, request, form, public, limiter=request.app.state.deps.threads)
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        return response

    return endpoint


def answer(handler: Handler, request: Request, form: Mapping[str, str] | None, public: bool) -> Response:
    deps: Deps = request.app.state.deps
    login = login_of(request)
    call = Call(request, deps, login, site_of(deps, login), form or {})
    if form is None:
        return notice(call, 413, "That was too much", "The form was larger than any form here can be.")
    if request.method not in SAFE and is_foreign(request, login is not None):
        return notice(call, 403, "This did not come from here", "Another website tried to act in your name. Nothing was done.")
    if public:
        return handled(handler, call)
    if login is None:
        return to_log_in(request)
    if call.site is None:
        return notice(call, 404, "There is no site yet", "Make one on the machine of the tracker: tracker site add NAME --origin URL")
    return handled(handler, call)


def handled(handler: Handler, call: Call) -> Response:
    try:
        return handler(call)
    except HTTPException as refused:
        return not_here(call, refused)
    except StoreDown as down:
        log.warning("page %s: %s", call.request.url.path, down)
        return notice(call, 503, "The database does not answer", "Nothing is lost; please try again in a moment.")
    except StoreRefused as refused:
        log.warning("page %s: %s", call.request.url.path, refused)
        return notice(call, 422, "This was too much to ask", "Choose fewer days or a narrower filter, please.")
    except Exception as error:  # whoever sees the page cannot read a log; whoever reads the log finds all of it there
        FAILURES.note("page", error)
        log.exception("%s %s failed", call.request.method, call.request.url.path)
        return notice(call, 500, "This page could not be made", "Nothing is lost. The log says what happened; please tell whoever runs the tracker.")


def notice(call: Call, status: int, title: str, text: str) -> Response:
    return render(call, "notice.html", Notice(title, text), status=status)


# --- who asks ------------------------------------------------------------------------------------------------------


def cookie_name(request: Request) -> str:
    """`__Host-` ties the cookie to this host and to https; a browser takes it over https only."""
    return "__Host-tracker" if request.scope["scheme"] == "https" else "tracker"


def login_of(request: Request) -> Login | None:
    """The log-in of the cookie, unless its key was revoked or has run out since."""
    deps: Deps = request.app.state.deps
    login = logins_of(deps).find(request.cookies.get(cookie_name(request), ""))
    if login is None or login.is_local:
        return login
    now = deps.clock.now_ms()
    alive = any(key.key_id == login.key_id and (key.expires_ms is None or now < key.expires_ms) for key in deps.registry.keys(login.site))
    return login if alive else None


def logins_of(deps: Deps) -> Logins:
    """The API knows only that links can be issued; the pages need the whole of it."""
    if not isinstance(deps.login, Logins):
        raise BadSetting("The pages need Deps.login to be a profiles.login.Logins")
    return deps.login


def site_of(deps: Deps, login: Login | None) -> Site | None:
    """A key sees its own site; a local admin the chosen one, else the first there is."""
    if login is None:
        return None
    sites = deps.registry.sites()
    if login.is_local:
        return sites.get(login.site) or next(iter(sites.values()), None)
    return sites.get(login.site)


def to_log_in(request: Request) -> Response:
    if "hx-request" in request.headers:
        return Response(status_code=401, headers={"HX-Redirect": "/login"})
    wanted = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    return RedirectResponse(f"/login?to={quote(wanted, safe='')}" if request.method in SAFE and wanted != "/" else "/login", status_code=303)


def with_login(response: Response, request: Request, cookie: str) -> Response:
    secure = request.scope["scheme"] == "https"
    response.set_cookie(cookie_name(request), cookie, max_age=ABSOLUTE_MS // 1000, path="/", secure=secure, httponly=True, samesite="lax")
    return response


def without_login(response: Response, request: Request) -> Response:
    response.delete_cookie(cookie_name(request), path="/", secure=request.scope["scheme"] == "https", httponly=True, samesite="lax")
    return response


# --- where the request comes from ----------------------------------------------------------------------------------


def is_foreign(request: Request, logged_in: bool) -> bool:
    """An unsafe request that another website caused. Browsers say so in Sec-Fetch-Site, older ones in Origin.

    Without both it is no browser: such a program may log in with its key, but not act with a cookie.
    """
    fetched = request.headers.get("sec-fetch-site")
    if fetched is not None:
        return fetched not in ("same-origin", "none")
    origin = request.headers.get("origin")
    if origin is None:
        return logged_in
    return urlsplit(origin).netloc.lower() != request.headers.get("host", "").lower()


async def form_of(request: Request) -> Mapping[str, str] | None:
    """The fields of an urlencoded form; None where it is too large."""
    if request.method in SAFE:
        return {}
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > FORM_MAX_BYTES:
            return None
    if not request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
        return {}
    try:
        return dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=100))
    except ValueError:
        return {}
