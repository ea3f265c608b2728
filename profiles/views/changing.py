"""Who may change something on a page, and under which name it is kept."""

from __future__ import annotations

from starlette.exceptions import HTTPException

from profiles.views.correct import LOCAL
from profiles.views.guard import Call


def may_change(call: Call, scope: str = "lists") -> bool:
    """Whoever has the machine, or a key that may do so in the API too."""
    if call.login is None or call.login.is_local:
        return call.login is not None
    return any(key.key_id == call.login.key_id and not {scope, "admin"}.isdisjoint(key.scopes) for key in call.deps.registry.keys(call.login.site))


def who_changes(call: Call) -> str:
    """Raises where they may not."""
    if not may_change(call):
        raise HTTPException(403, "This log-in can only look. A key with the scope `lists` may change this.")
    return call.login.key_id if call.login and call.login.key_id else LOCAL
