"""Why a session is thought to be what it is, in sentences: rendered when read, from the figures stored with the session.

in   a row of session_rows.sql or page_sessions.sql
out  sentences, the weightiest first, each with its number and with the points it has in the model (docs/purpose.md)
"""

from __future__ import annotations

import math
from collections.abc import Callable
from decimal import Decimal
from typing import NamedTuple

from tracker import purpose as purposes
from tracker.purpose import Figures, Side
from tracker.store import Row


class Statement(NamedTuple):
    """A sentence, '' where there is nothing to say, and the figures of the model that it tells of."""

    says: Callable[[Row, Figures], str]
    figures: tuple[str, ...]


def purpose(row: Row) -> list[str]:
    known = figures(row)
    told = [(weights(known, row, statement.figures), statement.says(row, known)) for statement in STATEMENTS]
    said = [(points, sentence) for points, sentence in told if sentence]
    said.sort(key=lambda statement: -max(map(abs, statement[0].values()), default=0))
    return [sentence + in_points(points) for points, sentence in said] or ["nothing but the visit itself was observed"]


def weights(known: Figures, row: Row, names: tuple[str, ...]) -> dict[Side, int]:
    """The points of these figures; none where another model than ours scored the session."""
    model = purposes.model()
    if row["purpose_model"] != model.name:
        return {}
    return {side: points for side, points in model.points(known, *names).items() if points}


def in_points(points: dict[Side, int]) -> str:
    return f" ({', '.join(f'{side} {number:+d}' for side, number in points.items())})" if points else ""


def figures(row: Row) -> Figures:
    """What sessions.sql weighs, from what it stored."""
    added, removed = Decimal(row["cart_added"]), Decimal(row["cart_removed"])
    left = sum((Decimal(line["quantity"]) for line in row["cart_items"]), Decimal(0))
    kinds = {product["category"] for product in row["products"] if product["category"] and product["views"]}
    looked_ms = row["engaged_ms"] - row["editorial_ms"] if row["product_views"] else 0
    return {
        "bought": len(row["purchases"]),
        "payment": int(row["checkout_stage"] == "payment"),
        "checkout_steps": row["checkout_steps"],
        "cart_added": whole(added),
        "cart_emptied": int(removed > 0 and left == 0 and not row["purchases"]),
        "cart_before": whole(max(left - added + removed, Decimal(0))),
        "product_views": row["product_views"],
        "attention_min": max(looked_ms, 0) // 60_000,
        "wandering": 0 if added > 0 else len(kinds),
        "products_touched": row["products_touched"],
        "searches": len(row["searches"]),
        "identified": int(row["customer_id"] != ""),
        "earlier_sessions": row["earlier_sessions"],
        "from_email": int(row["channel"] == "email"),
        "from_social": int(row["channel"] == "social"),
        "category_views": row["category_views"],
        "promotion_clicks": row["promotion_clicks"],
        "editorial_views": row["editorial_views"],
        "editorial_min": row["editorial_ms"] // 60_000,
        "unanswered": 0 if row["product_views"] else len(row["searches"]),
    }


def bought(row: Row, _: Figures) -> str:
    return f"bought: {count(len(row['purchases']), 'order')}" if row["purchases"] else ""


def checked_out(row: Row, _: Figures) -> str:
    return f"reached the {row['checkout_stage']} in {count(row['checkout_steps'], 'checkout step')}" if row["checkout_stage"] else ""


def put_aside(row: Row, known: Figures) -> str:
    out = units(row["cart_removed"])
    if row["cart_added"]:
        taken = f", took {out} out" if row["cart_removed"] else ""
        return f"put {units(row['cart_added'])} in the cart{taken}{emptied(known)}"
    return f"took {out} out of the cart{emptied(known)}" if row["cart_removed"] else ""


def emptied(known: Figures) -> str:
    return ", so that it was empty" if known["cart_emptied"] else ""


def brought(_: Row, known: Figures) -> str:
    return f"came with {units(known['cart_before'])} still in the cart from an earlier visit" if known["cart_before"] else ""


def looked(row: Row, _: Figures) -> str:
    if not row["product_views"]:
        return f"{count(row['products_touched'], 'product')} touched, none opened" if row["products_touched"] else ""
    touched = count(row["products_touched"], "product") if row["products_touched"] else "none"
    return f"{count(row['product_views'], 'product view')}, {touched} touched"


def strolled(_: Row, known: Figures) -> str:
    return f"products of {known['wandering']} categories, none put in the cart" if known["wandering"] > 1 else ""


def shelves(row: Row, _: Figures) -> str:
    return count(row["category_views"], "category view") if row["category_views"] else ""


def searched(row: Row, known: Figures) -> str:
    found = ", no product opened" if known["unanswered"] else ""
    return f"searched {count(len(row['searches']), 'time')}{found}" if row["searches"] else ""


def clicked(row: Row, _: Figures) -> str:
    return f"clicked {count(row['promotion_clicks'], 'promotion')}" if row["promotion_clicks"] else ""


def read(row: Row, _: Figures) -> str:
    nothing = ", no product touched" if not row["products_touched"] else ""
    return f"{count(row['editorial_views'], 'editorial')} read {duration(row['editorial_ms'])}{nothing}" if row["editorial_views"] else ""


def stayed(row: Row, _: Figures) -> str:
    return f"{count(row['page_views'], 'page')} in {duration(row['engaged_ms'])} of attention" if row["page_views"] else ""


def identified(row: Row, _: Figures) -> str:
    return "1 customer known by name" if row["customer_id"] else ""


def again(row: Row, _: Figures) -> str:
    return f"{count(row['earlier_sessions'], 'earlier visit')} the same day" if row["earlier_sessions"] else ""


def from_email(_: Row, known: Figures) -> str:
    return "came from 1 e-mail" if known["from_email"] else ""


def from_social(_: Row, known: Figures) -> str:
    return "came from 1 social network" if known["from_social"] else ""


STATEMENTS = (
    Statement(bought, ("bought",)),
    Statement(checked_out, ("payment", "checkout_steps")),
    Statement(put_aside, ("cart_added", "cart_emptied")),
    Statement(brought, ("cart_before",)),
    Statement(looked, ("product_views", "products_touched")),
    Statement(strolled, ("wandering",)),
    Statement(shelves, ("category_views",)),
    Statement(searched, ("searches", "unanswered")),
    Statement(clicked, ("promotion_clicks",)),
    Statement(read, ("editorial_views", "editorial_min")),
    Statement(stayed, ("attention_min",)),
    Statement(identified, ("identified",)),
    Statement(again, ("earlier_sessions",)),
    Statement(from_email, ("from_email",)),
    Statement(from_social, ("from_social",)),
)


def whole(quantity: Decimal) -> int:
    """Half a metre of cloth is one thing."""
    return math.ceil(quantity)


def count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def units(quantity: Decimal | int) -> str:
    return f"{Decimal(quantity).normalize():f} {'unit' if quantity == 1 else 'units'}"


def duration(ms: int) -> str:
    return f"{round(ms / 1000)} s" if ms < 90_000 else f"{round(ms / 60_000)} min"
