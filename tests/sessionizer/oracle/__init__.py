"""The oracle: the rules of docs/sessions.md and docs/carts.md once more, slowly and plainly, written from the design and never from the product.

What the design leaves open is read from docs/decisions/0005-sessionizer.md and 0010-event-ids.md. Nothing here imports from the sessionizer.

in   the rows of `events` of one site, in any order, with any repetition
out  what the tables must say, apart from ids, versions and the time of building
"""
