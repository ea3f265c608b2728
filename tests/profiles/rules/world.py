"""A shop with rules: profiles as the sessionizer leaves them, one look of the rules after another."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import msgspec

from profiles.params import FAR_MS
from profiles.rules import keeping
from profiles.rules.loop import Runner
from profiles.rules.model import Rule, RuleIn, ruled
from tests.profiles.conftest import Api
from tests.profiles.samples import put
from tracker.store import Row, load

ABANDONED = {"field": "state", "operator": "is", "value": "abandoned"}


def above(amount: float, currency: str = "EUR") -> dict[str, Any]:
    return {"field": "value", "operator": "at_least", "value": {"amount": amount, "currency": currency}}


@dataclass
class World:
    api: Api
    runner: Runner = field(init=False)
    others: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.runner = Runner(self.api.deps)

    @property
    def site(self) -> str:
        return self.api.site.name

    def rule(self, *conditions: Any, **changes: Any) -> Rule:
        asked = list(conditions) or [ABANDONED, above(100)]
        given = {"name": "A rule", "subject": "cart", "conditions": asked, "action": {"kind": "webhook"}} | changes
        before = keeping.one(self.api.deps.store, self.site, changes.pop("rule_id", ""))
        given.pop("rule_id", None)
        return keeping.save(self.api.deps.store, self.site, ruled(msgspec.convert(given, RuleIn)), "test", self.api.clock.now_ms(), before)

    def put(self, table: str, *rows: Any) -> None:
        put(self.api.deps.store, table, rows)

    def look(self) -> int:
        """As the loop does."""
        self.only_here(self.runner)
        return self.runner.look()

    def only_here(self, runner: Runner) -> None:
        """As if it had waited until others' rules are known; at this site only."""
        runner.rules_ms = 0
        runner.read_rules(self.api.clock.now_ms())
        runner.rules = {name: rules for name, rules in runner.rules.items() if name == self.site}
        runner.offers.changed()

    def again(self) -> None:
        """The process was killed, and is there again."""
        self.runner = Runner(self.api.deps)

    def pass_by(self, minutes: float) -> None:
        self.api.clock.at_ms += round(minutes * 60_000)

    def matches(self, rule: Rule | None) -> list[Row]:
        assert rule
        asked = {"rule_id": rule.rule_id, "from_ms": 0, "cursor_ms": FAR_MS, "cursor_id": "", "limit": 100}
        return self.api.deps.store.rows(load("profiles.rules", "matches"), site=self.site, **asked)

    def messages(self) -> list[Any]:
        rows = self.api.deps.store.rows("SELECT payload FROM messages FINAL WHERE site = {site:String} ORDER BY at", site=self.site)
        return [msgspec.json.decode(row["payload"]) for row in rows]
