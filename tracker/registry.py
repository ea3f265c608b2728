"""Sites and secret keys: who may send, and who may read.

in   tables `sites` and `keys`; commands of `tracker site` and `tracker key`, run here or sent to a running `serve`
out  Site by name, Access by token; DATA/sites.json for collect, written anew after each change
Everything is synchronous and safe to share between threads.
"""

from __future__ import annotations

import hmac
import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec

from tracker import site_rules
from tracker.clock import Clock
from tracker.errors import BadInput, StoreDown
from tracker.keys import KEY_ID_LENGTH, OWNER_SCOPES, SCOPES, Access, Key, digest, is_key, new_key, random_text
from tracker.leaked import read_leaked
from tracker.shared_file import sole_writer
from tracker.sites import DoorKey, Site, SiteFile, write_site_file
from tracker.store import Store, load

__all__ = ["COMMANDS", "SCOPES", "Access", "Key", "Registry", "run"]

FRESH_MS = 10_000  # another process on the same database may have revoked a key: look again after this time
UNKNOWN_MS = 1_000  # … or made one a moment ago
LAST_USED_MS = 60_000


class Registry:
    def __init__(self, store: Store, data: Path, clock: Clock) -> None:
        self.store = store
        self.path = data / "sites.json"
        self.clock = clock
        self._lock = threading.RLock()
        self._sites: dict[str, Site] = {}
        self._keys: dict[str, Key] = {}
        self._read_ms = 0
        self._version = 0
        self._exported: SiteFile | None = None
        self.refresh()

    # --- sites ---------------------------------------------------------------------------------------------------------------

    def sites(self) -> dict[str, Site]:
        return self._sites

    def site(self, name: str) -> Site:
        """Raises BadInput, which says which sites there are."""
        found = self._sites.get(name)
        if found is None:
            known = ", ".join(sorted(self._sites)) or "none yet; make one with: tracker site add NAME --origin URL"
            raise BadInput(f"There is no site {name!r}. Sites: {known}")
        return found

    def add_site(self, name: str, origins: Iterable[str], **values: Any) -> Site:
        """A new site with a site key of its own. Raises BadInput."""
        site_rules.check_name(name)
        with self._lock:
            self.refresh()
            if name in self._sites:
                raise BadInput(f"There is a site {name!r} already. Change it with: tracker site set {name} …, or choose another name")
            checked = site_rules.origins(origins)
            if not checked:
                raise BadInput(f"Site {name!r} has no origin. Name where its pages live: --origin https://shop.example")
            site = site_rules.changed(Site(name=name, site_key=f"pk_{random_text(22)}", origins=checked), values)
            self._write_site(site)
            return site

    def set_site(self, name: str, **values: Any) -> Site:
        """Change the rules or the origins of a site. Raises BadInput."""
        with self._lock:
            self.refresh()
            site = site_rules.changed(self.site(name), values)
            self._write_site(site)
            return site

    def remove_site(self, name: str) -> Site:
        """Its events are refused and its keys are revoked from now on; what was stored stays until it is forgotten."""
        with self._lock:
            self.refresh()
            site = self.site(name)
            for key in self.keys(name):
                self._write_key(replace(key, revoked=True))
            self._write_site(site, removed=True)
            return site

    # --- keys ----------------------------------------------------------------------------------------------------------------

    def create_key(self, site: str, scopes: Iterable[str], expires_at: int | None = None) -> str:
        """The whole key, shown this once; `expires_at` in ms. Raises BadInput."""
        wanted = tuple(scope for scope in SCOPES if scope in set(scopes))
        unknown = sorted(set(scopes) - set(SCOPES))
        if unknown or not wanted:
            raise BadInput(f"Scope {', '.join(unknown) or '(none)'} is unknown; choose from: {', '.join(SCOPES)}")
        with self._lock:
            self.refresh()
            self.site(site)
            token = new_key()
            while token[:KEY_ID_LENGTH] in self._keys:
                token = new_key()
            self._write_key(Key(token[:KEY_ID_LENGTH], site, digest(token), wanted, self.clock.now_ms(), expires_at))
            return token

    def keys(self, site: str = "") -> list[Key]:
        """The keys in use, oldest first; of every site where none is named."""
        found = [key for key in self._keys.values() if not site or key.site == site]
        return sorted(found, key=lambda key: (key.created_ms, key.key_id))

    def leaked(self) -> dict[str, int]:
        """Key id -> when (ms) that key last came to this machine's public door."""
        return read_leaked(self.path.with_name("leaked-keys.json"))

    def revoke(self, key_id: str) -> Key:
        """Takes effect at once here, within ten seconds in other processes. Raises BadInput."""
        with self._lock:
            self.refresh()
            key = self._keys.get(key_id[:KEY_ID_LENGTH])
            if key is None:
                raise BadInput(f"There is no key {key_id[:KEY_ID_LENGTH]!r}. See them with: tracker key list")
            self._write_key(replace(key, revoked=True))
            return key

    def check(self, token: str) -> Access | None:
        """None where the key is unknown, revoked or expired. A mistyped key is refused by its checksum, without a look."""
        if not is_key(token):
            return None
        self.freshen(FRESH_MS if token[:KEY_ID_LENGTH] in self._keys else UNKNOWN_MS)
        key = self._keys.get(token[:KEY_ID_LENGTH])
        same = hmac.compare_digest(digest(token), key.hash if key else "0" * 64)
        now = self.clock.now_ms()
        if key is None or not same or key.site not in self._sites or (key.expires_ms is not None and now >= key.expires_ms):
            return None
        if key.last_used_ms is None or now - key.last_used_ms >= LAST_USED_MS:
            self._note_use(key, now)
        return Access(key.site, frozenset(key.scopes), key.key_id)

    # --- table and memory ----------------------------------------------------------------------------------------------------

    def refresh(self) -> None:
        """Read both tables again."""
        with self._lock:
            self._read()
            self._export()

    def _read(self) -> None:
        sites = self.store.rows(load("tracker", "sites"))
        keys = self.store.rows(load("tracker", "keys"))
        self._version = max([self._version, *(row.pop("version") for row in [*sites, *keys])])
        self._sites = {site.name: site for site in (msgspec.json.decode(row["doc"], type=Site) for row in sites if not row["removed"])}
        self._keys = {row["key_id"]: Key(**row | {"scopes": tuple(row["scopes"])}) for row in keys if not row["revoked"]}
        self._read_ms = self.clock.now_ms()

    def freshen(self, after_ms: int = FRESH_MS) -> None:
        """Look again what others have changed, at most every so often; where the database is away, what is known goes on to hold."""
        if abs(self.clock.now_ms() - self._read_ms) < after_ms:
            return
        try:
            self.refresh()
        except StoreDown:
            self._read_ms = self.clock.now_ms()  # what is in memory goes on to hold; look again later

    def _note_use(self, key: Key, now_ms: int) -> None:
        with self._lock:
            if self._keys.get(key.key_id) is key:  # else another thread was here first, or the key was revoked meanwhile
                try:
                    self._write_key(replace(key, last_used_ms=now_ms))
                except StoreDown:
                    self._keys[key.key_id] = replace(key, last_used_ms=now_ms)

    def _write_site(self, site: Site, removed: bool = False) -> None:
        doc = msgspec.json.encode(site).decode()
        self.store.insert("sites", msgspec.json.encode({"name": site.name, "doc": doc, "version": self._next_version(), "removed": removed}))
        others = {name: other for name, other in self._sites.items() if name != site.name}
        self._sites = others if removed else dict(sorted({**others, site.name: site}.items()))
        self._export()

    def _write_key(self, key: Key) -> None:
        self.store.insert("keys", key.row(self._next_version()))
        others = {key_id: other for key_id, other in self._keys.items() if key_id != key.key_id}
        self._keys = others if key.revoked else {**others, key.key_id: key}
        self._export()

    def _next_version(self) -> int:
        self._version = max(self._version + 1, self.clock.now_ms())
        return self._version

    def _export(self) -> None:
        """What the public door has to know: written anew where it differs from what was written last.

        Several processes may do so at once. Each reads the tables again while it keeps the others out: the last to write knows the most.
        """
        if self._book() == self._exported:
            return
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with sole_writer(self.path):
            self._read()
            book = self._book()
            write_site_file(self.path, book.sites, book.keys)
            self._exported = book

    def _book(self) -> SiteFile:
        keys = tuple(DoorKey(key.key_id, key.site, key.hash, key.scopes, key.expires_ms) for key in self.keys() if key.site in self._sites)
        return SiteFile(tuple(self._sites.values()), keys)


