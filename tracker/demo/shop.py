"""The pages of the demo shop. Forms and cookies only: it works without JavaScript, and nothing in the product knows of it.

in   requests below the path it is mounted at; cookies basket, customer, order, told
out  HTML, with the tag in it as docs/tag.md tells a shop to put it there
"""

from __future__ import annotations

import secrets
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from tracker.demo import catalogue
from tracker.demo.basket import MOST, Basket, basket

FOLDER = Path(__file__).parent
FORM_MAX_BYTES = 16 * 1024
PAGES = Environment(loader=FileSystemLoader(FOLDER / "templates"), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
PAGES.filters["euro"] = lambda amount: f"{Decimal(amount):.2f}\u00a0€"


class Shop:
    def __init__(self, site_key: str, tag_src: str) -> None:
        self.site_key, self.tag_src = site_key, tag_src
        elsewhere = f" {urlsplit(tag_src).scheme}://{urlsplit(tag_src).netloc}" if urlsplit(tag_src).netloc else ""
        self.headers = {
            "Content-Security-Policy": f"default-src 'none'; script-src 'self'{elsewhere}; connect-src 'self'{elsewhere}; style-src 'self'; "
            "img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
            "X-Content-Type-Options": "nosniff", "X-Robots-Tag": "noindex", "Referrer-Policy": "same-origin", "Cache-Control": "private, no-cache",
        }  # fmt: skip

    def page(self, request: Request, name: str, status: int = 200, **context: Any) -> Response:
        """`tells` are calls of tracker(...) that the server has to report; static/shop.js makes them."""
        tells = [*context.pop("tells", []), *told(request)]
        text = PAGES.get_template(name).render(
            base=request.scope.get("root_path", ""), site_key=self.site_key, tag_src=self.tag_src, tells=tells, path=request.url.path,
            customer=request.cookies.get("customer", ""), cart=held(request), categories=catalogue.CATEGORIES,
            free_from=catalogue.FREE_SHIPPING_FROM, currency=catalogue.CURRENCY, most=MOST,
            query=request.query_params.get("q", "").strip()[:100], **context,
        )  # fmt: skip
        response = HTMLResponse(text, status, self.headers)
        if "told" in request.cookies:
            response.delete_cookie("told", path=cookie_path(request))
        return response

    # --- looking around ---

    async def home(self, request: Request) -> Response:
        favourites = [catalogue.BY_ID[key] for key in ("BEAN-CO", "X1", "GRIND-2", "BEAN-ET")]
        return self.page(request, "home.html", favourites=favourites)

    async def category(self, request: Request) -> Response:
        category = catalogue.CATEGORY_BY_ID.get(request.path_params["category"])
        if category is None:
            return self.page(request, "missing.html", 404)
        return self.page(request, "category.html", category=category, products=catalogue.of_category(category.id))

    async def product(self, request: Request) -> Response:
        product = catalogue.BY_ID.get(request.path_params["product"])
        if product is None:
            return self.page(request, "missing.html", 404)
        return self.page(request, "product.html", product=product, beside=catalogue.beside(product))

    async def search(self, request: Request) -> Response:
        return self.page(request, "search.html", products=catalogue.found(request.query_params.get("q", "")[:100]))

    async def article(self, request: Request) -> Response:
        return self.page(request, "article.html", product=catalogue.BY_ID["GRIND-2"])

    async def subscription(self, request: Request) -> Response:
        return self.page(request, "subscription.html", product=catalogue.BY_ID["SUB-12"])

    # --- cart and checkout ---

    async def cart(self, request: Request) -> Response:
        return self.page(request, "cart.html")

    async def add(self, request: Request) -> Response:
        form = await fields(request)
        return self.changed(request, form, number(form.get("quantity", "1")))

    async def remove(self, request: Request) -> Response:
        form = await fields(request)
        return self.changed(request, form, -number(form.get("quantity", str(MOST))))

    def changed(self, request: Request, form: dict[str, str], by: int) -> Response:
        response = back(request, "/cart")
        remember(request, response, "basket", held(request).changed(form.get("id", ""), by).cookie())
        return response

    async def address(self, request: Request) -> Response:
        return self.page(request, "address.html") if held(request).lines else back(request, "/cart")

    async def payment(self, request: Request) -> Response:
        return self.page(request, "payment.html") if held(request).lines else back(request, "/cart")

    async def place(self, request: Request) -> Response:
        """The order is kept in a cookie, so that the thank-you page can be loaded again: it then tells the same order_id."""
        goods = held(request)
        response = back(request, "/checkout/done" if goods.lines else "/cart")
        if goods.lines:
            remember(request, response, "order", f"C{secrets.token_hex(4).upper()}.{goods.cookie()}")
            remember(request, response, "basket", "")
        return response

    async def done(self, request: Request) -> Response:
        order_id, _, goods = request.cookies.get("order", "").partition(".")
        ordered = basket(goods)
        if not ordered.lines:
            return back(request, "/cart")
        order = {
            "order_id": order_id[:32], "value": float(ordered.goods), "currency": catalogue.CURRENCY,
            "shipping": float(ordered.shipping), "items": ordered.items(),
        }  # fmt: skip
        return self.page(request, "done.html", order_id=order_id[:32], ordered=ordered, tells=[["order", order]])

    # --- who ---

    async def account(self, request: Request) -> Response:
        return self.page(request, "account.html")

    async def login(self, request: Request) -> Response:
        """Any name will do; the customer id is made from it."""
        name = "".join(letter for letter in (await fields(request)).get("name", "").lower() if letter.isalnum() and letter.isascii())[:40]
        response = back(request, "/account")
        if name:
            remember(request, response, "customer", f"c-{name}")
            remember(request, response, "told", "login")
        return response

    async def logout(self, request: Request) -> Response:
        response = back(request, "/account")
        remember(request, response, "customer", "")
        remember(request, response, "told", "logout")
        return response

    async def missing(self, request: Request) -> Response:
        return self.page(request, "missing.html", 404)

    def routes(self) -> list[BaseRoute]:
        return [
            Route("/", self.home), Route("/c/{category}", self.category), Route("/p/{product}", self.product), Route("/search", self.search),
            Route("/read/how-to-grind", self.article), Route("/subscription", self.subscription),
            Route("/cart", self.cart), Route("/cart/add", self.add, methods=["POST"]), Route("/cart/remove", self.remove, methods=["POST"]),
            Route("/checkout/address", self.address), Route("/checkout/payment", self.payment, methods=["GET", "POST"]),
            Route("/checkout/place", self.place, methods=["POST"]), Route("/checkout/done", self.done),
            Route("/account", self.account), Route("/login", self.login, methods=["POST"]), Route("/logout", self.logout, methods=["POST"]),
            Mount("/static", StaticFiles(directory=FOLDER / "static")), Route("/{path:path}", self.missing),
        ]  # fmt: skip


def told(request: Request) -> list[list[object]]:
    """What just happened on the server and has to be told once: the cookie `told` is gone afterwards."""
    what, customer = request.cookies.get("told"), request.cookies.get("customer", "")
    if what == "login" and customer:
        return [["identify", {"customer_id": customer, "how": "login"}]]
    return [["logout"]] if what == "logout" else []


def held(request: Request) -> Basket:
    return basket(request.cookies.get("basket", ""))


def cookie_path(request: Request) -> str:
    return request.scope.get("root_path", "") or "/"


def remember(request: Request, response: Response, name: str, value: str) -> None:
    if value:
        response.set_cookie(name, value, path=cookie_path(request), httponly=True, samesite="lax", max_age=30 * 86_400)
    else:
        response.delete_cookie(name, path=cookie_path(request))


def back(request: Request, path: str) -> Response:
    return RedirectResponse(request.scope.get("root_path", "") + path, 303)


def number(text: str) -> int:
    return min(int(text), MOST) if text.isdecimal() and len(text) < 4 else 0


async def fields(request: Request) -> dict[str, str]:
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > FORM_MAX_BYTES:
            raise HTTPException(413)
    return dict(parse_qsl(body.decode("utf-8", "replace")))
