"""The rules of a site: each as a sentence with what it did; and one of them as a form, tried on last week before it is saved."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from profiles.conditions import AnyOf
from profiles.problems import Problem
from profiles.rules import dry_run, keeping, telling
from profiles.rules.answers import DryRun, RuleTold
from profiles.rules.model import Rule
from profiles.rules.operations import RULES_MAX
from profiles.views import condition_rows, rule_form
from profiles.views.changing import may_change, who_changes
from profiles.views.condition_rows import RowShown
from profiles.views.guard import Call
from profiles.views.render import render, segment, shown
from profiles.views.rule_form import RuleForm
from profiles.views.rule_met import PAGES, REASONS, outcome
from profiles.views.words import clean, count, listed, moment, sentence
from profiles.webhooks import keeping as webhooks
from tracker.clock import ms_of_iso

PLURALS = {"cart": "carts", "session": "sessions", "customer": "customers"}


@dataclass(frozen=True, slots=True)
class RuleLine:
    told: RuleTold
    fired: str
    left_out: str
    last: str


@dataclass(frozen=True, slots=True)
class RulesContext:
    answer: str = field(metadata=shown("how many rules there are and how many are on, as a sentence"))
    rules: list[RuleLine] = field(metadata=shown("all rules, the oldest first"))
    may_change: bool = field(metadata=shown("whether this log-in may make and change rules"))


def rules(call: Call) -> Response:
    counted = telling.figures(call.deps.store, call.shop.name)
    found = [telling.told(rule, call.shop.name, counted.get(rule.rule_id, ())) for rule in keeping.all_of(call.deps.store, call.shop.name)]
    on = sum(rule.enabled for rule in found)
    answer = f"{count(len(found), 'rule')}, {on or 'none'} of them on" if found else "No rule yet"
    return render(call, "rules.html", RulesContext(answer, [line(call, rule) for rule in found], may_change(call)))


def line(call: Call, told: RuleTold) -> RuleLine:
    fired = sum(cell.fired for cell in told.cells)
    last = moment(ms_of_iso(told.last_fired_at), call.now_ms, call.shop.timezone) if told.last_fired_at else ""
    nothing = left_out(told.held_out, [(each.reason, each.count) for each in told.suppressed])
    return RuleLine(told, f"Done {count(fired, 'time')}" if fired else "Nothing done yet", nothing, last)


def left_out(held_out: int, reasons: Sequence[tuple[str, int]]) -> str:
    said = [f"{held_out:,} held out"] if held_out else []
    return listed([*said, *(f"{many:,} {REASONS.get(reason, reason)}" for reason, many in reasons)])


# --- one rule ----------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Example:
    """Whom the rule would have met."""

    name: str
    href: str
    when: str
    what: str
    why: str


@dataclass(frozen=True, slots=True)
class Tried:
    """The dry run, in words. `differs`: not all conditions need hold, so each example says which did."""

    answer: str
    cells: str
    left_out: str
    caveat: str
    examples: list[Example]
    differs: bool


@dataclass(frozen=True, slots=True)
class RuleContext:
    title: str = field(metadata=shown("the name of the rule, or that it is a new one"))
    sentence: str = field(metadata=shown("the rule as one sentence; '' = it cannot be one as it is"))
    form: RuleForm = field(metadata=shown("what the form holds"))
    rows: list[RowShown] = field(metadata=shown("its conditions, a row each"))
    units: tuple[tuple[str, str], ...] = field(metadata=shown("units of time: seconds and name"))
    webhooks: list[tuple[str, str]] = field(metadata=shown("webhooks that may be told: id and address"))
    trouble: str = field(metadata=shown("what is wrong with the rule as a whole; '' = nothing, or a row says it"))
    tried: Tried | None = field(metadata=shown("what it would have done last week, where that was asked"))
    again: str = field(metadata=shown("where the form is sent"))
    may_change: bool = field(metadata=shown("whether this log-in may save it"))


def rule(call: Call) -> Response:
    """GET: a rule as it is, or a new one. POST: what the pressed button says."""
    before = known(call)
    if call.request.method == "GET":
        return page(call, rule_form.of_rule(before) if before else rule_form.new(call.shop.currency), before, {})
    form = rule_form.typed(call.form, before)
    did = call.form.get("do", "")
    made, trouble, wrong = rule_form.checked(form if did == "save" else named(form))
    if did not in ("save", "try", "remove") or (did != "remove" and condition_rows.is_of_another(call.form)):
        return page(call, form, before, {})
    if did == "try" or (made is None and did == "save"):
        tried = tried_out(call, replace(made, rule_id=form.rule_id)) if made and did == "try" else None
        return page(call, form, before, wrong, trouble=trouble, tried=tried, status=200 if made else 400)
    changed(call, made if did == "save" else None, before)
    return RedirectResponse("/rules", status_code=303)


def named(form: RuleForm) -> RuleForm:
    """A name is asked for when the rule is saved; it is read and tried without."""
    return replace(form, name=form.name.strip() or "A new rule")


def known(call: Call) -> Rule | None:
    rule_id = call.request.path_params["rule_id"]
    found = None if rule_id == "new" else keeping.one(call.deps.store, call.shop.name, rule_id)
    if found is None and rule_id != "new":
        raise HTTPException(404, "This rule does not exist. It may have been removed.")
    return found


def changed(call: Call, made: Rule | None, before: Rule | None) -> None:
    by = who_changes(call)
    if made is None:
        if before:
            keeping.remove(call.deps.store, call.shop.name, before, by, call.now_ms)
    elif before is None and len(keeping.all_of(call.deps.store, call.shop.name)) >= RULES_MAX:
        raise HTTPException(400, f"There are {RULES_MAX} rules already. Remove one first.")
    else:
        saved(call, made, by, before)


def saved(call: Call, made: Rule, by: str, before: Rule | None) -> None:
    try:
        keeping.save(call.deps.store, call.shop.name, made, by, call.now_ms, before)
    except Problem as problem:
        raise HTTPException(problem.status, rule_form.plain_words(problem.message)) from None


def switch(call: Call) -> Response:
    """On or off, from the list."""
    before = known(call)
    if before:
        changed(call, replace(before, enabled=not before.enabled), before)
    return RedirectResponse("/rules", status_code=303)


def page(call: Call, form: RuleForm, before: Rule | None, wrong: Mapping[int, str], *, trouble: str = "", tried: Tried | None = None,
         status: int = 200) -> Response:  # fmt: skip
    made, *_ = rule_form.checked(named(form))
    ends = [(hook.webhook_id, clean(hook.url, 60)) for hook in webhooks.of_site(call.deps.store, call.shop.name)]
    context = RuleContext(
        title=before.name if before else "A new rule", sentence=sentence(telling.told_as_sentence(made)) if made else "", form=form,
        rows=form.shown(call.shop.currency, wrong), units=condition_rows.UNITS, webhooks=ends, trouble=trouble, tried=tried,
        again=f"/rules/{segment(before.rule_id) if before else 'new'}", may_change=may_change(call),
    )  # fmt: skip
    return render(call, "rule.html", context, status)


def tried_out(call: Call, rule: Rule) -> Tried:
    found = dry_run.dry_run(call.deps, call.shop, rule)
    what = PLURALS[rule.subject]
    last_week = f"In the last seven days this would have happened {count(found.fired, 'time')}" if found.fired else "In the last seven days: not once"
    some = "" if found.complete else f" Only the latest {found.looked_at:,} {what} were looked at."
    cells = listed([f"{cell.fired:,} in cell {clean(cell.name, 40)}" for cell in found.cells]) if len(found.cells) > 1 and found.fired else ""
    return Tried(
        last_week, cells, left_out(found.held_out, [(each.reason, each.count) for each in found.suppressed]), found.caveat + some,
        examples(call, rule, found), any(isinstance(part, AnyOf) for part in rule.conditions.all),
    )  # fmt: skip


def examples(call: Call, rule: Rule, found: DryRun) -> list[Example]:
    def name(customer_id: str | None, subject_id: str) -> str:
        return clean(subject_id, 60) if rule.subject == "customer" else f"{rule.subject} of {clean(customer_id or 'somebody anonymous', 60)}"

    return [
        Example(
            name(each.customer_id, each.subject_id), PAGES[rule.subject] + segment(each.subject_id),
            moment(ms_of_iso(each.at), call.now_ms, call.shop.timezone), outcome(each.cell, each.suppressed), listed(each.why),
        )
        for each in found.examples
    ]  # fmt: skip
