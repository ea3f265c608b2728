"""In and out: log-in by secret key or one-time link, log-out, the choice of a site."""

from __future__ import annotations

from dataclasses import dataclass, field

from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from profiles.views.guard import Call, cookie_name, with_login, without_login
from profiles.views.render import render, shown

WRONG_KEY = "This is not a key that is in use. Paste the whole key, from sk_ to the last character."
WRONG_SCOPE = "This key may not read. Use one with the scope read."
WRONG_LINK = "This link was used already, or it is older than a day. Log in with a key, or start the tracker again: it prints a new link."


@dataclass(frozen=True, slots=True)
class LoginContext:
    trouble: str = field(metadata=shown("why the last try did not work; '' = there was none"))
    to: str = field(metadata=shown("where to go once logged in"))


def login(call: Call) -> Response:
    token = call.query.get("token", "")
    to = safe_path(call.query.get("to", ""))
    if token and call.request.method == "GET" and "prefetch" not in call.request.headers.get("sec-purpose", ""):
        return by_link(call, token)
    if call.login is not None:
        return RedirectResponse(to, status_code=303)
    return render(call, "login.html", LoginContext("", to))


def by_link(call: Call, token: str) -> Response:
    throttle, address = call.logins.throttle, address_of(call)
    if wait_s := throttle.wait_s(address):
        return too_many(call, wait_s, "/")
    if not call.logins.redeem(token):
        throttle.failed(address)
        return render(call, "login.html", LoginContext(WRONG_LINK, "/"), status=403)
    return entered(call, call.logins.open(next(iter(call.deps.registry.sites()), "")), "/")


def by_key(call: Call) -> Response:
    throttle, address = call.logins.throttle, address_of(call)
    to = safe_path(call.form.get("to", ""))
    if wait_s := throttle.wait_s(address):
        return too_many(call, wait_s, to)
    access = call.deps.registry.check(call.form.get("key", "").strip())
    if access is None or not access.scopes & {"read", "admin"}:
        throttle.failed(address)
        return render(call, "login.html", LoginContext(WRONG_SCOPE if access else WRONG_KEY, to), status=403)
    return entered(call, call.logins.open(access.site, access.key_id), to)


def entered(call: Call, cookie: str, to: str) -> Response:
    """The old id, if there was one, ends with the new one: nobody can plant an id beforehand."""
    call.logins.close(call.request.cookies.get(cookie_name(call.request), ""))
    return with_login(RedirectResponse(to, status_code=303), call.request, cookie)


def too_many(call: Call, wait_s: int, to: str) -> Response:
    response = render(call, "login.html", LoginContext(f"Too many tries from your address. Please wait {wait_s} s.", to), status=429)
    response.headers["Retry-After"] = str(wait_s)
    return response


def logout(call: Call) -> Response:
    call.logins.close(call.request.cookies.get(cookie_name(call.request), ""))
    return without_login(RedirectResponse("/login", status_code=303), call.request)


def switch(call: Call) -> Response:
    """Another site, for those who may see all."""
    wanted = call.form.get("site", "")
    if call.login is not None and call.login.is_local and wanted in call.deps.registry.sites():
        call.logins.switch(call.request.cookies.get(cookie_name(call.request), ""), wanted)
    return RedirectResponse("/", status_code=303)


def nowhere(call: Call) -> Response:
    raise HTTPException(404)


def safe_path(path: str) -> str:
    """A path of this host and nothing else: `//evil.example` and `/\\evil.example` are hosts to a browser."""
    inside = path.startswith("/") and not path.startswith(("//", "/\\")) and path.isprintable() and "\\" not in path
    return path if inside and not path.startswith(("/login", "/live")) else "/"


def address_of(call: Call) -> str:
    client = call.request.client
    return client.host if client else ""
