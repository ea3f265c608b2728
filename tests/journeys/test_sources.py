"""Where a visit came from, as tables: what the address says, what the referrer is, and the traps of both (sessionizer/sources.toml)."""

from __future__ import annotations

import tomllib
from importlib import resources

from sessionizer.sources import sources
from tests.sessionizer.world import World

Case = tuple[str, str, str]  # address, referrer, channel

REFERRERS: list[Case] = [
    ("/", "", "direct"),
    # search
    ("/", "https://www.google.com/", "search"),
    ("/", "https://www.google.co.uk/search?q=shoes", "search"),
    ("/", "https://WWW.Google.DE/", "search"),
    ("/", "https://www.google.de:443/", "search"),
    ("/", "android-app://com.google.android.googlequicksearchbox/https/www.google.com", "search"),
    ("/", "https://www.bing.com/", "search"),
    ("/", "https://duckduckgo.com/", "search"),
    ("/", "https://r.search.yahoo.com/_ylt=A2", "search"),
    ("/", "https://search.yahoo.co.jp/", "search"),
    ("/", "https://yandex.kz/", "search"),
    ("/", "https://search.brave.com/", "search"),
    ("/", "https://www.ecosia.org/", "search"),
    ("/", "https://m.search.naver.com/search.naver", "search"),
    ("/", "https://go.mail.ru/search", "search"),
    ("/", "https://suche.web.de/", "search"),
    ("/", "https://news.google.com/", "search"),
    # … and what only looks like it
    ("/", "https://google.evil.example/", "referral"),
    ("/", "https://notgoogle.com/", "referral"),
    ("/", "https://www.google.com.evil.io/", "referral"),
    ("/", "https://docs.google.com/document/d/1", "referral"),
    ("/", "https://maps.google.com/", "referral"),
    ("/", "https://blog.example.org/google.com", "referral"),
    # social networks
    ("/", "https://l.facebook.com/l.php?u=x", "social"),
    ("/", "http://m.facebook.com/", "social"),
    ("/", "https://l.instagram.com/", "social"),
    ("/", "https://t.co/abc", "social"),
    ("/", "android-app://com.linkedin.android/", "social"),
    ("/", "android-app://com.pinterest/", "social"),
    ("/", "https://www.pinterest.co.uk/pin/1", "social"),
    ("/", "https://old.reddit.com/r/coffee", "social"),
    ("/", "https://my.mail.ru/", "social"),
    ("/", "https://ask.fm/", "social"),
    ("/", "https://www.ask.com/", "search"),
    # web mail
    ("/", "https://mail.google.com/mail/u/0/", "email"),
    ("/", "android-app://com.google.android.gm/", "email"),
    ("/", "https://outlook.live.com/", "email"),
    ("/", "https://eur02.safelinks.protection.outlook.com/?url=x", "email"),
    ("/", "https://us-mg42.mail.yahoo.com/", "email"),
    ("/", "https://e.mail.ru/inbox", "email"),
    ("/", "https://deref-gmx.net/mail/client/x", "email"),
    ("/", "https://3c.gmx.net/", "email"),
    ("/", "https://mail.proton.me/", "email"),
    # AI assistants
    ("/", "https://chatgpt.com/", "ai"),
    ("/", "https://www.perplexity.ai/", "ai"),
    ("/", "https://gemini.google.com/app", "ai"),
    ("/", "https://copilot.microsoft.com/", "ai"),
    ("/", "https://claude.ai/chat/1", "ai"),
    ("/", "https://chat.deepseek.com/", "ai"),
    # payment and log-in providers are no source
    ("/thanks", "https://www.paypal.com/checkoutnow", "direct"),
    ("/thanks", "https://pay.klarna.com/eu", "direct"),
    ("/thanks", "https://checkoutshopper-live.adyen.com/", "direct"),
    ("/thanks", "https://checkout.stripe.com/c/pay/x", "direct"),
    ("/thanks", "https://www.mollie.com/checkout", "direct"),
    ("/thanks", "https://www.sofort.com/payment", "direct"),
    ("/thanks", "https://secure.payu.in/", "direct"),
    ("/thanks", "https://pay.google.com/", "direct"),
    ("/thanks", "https://secure7.arcot.com/acspage/cap", "direct"),
    ("/thanks", "https://acs2.sparkasse.example/", "direct"),
    ("/thanks", "https://verifiedbyvisa.barclays.co.uk/", "direct"),
    ("/account", "https://accounts.google.com/", "direct"),
    ("/account", "https://login.microsoftonline.com/common", "direct"),
    ("/account", "https://appleid.apple.com/", "direct"),
    ("/account", "https://shop.eu.auth0.com/", "direct"),
    ("/account", "https://sso.company.example/", "direct"),
    # … what only looks like one: a newspaper, a learned society, a company
    ("/", "https://www.ideal.es/granada", "referral"),
    ("/", "https://acs.org/journals", "referral"),
    ("/", "https://login.example/", "referral"),
    ("/", "https://www.square-enix.com/", "referral"),
    # the shop itself
    ("/p/2", "https://shop.example/p/1", "direct"),
    ("/p/2", "https://www.shop.example/p/1", "direct"),
    ("/p/2", "https://SHOP.example/p/1", "direct"),
    ("/p/2", "https://blog.shop.example/", "direct"),
    ("/p/2", "https://myshop.example/", "referral"),
    # no address at all
    ("/", "about:blank", "direct"),
    ("/", "null", "direct"),
    ("/", "http://localhost:8080/", "direct"),
    ("/", "http://192.168.0.7/intranet", "referral"),
]
ADDRESSES: list[Case] = [
    # click identifiers
    ("/?gclid=abc", "https://www.google.com/", "paid"),
    ("/?GCLID=abc", "", "paid"),
    ("/?wbraid=abc&gad_source=1", "", "paid"),
    ("/?msclkid=abc", "https://www.bing.com/", "paid"),
    ("/?ttclid=abc", "https://www.tiktok.com/", "paid"),
    ("/?ScCid=abc", "", "paid"),
    ("/#/p?gclid=abc", "", "paid"),
    ("/?a=1&amp;gclid=abc", "", "paid"),
    ("/?not_gclid=abc", "", "direct"),
    ("/?q=gclid", "", "direct"),
    # what every link of a network carries is no advertisement
    ("/?fbclid=abc", "", "social"),
    ("/?fbclid=abc", "https://l.facebook.com/", "social"),
    ("/?fbclid=abc&utm_medium=paid_social", "https://l.facebook.com/", "paid"),
    ("/?srsltid=abc", "", "search"),
    ("/?igsh=abc", "", "social"),
    ("/?mc_cid=1&mc_eid=2", "", "email"),
    # the medium, however it is written
    ("/?utm_medium=cpc&utm_source=google", "", "paid"),
    ("/?utm_medium=CPC", "", "paid"),
    ("/?UTM_MEDIUM=Email&UTM_CAMPAIGN=May", "", "email"),
    ("/?utm_medium=e-mail", "https://blog.example.org/", "email"),
    ("/?utm_medium=newsletter_de", "", "email"),
    ("/?utm_medium=social-media", "", "social"),
    ("/?utm_medium=%20cpc%20", "", "paid"),
    ("/?utm_medium=paidsearch", "", "paid"),
    ("/?utm_medium=cpanel", "", "campaign"),
    ("/?utm_medium=organic&utm_source=google", "", "search"),
    ("/?utm_medium=organic&utm_source=facebook", "", "social"),
    ("/?utm_medium=referral&utm_source=partner.example", "", "referral"),
    ("/?a=1&amp;utm_medium=email", "", "email"),
    ("/#utm_medium=email", "", "email"),
    ("/#/sale?utm_medium=email", "", "email"),
    ("/?my_utm_medium=email", "", "direct"),
    # twice: the first that says something
    ("/?utm_medium=email&utm_medium=cpc", "", "email"),
    ("/?utm_medium=&utm_medium=cpc", "", "paid"),
    # a source alone
    ("/?utm_source=chatgpt.com", "", "ai"),
    ("/?utm_source=newsletter", "", "email"),
    ("/?utm_source=Facebook", "", "social"),
    ("/?utm_source=flyer", "", "campaign"),
    ("/?utm_campaign=spring", "", "campaign"),
    ("/?utm_medium=qr", "", "campaign"),
    # the address comes before the referrer, but from a payment provider nobody brings anything
    ("/?utm_medium=email&utm_campaign=may", "https://www.google.com/", "email"),
    ("/thanks?utm_source=klarna&utm_medium=referral", "https://www.klarna.com/", "direct"),
    ("/thanks?gclid=abc", "https://checkout.stripe.com/", "direct"),
    ("/thanks?fbclid=abc", "https://www.paypal.com/", "direct"),
    ("/p/2?fbclid=abc", "https://shop.example/p/1?fbclid=abc", "direct"),
]


