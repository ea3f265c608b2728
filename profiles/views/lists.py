"""The saved lists of a site; one of them as a form that counts while it is changed; whom it finds, and who is left out and why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response, StreamingResponse

from profiles.conditions import sentence
from profiles.lists import Counted, Definition, Member, counted, members, page, removing, rows_csv, saved
from profiles.problems import Problem
from profiles.views import condition_rows, list_form, phrases
from profiles.views.changing import may_change, who_changes
from profiles.views.condition_rows import RowShown
from profiles.views.guard import Call
from profiles.views.list_form import CHOICES, ListForm
from profiles.views.render import render, segment, shown
from profiles.views.words import clean, count, listed, moment, money, sums
from profiles.views.words import sentence as large
from tracker.clock import ms_of_iso

PAGE = 50
REASONS = {
    "no_consent": "no consent to marketing", "consent_unknown": "never asked for consent",
    "bought_same_item_30d": "bought the same in the last 30 days", "quarantined": "robot",
    "below_value": "worth too little", "contacted_lately": "contacted lately", "on_another_list": "on another running list",
}  # fmt: skip
ADDRESSES = {"cart": "/carts/", "session": "/sessions/", "customer": "/customers/"}


@dataclass(frozen=True, slots=True)
class ListLine:
    list_id: str
    name: str
    sentence: str
    left_out: str
    changed: str


@dataclass(frozen=True, slots=True)
class ListsContext:
    answer: str = field(metadata=shown("how many lists there are, as a sentence"))
    lists: list[ListLine] = field(metadata=shown("all lists, by name"))
    may_change: bool = field(metadata=shown("whether this log-in may make and change lists"))


def lists(call: Call) -> Response:
    found = saved.lists(call.deps.store, call.shop)
    answer = count(len(found), "list") if found else "No list yet"
    return render(call, "lists.html", ListsContext(answer, [line(call, each) for each in found], may_change(call)))


def line(call: Call, made: Definition) -> ListLine:
    changed = f"{moment(made.changed_ms, call.now_ms, call.shop.timezone)} by {clean(made.changed_by, 40)}"
    left_out = listed([REASONS[reason] for reason in REASONS if reason in made.suppression.reasons])
    return ListLine(made.list_id, made.name, large(sentence(made.conditions)), left_out, changed)


# --- one list ----------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class CountContext:
    answer: str = field(metadata=shown("how many the list finds, as a sentence; '' = it cannot be counted as it is"))
    worth: str = field(metadata=shown("what the members are worth together, a figure per currency"))
    reasons: list[tuple[str, str]] = field(metadata=shown("why others are left out, and how many"))


@dataclass(frozen=True, slots=True)
class ListContext:
    title: str = field(metadata=shown("the name of the list, or that it is a new one"))
    sentence: str = field(metadata=shown("its conditions as one sentence; '' = they cannot be one as they are"))
    form: ListForm = field(metadata=shown("what the form holds"))
    rows: list[RowShown] = field(metadata=shown("its conditions, a row each"))
    units: tuple[tuple[str, str], ...] = field(metadata=shown("units of time: seconds and name"))
    reasons: list[tuple[str, str]] = field(metadata=shown("reasons that may leave somebody out: name and words"))
    trouble: str = field(metadata=shown("what is wrong with the list as a whole; '' = nothing, or a row says it"))
    again: str = field(metadata=shown("where the form is sent"))
    may_change: bool = field(metadata=shown("whether this log-in may save it"))


def one(call: Call) -> Response:
    """GET: a list as it is, or a new one. POST: what the pressed button says."""
    before = known(call)
    if call.request.method == "GET":
        return editor(call, list_form.of_list(before) if before else list_form.new(call.shop.currency, call.query), before, {})
    form, did = list_form.typed(call.form, before.list_id if before else ""), call.form.get("do", "")
    if did not in ("save", "remove") or (did == "save" and condition_rows.is_of_another(call.form)):
        return editor(call, form, before, {})
    if did == "remove":
        remove(call, before)
        return RedirectResponse("/lists", status_code=303)
    made, trouble, wrong = list_form.checked(form)
    if made is None or not made.name:
        return editor(call, form, before, wrong, trouble=trouble or ("" if wrong else "Give the list a name."), status=400)
    kept = saved.save(call.deps.store, call.shop, made, who_changes(call), call.now_ms)
    return RedirectResponse(f"/lists/{segment(kept.list_id)}/members", status_code=303)


def known(call: Call) -> Definition | None:
    list_id = call.request.path_params["list_id"]
    return None if list_id == "new" else living(call)


def living(call: Call) -> Definition:
    try:
        return saved.one(call.deps.store, call.shop, call.request.path_params["list_id"])
    except Problem:
        raise HTTPException(404, "This list does not exist. It may have been removed.") from None


def remove(call: Call, before: Definition | None) -> None:
    by = who_changes(call)
    if before:
        try:
            removing.remove(call.deps.store, call.shop, before, by, call.now_ms)
        except Problem as problem:
            raise HTTPException(problem.status, problem.message) from None


def editor(call: Call, form: ListForm, before: Definition | None, wrong: Mapping[int, str], *, trouble: str = "", status: int = 200) -> Response:
    made, *_ = list_form.checked(form)
    context = ListContext(
        title=before.name if before else "A new list", sentence=large(sentence(made.conditions)) if made else "", form=form,
        rows=condition_rows.show(form.rows, form.subject, call.shop.currency, wrong), units=condition_rows.UNITS,
        reasons=[(reason, large(REASONS[reason])) for reason in CHOICES], trouble=trouble,
        again=f"/lists/{segment(before.list_id) if before else 'new'}", may_change=may_change(call),
    )  # fmt: skip
    return render(call, "list.html", context, status)


def count_part(call: Call) -> Response:
    """While somebody types: what cannot be counted yet is no error."""
    made, *_ = list_form.checked(list_form.typed(call.form, call.form.get("list_id", "")))
    context = told_count(counted(call.deps.store, call.shop, made, call.now_ms), made.subject) if made else CountContext("", "", [])
    return render(call, "_list_count.html", context)


def told_count(found: Counted, subject: str) -> CountContext:
    what = count(found.found, subject)
    answer = f"{what} found, {found.members:,} of them on the list" if found.suppressed else f"{what} found"
    worth = sums([(each.value, each.currency or "") for each in found.worth])
    return CountContext(answer, worth, [(REASONS[each.reason], f"{each.count:,}") for each in found.reasons])


# --- whom it finds -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class MemberLine:
    """Texts, ready to be escaped; `who_href` and `href` lead to the person and to what was found."""

    who: str
    who_href: str
    what: str
    href: str
    worth: str
    when: str
    why: str
    left_out: str


@dataclass(frozen=True, slots=True)
class MembersContext:
    title: str = field(metadata=shown("the name of the list"))
    list_id: str = field(metadata=shown("id of the list"))
    count: CountContext = field(metadata=shown("how many it finds, and why some are left out"))
    only: str = field(metadata=shown("members, or suppressed: those left out"))
    members: list[MemberLine] = field(metadata=shown("one page of them"))
    next_href: str = field(metadata=shown("address of the next page; '' = this is the last"))


def list_members(call: Call) -> Response:
    made = living(call)
    only = "suppressed" if call.query.get("only") == "suppressed" else "members"
    found, after = page(call.deps.store, call.shop, made, call.now_ms, after=call.query.get("after", "")[:600], limit=PAGE, only=only)
    here = f"/lists/{segment(made.list_id)}/members?only={only}"
    context = MembersContext(
        title=made.name, list_id=made.list_id, count=told_count(counted(call.deps.store, call.shop, made, call.now_ms), made.subject), only=only,
        members=[member_line(call, each) for each in found], next_href=f"{here}&after={segment(after)}" if after else "",
    )  # fmt: skip
    return render(call, "list_members.html", context)


def member_line(call: Call, member: Member) -> MemberLine:
    visitor_id = member.visitor_ids[0] if member.visitor_ids else ""
    who_href = f"/customers/{segment(member.customer_id)}" if member.customer_id else f"/visitors/{segment(visitor_id)}" if visitor_id else ""
    items = phrases.items([{"id": item.id, "name": item.name, "quantity": item.quantity} for item in member.items])
    return MemberLine(
        clean(member.customer_id or "an anonymous visitor", 60), who_href, items or member.lifecycle or member.state or "open",
        "" if member.subject == "customer" else ADDRESSES[member.subject] + segment(member.id),
        "" if member.value is None else money(member.value, member.currency or ""),
        moment(ms_of_iso(member.at), call.now_ms, call.shop.timezone) if member.at else "",
        large(listed(member.why)), reasons_words(member.suppressed),
    )  # fmt: skip


def reasons_words(reasons: Sequence[str]) -> str:
    return large(listed([REASONS[reason] for reason in reasons]))


def list_csv(call: Call) -> Response:
    """Everybody it finds, those left out too, with the reason."""
    made = living(call)
    headers = {"Content-Disposition": f'attachment; filename="{made.list_id}.csv"'}
    lines = rows_csv.lines(members(call.deps.store, call.shop, made, call.now_ms))
    return StreamingResponse(lines, media_type="text/csv; charset=utf-8", headers=headers)