# --- the commands, as JSON in and JSON out: the command line calls them here, or over /internal where `serve` holds the store ---------


def run(registry: Registry, command: str, given: Mapping[str, Any]) -> Any:
    """One of COMMANDS. Raises BadInput."""
    try:
        action = COMMANDS[command]
    except KeyError:
        raise BadInput(f"There is no command {command!r}; there are: {', '.join(COMMANDS)}") from None
    try:
        return action(registry, **given)
    except TypeError as error:
        raise BadInput(f"{command}: {error}") from None


def site_add(registry: Registry, name: str, origins: Iterable[str] = (), **values: Any) -> dict[str, str]:
    site = registry.add_site(name, origins, **values)
    return {"site": site.name, "site_key": site.site_key, "api_key": registry.create_key(site.name, OWNER_SCOPES)}


def site_list(registry: Registry) -> list[dict[str, Any]]:
    return [msgspec.to_builtins(site) for site in registry.sites().values()]


def site_set(registry: Registry, name: str, **values: Any) -> dict[str, Any]:
    changed: dict[str, Any] = msgspec.to_builtins(registry.set_site(name, **values))
    return changed


def site_remove(registry: Registry, name: str) -> dict[str, str]:
    return {"removed": registry.remove_site(name).name}


def key_create(registry: Registry, site: str, scopes: Iterable[str], expires_at: int | None = None) -> dict[str, Any]:
    token = registry.create_key(site, scopes, expires_at)
    return {"site": site, "key_id": token[:KEY_ID_LENGTH], "api_key": token}


def key_list(registry: Registry, site: str = "") -> list[dict[str, Any]]:
    leaked = registry.leaked()
    return [key.shown(leaked.get(key.key_id)) for key in registry.keys(site)]


def key_revoke(registry: Registry, key_id: str) -> dict[str, str]:
    return {"revoked": registry.revoke(key_id).key_id}


COMMANDS: dict[str, Callable[..., Any]] = {
    "site/add": site_add, "site/list": site_list, "site/set": site_set, "site/remove": site_remove,
    "key/create": key_create, "key/list": key_list, "key/revoke": key_revoke,
}  # fmt: skip
