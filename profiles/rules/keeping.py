"""The rules of a site, as they are kept: every change is a new version.

in   Rule, who says so, when
out  table `rules`, and `response_codes` for the codes of new cells
"""

from __future__ import annotations

import secrets
import time
from dataclasses import replace
from typing import Any

import msgspec

from profiles.conditions import check, raw
from profiles.rules.model import Cell, Rule, RuleActionIn, RuleOnceIn, new_code, wrong
from profiles.webhooks import keeping as webhooks
from tracker.outbox import seconds
from tracker.store import Row, Store, load

encode = msgspec.json.Encoder().encode


class Doc(msgspec.Struct):
    """What a row of `rules` keeps as JSON."""

    name: str
    subject: str
    conditions: Any
    action: RuleActionIn
    once: RuleOnceIn
    cells: list[Cell]
    hold_out: int


def all_of(store: Store, site: str) -> list[Rule]:
    """The oldest first."""
    return [told(row) for row in store.rows(load("profiles.rules", "rules"), site=site, rule_id="")]


def everywhere(store: Store) -> list[tuple[str, Rule]]:
    """(site, rule)."""
    return [(row["site"], told(row)) for row in store.rows(load("profiles.rules", "rules"), site="", rule_id="")]


def one(store: Store, site: str, rule_id: str) -> Rule | None:
    rows = store.rows(load("profiles.rules", "rules"), site=site, rule_id=rule_id) if rule_id else []
    return told(rows[0]) if rows else None


def told(row: Row) -> Rule:
    doc = msgspec.json.decode(row["doc"], type=Doc)
    return Rule(
        doc.name, check(doc.conditions, doc.subject), doc.action, doc.once, tuple(doc.cells), doc.hold_out, row["enabled"], row["rule_id"],
        row["since_ms"], row["created_ms"], row["changed_ms"], row["by"], row["version"],
    )  # fmt: skip


def save(store: Store, site: str, rule: Rule, by: str, now_ms: int, before: Rule | None = None) -> Rule:
    """A cell that keeps its name keeps its code. What a rule asks for anew, or after it was off, it asks from now on.

    Raises Problem where it names a webhook that is none.
    """
    if rule.action.webhook_id and webhooks.one(store, site, rule.action.webhook_id) is None:
        raise wrong("action.webhook_id", rule.action.webhook_id, "there is no such webhook; GET /v1/webhooks tells them, or leave it out to tell all")
    known = {cell.name: cell.response_code for cell in before.cells} if before else {}
    cells = tuple(replace(cell, response_code=known.get(cell.name) or new_code()) for cell in rule.cells)
    same = before is not None and before.enabled and before.conditions == rule.conditions
    saved = replace(
        rule, cells=cells, rule_id=before.rule_id if before else "ru_" + secrets.token_hex(8),
        since_ms=before.since_ms if before and same else now_ms, created_ms=before.created_ms if before else now_ms,
        changed_ms=now_ms, changed_by=by, version=next_version(before),
    )  # fmt: skip
    codes = [cell for cell in cells if cell.name not in known]
    store.insert("response_codes", b"\n".join(code_row(site, saved.rule_id, cell, now_ms) for cell in codes))
    write(store, site, saved)
    return saved


def remove(store: Store, site: str, rule: Rule, by: str, now_ms: int) -> None:
    """Its matches stay: they say what was done."""
    write(store, site, replace(rule, enabled=False, changed_ms=now_ms, changed_by=by, version=next_version(rule)), removed=True)


def next_version(before: Rule | None) -> int:
    return max(time.time_ns() // 1000, before.version + 1 if before else 0)


def write(store: Store, site: str, rule: Rule, *, removed: bool = False) -> None:
    doc = Doc(rule.name, rule.subject, raw(rule.conditions), rule.action, rule.once, list(rule.cells), rule.hold_out)
    row = {
        "site": site, "rule_id": rule.rule_id, "enabled": rule.enabled, "since": seconds(rule.since_ms), "created_at": rule.created_ms / 1000,
        "changed_at": rule.changed_ms / 1000, "by": rule.changed_by, "doc": encode(doc).decode(), "removed": removed, "version": rule.version,
    }  # fmt: skip
    store.insert("rules", encode(row))


def code_row(site: str, rule_id: str, cell: Cell, now_ms: int) -> bytes:
    row = {"site": site, "response_code": cell.response_code, "kind": "rule", "owner_id": rule_id, "cell": cell.name, "made_at": now_ms / 1000}
    return encode(row)