def test_a_visit_is_put_down_to_where_it_came_from(world: World) -> None:
    cases = REFERRERS + ADDRESSES
    visitors = [world.visitor().view(address, referrer=referrer).id for address, referrer, _ in cases]
    world.tick()
    channels = {row["visitor_id"]: row["channel"] for row in world.sessions()}
    found = [(address, referrer, channels[visitor]) for visitor, (address, referrer, _) in zip(visitors, cases, strict=True)]
    assert found == cases


def test_what_a_campaign_is_called_is_told_as_it_was_written(world: World) -> None:
    cases = {
        "/?utm_campaign=Fr%C3%BChling+26&utm_source=Brand%20A&utm_medium=Flyer": ("Frühling 26", "Brand A", "flyer"),
        "/?utm_campaign=a&utm_campaign=b": ("a", "", ""),
        "/?utm_campaign=50%25+off": ("50% off", "", ""),
        "/?utm_campaign=%FFspring": ("\ufffdspring", "", ""),  # no UTF-8: a campaign's name never breaks an answer
        "/?UTM_Campaign=x#utm_source=y": ("x", "y", ""),
    }
    visitors = {world.visitor().view(address).id: address for address in cases}
    world.tick()
    rows = {visitors[row["visitor_id"]]: (row["campaign"], row["utm_source"], row["medium"]) for row in world.sessions()}
    assert rows == cases


