"""Why a session is thought to be what it is, in sentences: rendered when read, from the figures stored with the session.

in   a row of session_rows.sql
out  sentences, the weightiest first, each with its number
"""

from __future__ import annotations

from decimal import Decimal

from tracker.store import Row


def purpose(row: Row) -> list[str]:
    told = bought(row) + put_aside(row) + looked(row) + read(row) + came(row)
    return told or ["nothing but the visit itself was observed"]


def bought(row: Row) -> list[str]:
    orders = len(row["purchases"])
    return [f"bought: {count(orders, 'order')}"] if orders else []


def put_aside(row: Row) -> list[str]:
    told = []
    if row["checkout_stage"]:
        told.append(f"reached the {row['checkout_stage']} in {count(row['checkout_steps'], 'checkout step')}")
    if row["cart_added"]:
        told.append(f"put {units(row['cart_added'])} in the cart" + (f", took {units(row['cart_removed'])} out" if row["cart_removed"] else ""))
    elif row["cart_removed"]:
        told.append(f"took {units(row['cart_removed'])} out of the cart")
    return told


def looked(row: Row) -> list[str]:
    told = []
    if row["product_views"]:
        touched = count(row["products_touched"], "product") if row["products_touched"] else "none"
        told.append(f"{count(row['product_views'], 'product view')}, {touched} touched")
    if row["category_views"]:
        told.append(f"{count(row['category_views'], 'category view')}")
    if row["searches"]:
        told.append(f"searched {count(len(row['searches']), 'time')}")
    if row["promotion_clicks"]:
        told.append(f"clicked {count(row['promotion_clicks'], 'promotion')}")
    return told


def read(row: Row) -> list[str]:
    if not row["editorial_views"]:
        return []
    nothing = ", no product touched" if not row["products_touched"] else ""
    return [f"{count(row['editorial_views'], 'editorial')} read {duration(row['editorial_ms'])}{nothing}"]


def came(row: Row) -> list[str]:
    told = [f"{count(row['page_views'], 'page')} in {duration(row['engaged_ms'])} of attention"] if row["page_views"] else []
    return told + ([f"{count(row['earlier_sessions'], 'earlier visit')} the same day"] if row["earlier_sessions"] else [])


def count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def units(quantity: Decimal | int) -> str:
    return f"{Decimal(quantity).normalize():f} {'unit' if quantity == 1 else 'units'}"


def duration(ms: int) -> str:
    return f"{round(ms / 1000)} s" if ms < 90_000 else f"{round(ms / 60_000)} min"
