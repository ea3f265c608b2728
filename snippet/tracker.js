// tracker, the tag: what a page shows and what a visitor does with it. What is sent, and when: docs/tag.md.
(function (tag) {
  try { tag(window, document); } catch (error) { /* a browser too old: no tag, and a page that works */ }
})(function (window, document) {
  'use strict';

  const VERSION = '0.1.0';
  const script = document.currentScript || document.querySelector('script[data-site]');
  const own = script ? script.dataset : {};
  const stub = window.tracker;
  const log = 'debug' in own ? (...words) => console.info('[tracker]', ...words) : () => {};
  if (!own.site || (stub && stub.version)) return log('not started: no data-site, or a second copy');

  // Taken now, before the page can replace fetch further.
  const { fetch, location, navigator, Blob } = window;
  const now = Date.now, assign = Object.assign, stringify = JSON.stringify;

  const attempt = (work) => { try { return work(); } catch (error) { log('not possible', error); } };
  const safe = (work) => (...given) => attempt(() => work(...given));
  const on = (target, types, work) => types.split(' ').forEach((type) =>
    target.addEventListener(type, safe(work), { capture: true, passive: true }));
  const attribute = (element, name) => element && element.getAttribute('data-track-' + name) || undefined;
  const number = (text) => text && isFinite(text) ? +text : undefined;
  const closest = (element, selector) => element && element.closest && element.closest(selector);

  // UUIDv7. No two share a millisecond, so that events of one moment keep their order.
  let lastMs = 0;
  const uuid = () => {
    lastMs = Math.max(now(), lastMs + 1);
    const random = Array.from(crypto.getRandomValues(new Uint8Array(10)), (byte) => (byte + 256).toString(16).slice(1)).join('');
    return ('0' + lastMs.toString(16) + '7' + random).replace(/^(.{8})(.{4})(.{4}).(.{3})(.{12}).*/, '$1-$2-$3-' + '89ab'[lastMs % 4] + '$4-$5');
  };

  // --- who: one id per browser, kept only where that is allowed and possible -------------------------------------------

  const VISITOR = 'tracker.visitor', CONSENT = 'tracker.consent';
  const gpc = navigator.globalPrivacyControl || undefined;

  const recall = (key) => attempt(() => window.localStorage.getItem(key))
    || attempt(() => (document.cookie.match('(^|; )' + key + '=([^;]*)') || [])[2]) || '';
  const keep = (key, value) => {
    attempt(() => value ? window.localStorage.setItem(key, value) : window.localStorage.removeItem(key));
    if (recall(key) !== value) {
      attempt(() => { document.cookie = key + '=' + value + ';path=/;samesite=lax;max-age=' + (value ? 336e5 : 0) + (location.protocol === 'https:' ? ';secure' : ''); });
    }
    return recall(key) === value && value;
  };

  let consent = recall(CONSENT), visitor;
  const recognise = () => {
    const refused = gpc || (consent ? consent[0] === 'd' : own.consent === 'required');
    const kept = recall(VISITOR);
    visitor = keep(VISITOR, refused ? '' : kept.length === 36 ? kept : uuid()) || undefined;
  };

  // --- sending ---------------------------------------------------------------------------------------------------------

  const endpoint = script.src.replace(/[?#].*/, '').replace(/(\/t\/[^/]*-[^/]*|\/[^/]*)$/, '/v1/events');
  const queue = [];
  let page, timer, busy, again, pausedTill = 0, failures = 0, unanswered = 0;

  const record = (type, fields, at) => {
    const text = stringify(assign({}, fields, { id: uuid(), type, at: at || now() }));
    log(text);
    put(queue.length, [{ page, visitor, text, size: new Blob([text]).size + 1 }]);
    if (/^(cart|checkout|consent|order|refund|identify|logout)/.test(type)) Promise.resolve().then(send); else later(2000);
  };
  const put = (place, entries) => {
    queue.splice(place, 0, ...entries);
    queue.splice(0, queue.length - 1000);
  };
  const later = (ms) => { timer = timer || setTimeout(send, ms); };

  // The longest head of the queue that shares page and visitor and fits into one post of 60 kB.
  const take = () => {
    const first = queue[0];
    let n = 0, size = 0;
    while (n < 500 && n < queue.length && queue[n].page === first.page && queue[n].visitor === first.visitor) {
      size += queue[n].size;
      if (n && size > 5e4) break;
      n++;
    }
    return queue.splice(0, n);
  };
  const post = (entries) => {
    const { page, visitor } = entries[0];
    return stringify({
      v: 1, site: own.site, visitor, sent_at: now(), webdriver: navigator.webdriver || undefined, gpc, page, events: []
    }).slice(0, -2) + entries.map((entry) => entry.text) + ']}';
  };

  const send = safe(() => {
    clearTimeout(timer);
    timer = 0;
    again = busy;
    if (busy || !queue[0]) return;
    if (now() < pausedTill) return later(pausedTill - now());
    const entries = take(), body = post(entries);
    busy = true;
    again = queue[0];
    new Promise((done) => done(fetch(endpoint, { method: 'POST', body, keepalive: new Blob([body]).size < 6e4, credentials: 'omit' })))
      .then((answer) => answer.text().then((text) => { log(text); return answer; }))   // read to its end: only then the next keepalive has room
      .catch((error) => log('no answer', error))
      .then(safe((answer) => answered(answer, entries)));
  });
  const answered = (answer, entries) => {
    const status = answer && answer.status;
    log('answered', status);
    busy = false;
    unanswered = status || navigator.onLine === false ? 0 : unanswered + 1;
    if (unanswered > 2 || (status < 500 && status !== 429)) {
      failures = unanswered = 0;
      if (again) send(); else if (queue[0]) later(2000);
      return;
    }
    put(0, entries);
    const asked = status && answer.headers.get('Retry-After'), wait = Math.max(Math.min(6e4, 1000 * 2 ** failures++), asked * 1000 || Date.parse(asked) - now() || 0);
    pausedTill = now() + wait * (1 + Math.random() / 4);
    send();
  };

  // The page may never run again: everything goes by beacon, also what waits for a retry.
  const leave = () => {
    collect(true);
    while (queue[0]) {
      const entries = take();
      if (!attempt(() => navigator.sendBeacon(endpoint, new Blob([post(entries)], { type: 'text/plain' })))) {
        put(0, entries);
        return later(2000);
      }
    }
  };

  // --- what lasts: added up in one place, by the one timer and before anything changes ----------------------------------

  const shown = new Set(), under = new Set(), dirty = new Set();
  let titled, rows, rowOf, inView, ranks, engagedMs, depthPx, toldMs, toldDepth, search, waiting;
  let clock, last = now(), lookedAt, awake, focused;

  const elapse = () => {
    const at = now(), ms = Math.min(Math.max(at - last, 0), 5000);
    last = at;
    if (awake && ms) {
      lookedAt = at;
      if (focused) engagedMs += ms;
      shown.forEach((row) => { row.seen += ms; touch(row); });
      under.forEach((row) => {
        row.over += ms;
        if (row.over < 300) return;
        row.touched += row.held ? ms : row.over;
        if (!row.held) row.touches++;
        row.held = true;
        touch(row);
      });
    }
    awake = !document.hidden;
    focused = awake && document.hasFocus();
  };
  const touch = (row) => { row.at = last; dirty.add(row); };

  // `all`: the page view ends or is hidden, so every change goes out; else only news worth a message.
  const collect = (all) => {
    elapse();
    if (waiting) return;
    if (!titled) page.title = document.title;
    if (search) record('search', { query: search, results: number(attribute(document.querySelector('[data-track-results]'), 'results')) });
    search = 0;
    dirty.forEach((row) => {
      const seen_ms = row.seen < 1000 ? 0 : row.seen, acts = row.touches + row.clicks;
      if (!seen_ms && !acts || !all && acts === row.toldActs && seen_ms < Math.max(1000, 2 * row.toldMs)) return;
      dirty.delete(row);
      row.toldMs = seen_ms;
      row.toldActs = acts;
      record('content', assign({}, row.about, {
        seen_ms, seen_ratio: Math.round(row.ratio * 100) / 100, touched_ms: row.touched, touches: row.touches, clicks: row.clicks
      }), row.at);
    });
    depthPx = Math.max(depthPx, window.scrollY + window.innerHeight);
    const more = engagedMs - toldMs, depth = Math.min(100, Math.round(depthPx / document.documentElement.scrollHeight * 100));
    if (all ? more >= 3000 || depth > toldDepth : more >= Math.min(6e4, Math.max(3000, toldMs))) {
      toldMs = engagedMs;
      toldDepth = depth;
      record('engagement', { engaged_ms: toldMs, scroll_pct: depth }, lookedAt);
    }
  };

  // --- tagged content --------------------------------------------------------------------------------------------------

  const CONTENT = ['name', 'category', 'price', 'currency'], ITEM = CONTENT.concat('id', 'brand', 'variant');
  let viewed = new WeakMap();

  const read = (fields, element, product) => fields.reduce((found, field) => {
    const text = attribute(element, field) || attribute(product, field);
    found[field] = field === 'price' ? number(text) : text;
    return found;
  }, {});

  const watch = (element) => {
    const kind = element.getAttribute('data-track'), content_id = attribute(element, 'id'), key = kind + content_id;
    away(element);
    rowOf.delete(element);
    if (!/^(product|category|advertisement|promotion|editorial|subscription)$/.test(kind) || !content_id) return log('not tagged well', element);
    if (!rows[key]) {
      ranks[kind] = (ranks[kind] || 0) + 1;
      rows[key] = {
        about: assign(read(CONTENT, element), { kind, content_id, position: number(attribute(element, 'position')) || ranks[kind] }),
        shown: 0, seen: 0, ratio: 0, touched: 0, touches: 0, clicks: 0, toldMs: 0, toldActs: 0
      };
    }
    rowOf.set(element, rows[key]);
    sight.unobserve(element);
    sight.observe(element);
    if (element.hasAttribute('data-track-view') && viewed.get(element) !== key) {
      viewed.set(element, key);
      record('product_view', { items: [read(ITEM, element)] });
    }
  };
  const away = (element) => {
    const row = rowOf.get(element);
    if (inView.delete(element) && !--row.shown) shown.delete(row);
  };

  const sight = new IntersectionObserver(safe((entries) => {
    elapse();
    entries.forEach((entry) => {
      const element = entry.target, row = rowOf.get(element), ratio = entry.intersectionRatio;
      const box = entry.boundingClientRect, area = box.width * box.height;
      if (!row) return;
      if (!area || ratio < (area > 242500 ? 0.299 : 0.499)) return away(element);
      if (!inView.has(element)) row.shown++;
      inView.add(element);
      shown.add(row);
      row.ratio = Math.max(row.ratio, ratio);
    });
  }), { threshold: [0, 0.3, 0.5, 0.75, 1] });

  const scan = (root) => {
    if (closest(root, '[data-track]') === root) watch(root);
    if (root.querySelectorAll) root.querySelectorAll('[data-track]').forEach(watch);
  };
  const around = (element) => {
    const found = new Set();
    while ((element = closest(element, '[data-track]'))) {
      if (rowOf.has(element)) found.add(rowOf.get(element));
      element = element.parentElement;
    }
    return found;
  };

  const act = (element) => {
    const action = attribute(element, 'action'), product = closest(element, '[data-track=product]');
    if (action === 'checkout') return record(action, { step: number(attribute(element, 'step')), step_name: attribute(element, 'step-name') });
    const item = read(ITEM, element, product), from = attribute(element, 'quantity-from');
    const input = from && (product && product.querySelector(from) || document.querySelector(from));
    item.quantity = number(input ? input.value : attribute(element, 'quantity'));
    if (/^cart_(add|remove)$/.test(action) && item.id) record(action, { items: [item] }); else log('no action', element);
  };

  // --- page views ------------------------------------------------------------------------------------------------------

  const here = () => location.href.split('#')[0];
  let address;

  // A page view begins; it is told and looked at once the page is visible.
  const open = (given) => {
    address = here();
    page = assign({ id: uuid(), url: location.href, title: document.title, referrer: document.referrer }, given);
    titled = given && given.title;
    [shown, under, dirty].forEach((set) => set.clear());
    rows = {}; ranks = {}; rowOf = new WeakMap(); inView = new Set();
    engagedMs = depthPx = toldMs = toldDepth = 0;
    waiting = true;
    stir();
  };
  const stir = () => {
    elapse();
    clearInterval(clock);
    if (!awake) return leave();
    clock = setInterval(safe(collect), 1000);
    if (!waiting) return;
    waiting = false;
    record('page_view');
    const query = new URL(page.url, location).searchParams;
    search = (own.search || 'q,s,search,query').split(',').reduce((found, name) => found || (query.get(name) || '').trim(), '');
    sight.disconnect();
    scan(document);
  };
  const close = () => { collect(true); viewed = new WeakMap(); };
  const move = () => {
    if (here() === address) return;
    collect(true);
    open({ referrer: page.url });
  };

  // --- tracker(...) ----------------------------------------------------------------------------------------------------

  let known;

  const decide = (given) => {
    const state = given.state || given, fields = { state, purposes: given.purposes }, said = [state].concat(given.purposes || []).join('.').replace(/[^\w.-]/g, '');
    const denied = state === 'denied', before = visitor;
    if (said === consent || !/^(granted|denied)$/.test(state)) return log('consent stays', consent);
    if (denied) record('consent', fields);
    consent = said;
    keep(CONSENT, gpc || denied && own.consent === 'required' ? '' : said);
    collect(true);
    recognise();
    if (visitor !== before) { viewed = new WeakMap(); open({ referrer: page.referrer }); }
    if (!denied) record('consent', fields);
    if (known && visitor && !before) record('identify', known);
  };

  const call = safe((type, fields) => {
    if (type === 'consent') return decide(fields);
    if (type === 'page') { close(); return open(assign({ referrer: page.url }, fields)); }
    if (/^(identify|logout)$/.test(type)) {
      known = type === 'identify' && fields;
      return visitor ? record(type, fields) : log('no consent or storage for', type);
    }
    if (/^(cart_(add|remove|set)|checkout|order|order_cancelled|refund|product_view|search|custom)$/.test(type)) record(type, fields);
    else log('unknown call', type);
  });

  const start = safe(() => {
    recognise();
    open();
    window.tracker = call;
    call.version = VERSION;
    (stub && stub.q || []).forEach((words) => call(...words));

    on(document, 'visibilitychange', stir);
    on(window, 'focus blur', elapse);
    on(window, 'pagehide', leave);
    on(window, 'pageshow', (event) => { if (event.persisted) { close(); open(); } });
    on(window, 'online', () => { pausedTill = 0; send(); });
    on(window, 'popstate', move);
    ['pushState', 'replaceState'].forEach((name) => {
      const native = history[name], moved = safe(move);
      history[name] = function () { const result = native.apply(this, arguments); moved(); return result; };
    });

    on(document, 'click auxclick', (event) => {
      if (event.button > 1) return;
      elapse();
      around(event.target).forEach((row) => { row.clicks++; touch(row); });
      const acting = closest(event.target, '[data-track-action]');
      if (acting && !event.button && acting.tagName !== 'FORM') act(acting);
    });
    on(document, 'submit', (event) => { if (attribute(event.target, 'action')) act(event.target); });
    on(document, 'pointerover pointerout', (event) => {
      const leaving = event.type === 'pointerout';
      if (event.pointerType === 'touch' || leaving && event.relatedTarget) return;
      elapse();
      const rows = around(leaving ? null : event.target);
      under.forEach((row) => rows.has(row) || under.delete(row));
      rows.forEach((row) => { if (!under.has(row)) { row.over = 0; row.held = false; under.add(row); } });
    });
    new MutationObserver(safe((changes) => {
      if (waiting) return;
      elapse();
      changes.forEach((change) => change.attributeName ? watch(change.target) : change.addedNodes.forEach(scan));
    })).observe(document, { childList: true, subtree: true, attributeFilter: ['data-track', 'data-track-id'] });
  });

  if (document.prerendering) on(document, 'prerenderingchange', start); else start();
});