def test_a_visit_s_source_is_the_first_that_it_names(world: World) -> None:
    ann = world.visitor().view("/", referrer="https://www.google.com/").wait(minutes=1)
    ann.view("/b?utm_medium=email", referrer="https://mail.google.com/")
    bob = world.visitor().view("/login").wait(minutes=1).view("/account", referrer="https://accounts.google.com/").wait(minutes=1)
    bob.view("/?utm_campaign=may&utm_medium=email").wait(minutes=1).view("/?gclid=abc")
    cid = world.visitor().view("/p", referrer="https://www.bing.com/").wait(hours=20)
    cid.add("X1", referrer="https://www.bing.com/").wait(minutes=1).view("/cart", referrer="https://shop.example/p")
    world.tick()
    assert [world.session(who)["channel"] for who in (ann, bob)] == ["search", "email"]
    assert (world.session(bob)["entry_url"], world.session(bob)["campaign"]) == ("https://shop.example/login", "may")
    # a page that was left open over night brings nobody a second time
    assert [row["channel"] for row in world.sessions(cid)] == ["search", "direct"]


def test_each_name_is_in_one_list_only_and_written_as_the_database_sees_it() -> None:
    told = tomllib.loads(resources.files("sessionizer").joinpath("sources.toml").read_text())
    for table in ("hosts", "parameters", "utm_source"):
        names = [name for group in told[table].values() for name in group]
        assert len(names) == len(set(names))
        assert [name for name in names if name != name.strip().lower() or name.startswith("www.")] == []
    assert set(sources().hosts.values()) == {"search", "social", "email", "ai", "passage", "referral"}
