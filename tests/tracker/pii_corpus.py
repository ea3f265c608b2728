"""What the scrub must find, and what it must leave alone: two hand-made corpora, an entry a line."""

from __future__ import annotations

EMAILS = """\
ann@example.org
Ann.Muster+shop@mail.example.co.uk
o'brien_1@sub-domain.example.com
jürgen@müller.example
x@y.de
ANNA@EXAMPLE.COM
first.last%tag@example.museum
ann＠example.org
""".splitlines()

CARDS = """\
4111111111111111
4111 1111 1111 1111
4012-8888-8888-1881
5555555555554444
5555 5555 5555 4444
2223003122003222
378282246310005
3782 822463 10005
6011111111111117
6011-0009-9013-9424
30569309025904
3530111333300000
4222222222222
6759649826438453
""".splitlines()

PHONES = """\
+49 170 1234567
+491701234567
+49 (0)170 123 45 67
+49-30-12345678
+1 (415) 555-2671
+1-415-555-2671
+33 6 12 34 56 78
+44 20 7946 0958
+49.170.1234567
0049 170 1234567
0170 1234567
(030) 12345678
(555) 123-4567
06 12 34 56 78
""".splitlines()

LOOSE_PHONES = """\
0170/1234567
0170-1234567
030/123 45 67
01701234567
415-555-2671
00491701234567
""".splitlines()  # in texts and parameters; in a path they could be an article

JWTS = """\
eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.SflKxwRJSMeKKF2QT4fwpMeJf36POk6yJV_adQssw5c
eyJhbGciOiJub25lIn0.eyJlbWFpbCI6ImFubkBleGFtcGxlLm9yZyJ9.
eyJ0eXAiOiJKV1QiLCJhbGciOiJSUzI1NiJ9
""".splitlines()

SECRET_NAMES = """\
token
access_token
resetToken
key
api_key
apikey
pass
password
passwd
auth
authorization
oauth_verifier_auth
code
auth_code
session
session_id
PHPSESSID
sessid
sid
reset
password_reset
pwd
secret
client_secret
otp
signature
X-Amz-Signature
sig
magic-token
csrf
connect.sid
to%6ben
""".splitlines()

SECRET = "Zx81kQ0w"

PLAIN_URLS = """\
https://shop.example/
https://shop.example/p/4006381333931
https://shop.example/p/espresso-x1-4006381333931.html
https://shop.example/p/00012345678905
https://shop.example/p/9783161484100?variant=41234567890123
https://www.shop.example/c/kueche/kaffee?page=2&sort=price_asc&per_page=48
https://shop.example/search?q=espresso+machine+x1&filter[color]=red&filter[size]=38-40
https://shop.example/search?q=4006381333931
https://shop.example/?utm_source=newsletter&utm_medium=email&utm_campaign=summer-2026&utm_id=23851234567890123
https://shop.example/?utm_content=120207654321098765&utm_term=kaffee%20m%C3%BChle
https://shop.example/?gclid=EAIaIQobChMI8v2Zl6bX_QIVkuF3Ch0vYwqLEAAYASAAEgK3N_D_BwE&gad_source=1
https://shop.example/?fbclid=IwAR2F4-dbP0l7Mn1IawQQGCINEz7PYXQvwjNwB_qa2ofrHyiLjcbCRxTDMgk
https://shop.example/?msclkid=5b1a5f0c8a1b1c2d3e4f5a6b7c8d9e0f
https://shop.example/cart?rc=SUMMER-26-A&step=2
https://shop.example/?keyword=kaffee&keywords=a,b
https://shop.example/?author=kafka&page=3
https://shop.example/p/BX-500.220/12?ref=home_teaser_3#details
https://shop.example/p/42?_=1732233601123&t=1732233601
https://shop.example/c/120x200/160x200
https://shop.example/?price=10.00-250.00&rating=4
https://shop.example/2024/11/22/neu-im-laden
https://shop.example/events/2024-11-22T10:00:00
https://shop.example/img/logo@2x.png
https://cdn.example/npm/react@18.2.0/index.js
https://social.example/@shop/post/109876543210987654
https://www.google.com/search?q=kaffeem%C3%BChle+test&sourceid=chrome&ie=UTF-8
https://www.bing.com/search?q=espresso&form=QBLH&pq=espr&sc=10-4
https://shop.example/store/52.5200,13.4050?zoom=15z
https://shop.example/?_ga=2.149829384.1234567890.1609459200-1234567890.1609459200
https://shop.example/artikel/0815-4711-2000
https://shop.example/product/B08N5WRWNW/ref=sr_1_3
https://shop.example/passform/slim-fit-jeans-2024-ab12cd34ef56
https://shop.example/order/confirmation?order=100000123456
https://shop.example/p/72d76fde-8bb3-4e00-8c23-a032dfed738c
https://shop.example/c/2103807459595387724
https://shop.example/p?sku=4111111111111&size=42
https://shop.example/login?next=/account/orders
https://shop.example/?x=1;y=2&z=%7B%22a%22%3A1%7D
https://shop.example/?redirect=https%3A%2F%2Fshop.example%2Fc%2Fkaffee%3Fpage%3D2
https://shop.example/p/ean/5901234123457?qty=2&color=%23ff0000
android-app://com.google.android.googlequicksearchbox/
https://t.co/AbCdEf1234
/p/42
about:blank
https://shop.example/compass-passport-cover?preset=3
https://shop.example/monkey-47-gin-0-5l
https://shop.example/keyboards/mx-keys-s?layout=de
https://shop.example/p/1?v=2&lang=de_DE&cur=EUR&tel=0
https://shop.example/hotel/zimmer-2026-07-01-2026-07-14?adults=2&children=0&checkin=2026-07-01&checkout=2026-07-14
""".splitlines()

PLAIN_TEXTS = """\
Espresso X1 – Shop
Kaffeemühle | 199,90 € | Shop
EAN 4006381333931
ISBN 978-3-16-148410-0
ISBN-10 0-306-40615-2 gebunden
ISBN 0306406152
UPC 036000291452
GTIN 00012345678905
Set 36 38 40 42 44 46 48
Größen 36, 38, 40, 42
Regal 80 x 200 x 30 cm
Brille +1.00 +1.50 +2.00 +2.50
Sale 20% – 24.11.2026 bis 30.11.2026
Öffnungszeiten 09:00 - 18:00
01.02.2024 10:30 Uhr
01/02/2024 - 05/02/2024
2026-11-22 bis 2026-12-24
Bosch 0 986 494 123 Bremsbelag
BMW 11 42 7 953 129 Filter
iPhone 15 Pro 256 GB
5 @ 3.99
Work@Home Schreibtisch
@shop folgt uns
Fun & Co. = Spaß
Auto-Key-Finder
Password Journal (Notizbuch)
Session IPA 0,33 l
Reset: 10 Tage Detox
Code: der Roman
Passion Fruit Tea 1000g
1.000.000 Teile lieferbar
Nr. 5 Eau de Parfum 100 ml 3.4 fl.oz
LEGO 10497 Galaxy Explorer 1254 Teile
100 200 300 400 500
0,75 l 0,5 l 1,0 l 2,0 l
Artikel 12345678
7612345678900
MX Keys S – Tastatur (DE)
C# in 24 Stunden
50% auf alles?
日本語のタイトル 2024
Preis: 1299.00 EUR (statt 1599.00 EUR)
Seite 1/12 – 240 Artikel
Zertifikat ISO 9001:2015 / 14001:2015
12V 7.2Ah 151x65x94
SKU 2103807459595387724
3 für 2: 4 5 6 7 8 9 10 11 12 13
""".splitlines()
