"""A room imports only from lower floors, or from its own. docs/decisions/0001-rooms-and-floors.md tells why."""

from __future__ import annotations

import pytest

from tests.house.tree import imports, modules

ROOF = 9
# The longest matching name counts: `tracker.roof` covers `tracker.roof.supervisor`. A new module of `tracker` needs a line here.
FLOORS = {
    "snippet": 0,
    "tracker": 0,  # the package itself: its version
    "tracker.settings": 0,
    "tracker.errors": 0,
    "tracker.failures": 0,
    "tracker.clock": 0,
    "tracker.collection": 0,
    "tracker.shared_file": 0,
    "tracker.sites": 0,
    "tracker.event": 0,
    "tracker.row": 0,
    "tracker.fields": 0,
    "tracker.wire": 0,
    "tracker.scrub": 0,
    "tracker.pii": 0,
    "tracker.cookieless": 0,
    "tracker.site_rules": 0,
    "tracker.purpose": 0,
    "tracker.keys": 0,
    "tracker.addresses": 0,
    "tracker.crowd": 0,
    "tracker.leaked": 0,
    "tracker.inspection": 0,
    "tracker.logs": 0,
    "tracker.ledger": 0,
    "tracker.offers": 0,
    "tracker.offers_file": 2,
    "tracker.store": 1,
    "tracker.outbox": 1,
    "tracker.one_write": 0,
    "tracker.body": 1,
    "tracker.guard": 1,
    "tracker.limits": 0,
    "tracker.migrate": 1,
    "tracker.erasure": 0,
    "tracker.tombstones": 1,
    "tracker.files": 1,
    "tracker.lock": 1,
    "tracker.room": 1,
    "tracker.segment": 1,
    "tracker.spool": 1,
    "tracker.door": 2,
    "tracker.collector": 2,
    "tracker.tag_files": 2,
    "tracker.visitor_cookie": 0,
    "tracker.contents": 1,
    "tracker.in_flight": 1,
    "tracker.dead_letters": 2,
    "tracker.mending": 2,
    "tracker.delivery": 2,
    "tracker.accounting": 2,
    "tracker.writer": 2,
    "tracker.registry": 2,
    "tracker.imports": 2,
    "tracker.vocabularies": 2,
    "tracker.dialects": 2,
    "tracker.demo": 2,
    "sessionizer": 3,
    "profiles": 3,
    "tracker.roof": ROOF,
    "tracker.__main__": ROOF,
}
# Lines that cover all that is inside.
WHOLE = frozenset(
    {"snippet", "tracker.imports", "tracker.vocabularies", "tracker.dialects", "tracker.demo", "sessionizer", "profiles", "tracker.roof"}
)  # fmt: skip
SESSIONIZER_KNOWS = frozenset(
    {"tracker.settings", "tracker.errors", "tracker.clock", "tracker.collection", "tracker.sites", "tracker.store", "tracker.purpose",
     "tracker.outbox"}
)  # fmt: skip
MODULES = modules()
KNOWN = frozenset(MODULES)


def entry(module: str) -> str | None:
    """The line of FLOORS that says where this module stands."""
    if module in FLOORS:
        return module
    above = module.rpartition(".")[0]
    while above and above not in WHOLE:
        above = above.rpartition(".")[0]
    return above or None


def faults(module: str, imported: set[str]) -> list[str]:
    """Each import that the floors do not allow, as a sentence."""
    here = entry(module) or ""
    found = []
    for name in sorted(imported):
        there = entry(name) or ""
        if FLOORS.get(there, ROOF) > FLOORS.get(here, 0):
            found.append(f"{module} imports {name} from a floor above")
        elif {here, there} == {"sessionizer", "profiles"}:
            found.append(f"{module} imports {name}: the two meet through tables only")
        elif here == "sessionizer" and there != "sessionizer" and there not in SESSIONIZER_KNOWS:
            found.append(f"{module} imports {name}: the sessionizer knows {', '.join(sorted(SESSIONIZER_KNOWS))} only")
        elif here == "snippet" and there != "snippet":
            found.append(f"{module} imports {name}: the tag's room stands alone")
    return found


@pytest.mark.parametrize("module", sorted(MODULES))
def test_a_room_imports_only_from_lower_floors(module: str) -> None:
    path = MODULES[module]
    assert entry(module), f"{module} stands on no floor: add it to FLOORS"
    assert faults(module, imports(path.read_text(), module, KNOWN, is_package=path.name == "__init__.py")) == []


@pytest.mark.parametrize(
    ("module", "source", "fault"),
    [
        ("tracker.settings", "from tracker import store", "a floor above"),
        ("tracker.store", "def f():\n    import tracker.collector", "a floor above"),
        ("sessionizer.loop", "from profiles.queries import sessions", "through tables only"),
        ("profiles.app", "import sessionizer", "through tables only"),
        ("sessionizer.loop", "from tracker.spool import Spool", "knows"),
        ("snippet", "from tracker.settings import load", "stands alone"),
        ("tracker.writer", "from .roof import supervisor", "a floor above"),
    ],
)
def test_an_import_that_climbs_is_seen(module: str, source: str, fault: str) -> None:
    found = faults(module, imports(source, module, KNOWN))
    assert len(found) == 1
    assert fault in found[0]


def test_imports_that_go_down_are_fine() -> None:
    assert faults("profiles.app", imports("from tracker.store import Store\nimport snippet", "profiles.app", KNOWN)) == []
    assert faults("tracker.__main__", imports("import profiles, sessionizer", "tracker.__main__", KNOWN)) == []
