"""What became of the people a rule met: each cell against the hold-out, by the same query and the same statistics as a program's.

in   a rule, its matches
out  RuleReport
"""

from __future__ import annotations

import msgspec

from profiles.campaigns import model as campaigns
from profiles.campaigns import report as campaign_report
from profiles.campaigns import uplift
from profiles.campaigns.answers import CellReport
from profiles.rules import telling
from profiles.rules.answers import RuleCellReport, RuleReport
from profiles.rules.model import Rule
from tracker.sites import Site
from tracker.store import Store

MEASURE_DAYS = 30
HOLD_OUT = "hold-out"


def report(store: Store, site: Site, rule: Rule, now_ms: int) -> RuleReport:
    cells = [campaigns.Cell(cell.name, cell.share, False, cell.response_code) for cell in rule.cells]
    cells += [campaigns.Cell("", rule.hold_out, True, None)] if rule.hold_out else []
    found = campaign_report.of_cells(store, site, rule.rule_id, cells, MEASURE_DAYS, now_ms)
    fired = telling.fired_by_cell(telling.figures(store, site.name, rule.rule_id).get(rule.rule_id, ()))
    return RuleReport(rule.rule_id, rule.name, MEASURE_DAYS, uplift.CONFIDENCE, [told(cell, fired[cell.cell]) for cell in found])


def told(cell: CellReport, fired: int) -> RuleCellReport:
    return RuleCellReport(**msgspec.structs.asdict(cell) | {"cell": cell.cell or HOLD_OUT}, fired=fired)
