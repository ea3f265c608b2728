"""Who asks: a secret key in `Authorization: Bearer sk_…`, one site, by scopes."""

from __future__ import annotations

import hmac

from profiles.deps import Deps
from profiles.problems import Problem
from tracker.registry import Access

CHALLENGE = {"WWW-Authenticate": 'Bearer realm="tracker"'}


def opened(deps: Deps, authorization: str, scope: str) -> Access:
    """Raises Problem: 401 without a good key, 403 without the scope."""
    access = deps.registry.check(token_of(authorization))
    if access is None:
        raise Problem(401, "key_unknown", "This key is unknown, revoked or expired. See: tracker key list", headers=CHALLENGE)
    if scope not in access.scopes:
        has = ", ".join(sorted(access.scopes))
        raise Problem(403, "scope_missing", f"This needs a key with the scope `{scope}`; key {access.key_id}… has: {has}")
    return access


def token_of(authorization: str) -> str:
    kind, _, token = authorization.strip().partition(" ")
    token = token.strip()
    if not authorization or kind.lower() != "bearer" or not token:
        raise Problem(401, "key_missing", "Send a secret key: Authorization: Bearer sk_…", headers=CHALLENGE)
    if token.startswith("pk_"):
        raise Problem(401, "key_public", "This is the public site key of the tag, it opens nothing here. Send a secret key, sk_…", headers=CHALLENGE)
    return token


def is_local(deps: Deps, authorization: str) -> bool:
    """Whether the command line on this machine asks."""
    kind, _, token = authorization.partition(" ")
    return bool(deps.local_token) and kind.lower() == "bearer" and hmac.compare_digest(token.encode(), deps.local_token.encode())
