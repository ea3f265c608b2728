"""A person says what a session was for, on its page; the model's answer stays beside it."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from profiles import corrections
from profiles.views import ask
from profiles.views.guard import Call
from profiles.views.render import segment
from profiles.views.words import clean, moment
from tracker.clock import ms_of_iso
from tracker.store import Row

LOCAL = "local admin"  # came by the one-time link of this machine
LABELS = {"purchase": "to buy", "browsing": "to look around", "information": "to find something out"}


@dataclass(frozen=True, slots=True)
class Verdict:
    label: str
    by: str
    agrees: bool


def verdict(call: Call, row: Row) -> Verdict | None:
    said = corrections.of_sessions(call.deps.store, call.shop, [row]).get(row["session_id"])
    if said is None:
        return None
    who = f"a {LOCAL}" if said.by == LOCAL else f"the key {clean(said.by, 40)}…"
    when = moment(ms_of_iso(said.at), call.now_ms, call.shop.timezone)
    return Verdict(said.label, f"{who}, {when}", said.label == row["purpose"])


def correct(call: Call) -> Response:
    row = ask.session(call, call.request.path_params["session_id"])
    if row is None:
        raise HTTPException(404, "This session does not exist. It may have been joined with another one by an event that came late.")
    label = call.form.get("label", "")
    if label not in ("", *LABELS):
        raise HTTPException(400, "A session is for purchase, browsing or information; choose one of them, please.")
    by = call.login.key_id if call.login and call.login.key_id else LOCAL
    corrections.correct(call.deps, call.shop, row, label, by)
    return RedirectResponse(f"/sessions/{segment(row['session_id'])}#purpose", status_code=303)
