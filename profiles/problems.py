"""What goes wrong in a request, as the caller is told: {"error":{"code","message"}} (docs/api.md)."""

from __future__ import annotations

from collections.abc import Mapping

from starlette.responses import Response

from profiles.answers import Error, ErrorBody, encode

# No answer of the API is a page, and none may be kept by a cache on the way.
HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


class Problem(Exception):
    def __init__(self, status: int, code: str, message: str, *, headers: Mapping[str, str] | None = None, superseded_by: str = "") -> None:
        super().__init__(message)
        self.status, self.code, self.message = status, code, message
        self.headers = dict(headers or {})
        self.superseded_by = superseded_by

    @property
    def error(self) -> Error:
        body = ErrorBody(self.code, self.message)
        if self.superseded_by:
            body.superseded_by = self.superseded_by
        return Error(body)

    def reply(self) -> Response:
        return reply(self.error, self.status, self.headers)


def reply(answer: object, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    return Response(encode(answer), status, HEADERS | dict(headers or {}), media_type="application/json")


def bad_parameter(name: str, value: str, cure: str) -> Problem:
    return Problem(400, "parameter_invalid", f"`{name}` is {value[:100]!r}; {cure}")


def not_found(what: str, name: str) -> Problem:
    return Problem(404, "not_found", f"There is no {what} {name[:100]!r} in this site")
