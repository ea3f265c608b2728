// Page views, and what lasts: seen, touched and engaged time, added up in one place, by the one timer and before anything changes.

import { assign, attribute, document, hook, location, now, number, own, safe, text, uuid } from './base.js';
import { dig, forget, look, passed, tell, unread, unview, viewing } from './content.js';
import { listen } from './datalayer.js';
import { readMarkup } from './markup.js';
import { leave, record, send } from './queue.js';

export let page, last = now();
let titled, engagedMs, depthPx, toldMs, toldDepth, search, waiting, clock, awake, focused, address, changed, ticks = 0;

export const elapse = () => {
  const at = now(), ms = Math.min(at - last, 5000);
  last = at;
  if (awake && ms > 0) {
    passed(ms);
    if (focused) engagedMs += ms;
  }
  awake = !document.hidden;
  focused = document.hasFocus();
};

// `all`: the page view ends or is hidden, so every change goes out; else only news worth a message.
export const collect = (all) => {
  elapse();
  if (waiting) return;
  if (!titled && !hook) page.title = document.title;
  if (search) record('search', { query: search, results: number(attribute(document.querySelector('[data-track-results]'), 'results')) });
  search = 0;
  listen();
  if (changed && !unread.size && document.readyState !== 'loading') { changed = false; dig(); readMarkup(); }
  if (all) tell(all);
  depthPx = Math.max(depthPx, scrollY + innerHeight);
  const more = engagedMs - toldMs, depth = Math.min(100, Math.round(depthPx / document.documentElement.scrollHeight * 100));
  if (all ? more >= 3000 || depth > toldDepth : more >= Math.min(6e4, Math.max(3000, toldMs))) {
    toldMs = engagedMs;
    toldDepth = depth;
    record('engagement', { engaged_ms: toldMs, scroll_pct: depth }, last);
  }
  if (ticks++ % 10 > 8) send();   // what lasts is told every ten seconds, if nothing else was sent meanwhile
};

// An address has no spaces: with data-hash all of it counts.
const here = () => location.href.split('hash' in own ? ' ' : '#')[0];

// A page view begins; it is told and looked at once the page is visible.
export const open = (given) => {
  address = here();
  page = assign({ id: uuid(true), url: location.href, title: document.title, referrer: document.referrer }, given);
  titled = given && given.title;
  forget();
  engagedMs = depthPx = toldMs = toldDepth = 0;
  waiting = true;
  stir();
};
export const stir = () => {
  elapse();
  clearInterval(clock);
  if (!awake) return leave();
  clock = setInterval(safe(collect), 1000);
  if (waiting) {
    waiting = false;
    record('page_view');
    search = (own.search || 'q,s,search,query').split(',').map((name) => text(new URL(page.url, location).searchParams.get(name))).find(Boolean);
    changed = true;
  }
  look();
};
export const close = () => { collect(true); unview(); };
// A single-page shop goes on: the colour put into the address by replaceState is no other page, as far as product views go.
export const move = (how) => {
  if (here() === address) return;
  collect(true);
  if (how !== 'replaceState') viewing();
  open({ referrer: page.url });
};
// The page has changed: false where nobody looks at it yet.
export const change = () => { changed = true; return !waiting; };
