"""What shops send already, at the public port: Segment's HTTP API and GA4's Measurement Protocol. docs/vocabularies.md.

in   POST /v1/{t,p,i,a,g,s,b,track,page,…}, POST /mp/collect, as other people's libraries send them
out  the same rows, limits, fsync and ledger as POST /v1/events; what is not kept is named in the answer
"""

from __future__ import annotations

from starlette.routing import BaseRoute, Route

from tracker.dialects.desk import Desk
from tracker.dialects.ga4 import Ga4
from tracker.dialects.segment import PATHS, Segment
from tracker.door import Door


def dialect_routes(door: Door) -> list[BaseRoute]:
    segment = [Route(f"/v1/{path}", Desk(door, Segment(kind))) for path, kind in PATHS.items()]
    return [*segment, Route("/mp/collect", Desk(door, Ga4())), Route("/debug/mp/collect", Desk(door, Ga4(is_debug=True)))]
