"""What the demo shop sells and tells. Plain data."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

CURRENCY = "EUR"
FREE_SHIPPING_FROM = Decimal("40.00")
SHIPPING = Decimal("4.90")


@dataclass(frozen=True, slots=True)
class Product:
    id: str
    name: str
    category: str
    price: Decimal
    unit: str
    picture: str
    line: str  # one sentence for a card
    story: str  # a paragraph for its page
    brand: str = "Clara"


@dataclass(frozen=True, slots=True)
class Category:
    id: str
    name: str
    line: str


CATEGORIES = (
    Category("coffee", "Coffee", "Roasted on Tuesdays and Fridays, in a drum older than the shop."),
    Category("brewers", "Brewers", "Five ways to make a good cup. We drink all of them."),
    Category("accessories", "Accessories", "The small things that make the larger difference."),
)

PRODUCTS = (
    Product("BEAN-BR", "Brazil, Fazenda Sol", "coffee", Decimal("13.90"), "500 g", "bean-brazil", "Hazelnut, cocoa, hardly any acidity.",
            "From three sisters who dry their coffee on the patio. A mild coffee for every day: it forgives any brewer and likes milk."),
    Product("BEAN-ET", "Ethiopia, Yirga Hills", "coffee", Decimal("16.50"), "500 g", "bean-ethiopia", "Jasmine, lemon peel, black tea.",
            "Washed and roasted light. Pour it over a filter and give it time: at its best it tastes of tea and a little of June."),
    Product("BEAN-CO", "Colombia, Huila", "coffee", Decimal("14.90"), "500 g", "bean-colombia", "Red apple, caramel, a round body.",
            "Our house coffee since the first year. Sweet as espresso, clear as filter, and what we pour when somebody cannot decide."),
    Product("BEAN-DE", "Decaf, Quiet Evening", "coffee", Decimal("15.50"), "500 g", "bean-decaf", "Malt, walnut, and a good night.",
            "Decaffeinated with mountain water, without solvents. We serve it blind at tastings, and nobody has found it out yet."),
    Product("X1", "Espresso machine X1", "brewers", Decimal("199.90"), "one group, 15 bar", "espresso-x1", "A small machine with an honest gauge.",
            "Heats in four minutes, holds its temperature, and comes apart with one screwdriver. Spare parts for ten years are in our cellar."),
    Product("POUR-1", "Pour-over cone", "brewers", Decimal("24.00"), "1 to 2 cups", "pour-over", "Stoneware, ribbed inside, from one kiln.",
            "The ribs keep the paper off the wall, so that the water finds its way. Comes with forty filters."),
    Product("PRESS-1", "French press", "brewers", Decimal("39.00"), "1 litre", "french-press", "For breakfast with more than two.",
            "Borosilicate glass in a steel frame, with a sieve that fits. Coarse coffee, four minutes, press gently."),
    Product("MOKA-4", "Stovetop pot", "brewers", Decimal("34.50"), "4 cups", "moka-pot", "The sound of a kitchen in Naples.",
            "Works on gas, on ceramic and, with its steel base, on induction. Never wash it with soap, says Clara."),
    Product("GRIND-2", "Hand grinder No. 2", "accessories", Decimal("89.00"), "40 g hopper", "hand-grinder", "Steel burrs, no noise, no cable.",
            "Thirty clicks from fine to coarse, and a drawer of walnut. It takes a minute for two cups: the calmest minute of the morning."),
    Product("KETTLE-G", "Gooseneck kettle", "accessories", Decimal("69.00"), "0.9 litre", "kettle", "Pours as thin as you like.",
            "The long neck slows the water down; the thermometer in the lid does the rest. In sage, because it suits every kitchen."),
    Product("SCALE-1", "Kitchen scale", "accessories", Decimal("44.00"), "0.1 g, timer", "scale", "Good coffee is weighed, not spooned.",
            "Shows grams and seconds side by side and runs for a year on one charge."),
    Product("CUPS-2", "Two cups, stoneware", "accessories", Decimal("28.00"), "2 × 180 ml", "cups", "One for you and one for company.",
            "Thrown in the next village. No two are alike, which makes it easier to remember whose is whose."),
    Product("SUB-12", "Clara's choice, monthly", "subscription", Decimal("24.90"), "2 × 350 g a month", "subscription",
            "Two coffees a month, roasted the day before.",
            "One coffee we love and one you would not have tried. Ends whenever you like, with one line by e-mail."),
)  # fmt: skip

BY_ID = {product.id: product for product in PRODUCTS}
CATEGORY_BY_ID = {category.id: category for category in CATEGORIES}
SHELVED = tuple(product for product in PRODUCTS if product.category in CATEGORY_BY_ID)


def of_category(category_id: str) -> tuple[Product, ...]:
    return tuple(product for product in SHELVED if product.category == category_id)


def beside(product: Product) -> tuple[Product, ...]:
    """Three others to look at: of the same shelf first."""
    return tuple(sorted((other for other in SHELVED if other.id != product.id), key=lambda other: other.category != product.category)[:3])


def found(query: str) -> tuple[Product, ...]:
    """Every word of the query stands somewhere in the product's texts."""
    words = query.lower().split()
    return tuple(product for product in SHELVED if words and all(word in texts(product) for word in words))


def texts(product: Product) -> str:
    return " ".join((product.name, product.category, product.line, product.story)).lower()
