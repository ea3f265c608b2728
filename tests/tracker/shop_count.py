"""What the REES46 file says, counted without the product: plain loops over the CSV, nothing imported from us.

The rules of docs/carts.md in their shortest form: a cart row puts one unit in; a purchase row takes the product's line out; a cart that lies for
an hour untouched is abandoned. Somebody who then buys one of its products has it recovered, and what was left is a new cart.
"""

from __future__ import annotations

import csv
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

HOUR_S = 3600


@dataclass
class Basket:
    touched_s: int
    units: Counter[str] = field(default_factory=Counter)
    was_abandoned: bool = False
    end: str = ""  # bought | recovered; '' = left over


@dataclass
class Count:
    types: Counter[str]
    visitors: set[str]
    baskets: dict[str, list[Basket]]
    revenue_cents: int

    @property
    def all(self) -> list[Basket]:
        return [basket for mine in self.baskets.values() for basket in mine]

    @property
    def left_over(self) -> int:
        return sum(not basket.end for basket in self.all)

    @property
    def abandoned(self) -> int:
        return sum(basket.was_abandoned for basket in self.all)

    @property
    def ends(self) -> Counter[str]:
        return Counter(basket.end for basket in self.all)


def count(path: Path) -> Count:
    with path.open(newline="") as file:
        rows = list(csv.DictReader(file))
    told: dict[str, list[tuple[int, str, str]]] = defaultdict(list)
    for row in rows:
        if row["event_type"] != "view":
            told[row["user_id"]].append((seconds(row["event_time"]), row["event_type"], row["product_id"]))
    return Count(
        types=Counter(row["event_type"] for row in rows),
        visitors={row["user_id"] for row in rows},
        baskets={user: baskets(sorted(mine, key=lambda one: one[0])) for user, mine in told.items()},
        revenue_cents=sum(round(float(row["price"]) * 100) for row in rows if row["event_type"] == "purchase"),
    )


def seconds(text: str) -> int:
    return int(datetime.strptime(text, "%Y-%m-%d %H:%M:%S UTC").replace(tzinfo=UTC).timestamp())


def baskets(told: list[tuple[int, str, str]]) -> list[Basket]:
    """Of one visitor, from the first row to long after the last."""
    done: list[Basket] = []
    now: Basket | None = None
    for at_s, kind, product in told:
        if now and at_s - now.touched_s >= HOUR_S:
            now.was_abandoned = True
        if kind == "cart":
            now = now or Basket(at_s)
            now.units[product] += 1
            now.touched_s = at_s
        elif now and product not in now.units:
            now.touched_s = at_s  # an order that leaves something in the cart
        elif now:
            rest = now.units.copy()
            del rest[product]
            if now.was_abandoned or not rest:
                now.end = "recovered" if now.was_abandoned else "bought"
                done.append(now)
                now = Basket(at_s, rest) if rest else None
            else:
                now.units, now.touched_s = rest, at_s
    if now:
        now.was_abandoned = True  # the file ended years ago
        done.append(now)
    return done
