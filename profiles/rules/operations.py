"""The API of rules as a table, as in profiles/api.py."""

from __future__ import annotations

from dataclasses import replace

from profiles.operations import Call, Operation
from profiles.params import Cursor, Limit, Moment
from profiles.problems import Problem, not_found
from profiles.rules import dry_run, keeping, model, report, telling
from profiles.rules.answers import DryRun, DryRunIn, RuleList, RuleMatchList, RuleReport, RuleTold
from profiles.rules.model import Rule, RuleIn

CHANGES = (400, 404, 413, 415, 503)
RULES_MAX = 100
FROM = Moment("from", "Met at this moment or later", 0)


def list_rules(call: Call) -> RuleList:
    counted = telling.figures(call.deps.store, call.site.name)
    rules = keeping.all_of(call.deps.store, call.site.name)
    return RuleList([telling.told(rule, call.site.name, counted.get(rule.rule_id, ())) for rule in rules], None)


def get_rule(call: Call) -> RuleTold:
    return told(call, living(call))


def post_rule(call: Call) -> RuleTold:
    if len(keeping.all_of(call.deps.store, call.site.name)) >= RULES_MAX:
        raise Problem(400, "field_invalid", f"The site has {RULES_MAX} rules; remove one first")
    return saved(call, None)


def put_rule(call: Call) -> RuleTold:
    return saved(call, living(call))


def delete_rule(call: Call) -> RuleTold:
    gone = living(call)
    keeping.remove(call.deps.store, call.site.name, gone, call.access.key_id, call.now_ms)
    return told(call, replace(gone, enabled=False))


def list_matches(call: Call) -> RuleMatchList:
    rule = living(call)
    return telling.matches(call.deps.store, call.site.name, rule.rule_id, call.query["from"], call.query["cursor"], call.query["limit"])


def get_rule_report(call: Call) -> RuleReport:
    return report.report(call.deps.store, call.site, living(call), call.now_ms)


def post_dry_run(call: Call) -> DryRun:
    given = model.read(call.body, DryRunIn)
    return dry_run.dry_run(call.deps, call.site, replace(model.ruled(given), rule_id=given.rule_id))


def saved(call: Call, before: Rule | None) -> RuleTold:
    rule = model.ruled(model.read(call.body, RuleIn))
    return told(call, keeping.save(call.deps.store, call.site.name, rule, call.access.key_id, call.now_ms, before))


def told(call: Call, rule: Rule) -> RuleTold:
    return telling.told(rule, call.site.name, telling.figures(call.deps.store, call.site.name, rule.rule_id).get(rule.rule_id, ()))


def living(call: Call) -> Rule:
    found = keeping.one(call.deps.store, call.site.name, call.path["rule_id"])
    if found is None:
        raise not_found("rule", call.path["rule_id"])
    return found


OPERATIONS = (
    Operation("GET", "/v1/rules", "lists", "Business rules, with how often they fired", list_rules, RuleList),
    Operation("POST", "/v1/rules", "lists", "Make a rule", post_rule, RuleTold, body=(RuleIn,), problems=CHANGES),
    Operation(
        "POST", "/v1/rules/dry-run", "lists", "How often a rule would have fired in the last week; writes nothing", post_dry_run, DryRun,
        body=(DryRunIn,), problems=CHANGES,
    ),
    Operation(
        "GET", "/v1/rules/{rule_id}/matches", "lists", "Whom a rule met, the latest first; of a rule that puts on a list, its members", list_matches,
        RuleMatchList, (FROM, Limit(), Cursor()), problems=(404,),
    ),
    Operation(
        "GET", "/v1/rules/{rule_id}/report", "lists", "What became of the people a rule met, each cell against the hold-out", get_rule_report,
        RuleReport, problems=(404,),
    ),
    Operation("GET", "/v1/rules/{rule_id}", "lists", "One rule", get_rule, RuleTold, problems=(404,)),
    Operation("PUT", "/v1/rules/{rule_id}", "lists", "Change a rule: all of it is sent", put_rule, RuleTold, body=(RuleIn,), problems=CHANGES),
    Operation("DELETE", "/v1/rules/{rule_id}", "lists", "Remove a rule; whom it met is kept", delete_rule, RuleTold, problems=(404, 503)),
)  # fmt: skip
