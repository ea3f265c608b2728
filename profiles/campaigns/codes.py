"""Response codes: what a letter, a link or a voucher carries, so that an answer names the cell it came from.

in   whose code it is to be
out  a code that nobody else in the site has; table `response_codes`

Six characters that nobody mistakes for one another, on paper or on the phone: no 0 and O, no 1, I and L, no 2 and Z, no 5 and S, no 8 and B,
no U and V.
"""

from __future__ import annotations

import re
import secrets
import threading
from collections.abc import Iterable
from typing import Literal

import msgspec

from profiles.problems import Problem
from tracker.store import Row, Store, load

ALPHABET = "34679ACDEFGHJKMNPQRTWXY"
LENGTH = 6
OWN = re.compile(r"[A-Z0-9][A-Z0-9-]{1,30}[A-Z0-9]")
Kind = Literal["cell", "rule"]
ONE_BY_ONE = threading.Lock()


def issue(store: Store, site: str, kind: Kind, owner_id: str, cell: str, now_ms: int, own: str = "") -> str:
    """The code of a cell or a rule, for ever. Raises Problem where a code of one's own is somebody else's already."""
    with ONE_BY_ONE:
        code = own or new_code()
        while (taken := known(store, site, [code]).get(code)) is not None:
            if own and (taken["kind"], taken["owner_id"], taken["cell"]) == (kind, owner_id, cell):
                return code
            if own:
                whose = taken["cell"] or taken["owner_id"]
                raise Problem(409, "response_code_taken", f"`response_code` {code!r} names {whose!r} already; give another")
            code = new_code()
        row = {"site": site, "response_code": code, "kind": kind, "owner_id": owner_id, "cell": cell, "made_at": now_ms / 1000}
        store.insert("response_codes", msgspec.json.encode(row))
        return code


def known(store: Store, site: str, codes: Iterable[str]) -> dict[str, Row]:
    """Of these codes those that were given out, with whose they are."""
    wanted = sorted(set(codes))
    rows = store.rows(load("profiles.campaigns", "codes"), site=site, response_codes=wanted) if wanted else []
    return {row["response_code"]: row for row in rows}


def new_code() -> str:
    return "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))


def own_code(text: str) -> str:
    """A code of one's own as it is kept: upper case. Raises Problem."""
    code = text.strip().upper()
    if not OWN.fullmatch(code):
        raise Problem(400, "field_invalid", f"`response_code` is {text[:40]!r}; give 3 to 32 of A-Z, 0-9 and - between them")
    return code
