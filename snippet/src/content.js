// Tagged content: its ladder (seen, touched, clicked), one cumulative row per page view, kind and id.

import { assign, attempt, attribute, closest, count, document, every, log, now, number, safe, text } from './base.js';
import { change, elapse, last } from './page.js';
import { note, record } from './queue.js';

const ITEM = ['id', 'name', 'category', 'price', 'currency', 'brand', 'variant'];

export let unread;
export let lastViewed;
let inView, under, rows, rowOf, ranks, viewed, differs;

export const pick = (fields, value) => {
  const found = {};
  fields.forEach((field) => { found[field] = value(field); });
  return found;
};
// An item, or as much of it as `get` gives, in the form the collector takes.
export const itemOf = (get) => pick(ITEM, (field) => (field === 'price' ? number : text)(get(field)));
export const read = (element, product) => itemOf((field) => attribute(element, field) || attribute(product, field));

// A page view begins with nothing seen.
export const forget = () => {
  inView = new Map(); under = new Set(); unread = new Set();
  rows = {}; ranks = {}; rowOf = new WeakMap();
  sight.disconnect();
};
// The product that was viewed last on this page: none yet, where the page is another.
export const viewing = (id) => { lastViewed = id; };
// The same page anew: what stands in it tells its product again.
export const unview = () => { viewed = new WeakMap(); viewing(); };
unview();
// This element has not said this yet.
export const fresh = (element, said) => viewed.get(element) !== said && viewed.set(element, said);

// A product looked at closely, once however many tell of it: the page's call, its element, the dataLayer, schema.org.
export const view = (item) => {
  if (!item.id || item.id === lastViewed) return;
  viewing(item.id);
  record('product_view', { items: [item] });
};

// --- time, added up by elapse() -------------------------------------------------------------------------------------

const touch = (row) => { row.changed = last; };
const did = (row, what) => { row.acts = 2; count(row.about, what); touch(row); };

export const passed = (ms) => {
  // Content that stands in the page twice counts once.
  inView.forEach((row) => { if (row.changed !== last) { row.seen += ms; touch(row); } });
  under.forEach((row) => {
    const enters = row.over < 300;
    row.over += ms;
    if (row.over < 300) return;
    row.about.touched_ms = (row.about.touched_ms || 0) + (enters ? row.over : ms);
    if (enters) did(row, 'touches');
    touch(row);
  });
};

// `all`: every change goes out; else only news worth a message.
export const tell = (all) => {
  Object.values(rows).forEach((row) => {
    const at = row.changed, seen_ms = row.seen < 1000 ? 0 : row.seen;
    if (!at || !seen_ms && !row.acts || !all && row.acts < 2 && seen_ms < (2 * row.toldMs || 1)) return;
    row.changed = 0;
    row.toldMs = seen_ms;
    row.acts = row.acts && 1;
    record('content', assign(row.about, { seen_ms, seen_ratio: Math.round(row.ratio * 100) / 100 }), at);
  });
};

// --- what is in view ------------------------------------------------------------------------------------------------

const rowFor = (kind, given, position) => {
  const key = kind + given.id, known = rows[key];
  if (known) {
    if (known.about.price - given.price) differs = differs || note('price_differs');
    return known;
  }
  count(ranks, kind);
  return rows[key] = {
    about: assign({}, given, { kind, content_id: given.id, position: position || ranks[kind] }),
    seen: 0, ratio: 0, over: 0, acts: 0
  };
};
// This element shows this content; without an element it only is compared with what is known of it.
export const place = (element, kind, given, position) => {
  if (rowOf.delete(element)) { inView.delete(element); sight.unobserve(element); }
  if (!given.id) return log('no id', element);
  const row = rowFor(kind, given, position);
  if (!element) return;
  row.placed = true;
  rowOf.set(element, row);
  log(element, row);
  sight.observe(element);
};
export const placed = (element) => rowOf.has(element);
// The page itself noticed it: that counts where no element here shows it.
export const noticed = (kind, given, name, clicks) => {
  const id = text(given || name), row = id && rowFor(kind, { id, name: text(name) });
  if (!row || row.placed) return;
  row.seen = Math.max(row.seen, 1000);
  if (clicks) did(row, 'clicks');
  touch(row);
};

const watch = (element) => {
  const kind = element.getAttribute('data-track'), item = read(element);
  place(element, kind, item, number(attribute(element, 'position')));
  if (element.hasAttribute('data-track-view') && fresh(element, item.id)) view(item);
};

// The document as root, and a look every 100 ms: Chromium then needs a quarter of the time for it. Firefox and Safari look at each frame.
const sight = new IntersectionObserver(safe((entries) => {
  elapse();
  entries.forEach((entry) => {
    const element = entry.target, ratio = entry.intersectionRatio, row = ratio > 0.299 && rowOf.get(element);
    const box = row && entry.boundingClientRect;
    if (box.width * box.height > (ratio < 0.499 && 242500)) {
      inView.set(element, row);
      row.ratio = Math.max(row.ratio, ratio);
    } else inView.delete(element);
  });
}), { root: document, delay: 99, threshold: [0.3, 0.5, 0.75, 1] });

// A thousand elements at once are read in slices of 5 ms, with room for the page between them.
const SLICE_MS = 5;
const work = () => {
  const until = now() + SLICE_MS;
  for (const element of unread) {
    if (now() > until) return setTimeout(work);
    unread.delete(element);
    attempt(() => watch(element));
  }
};
const scan = (root) => {
  if (closest(root, '[data-track]') === root) unread.add(root);
  if (root.querySelectorAll) every('[data-track]', (element) => unread.add(element), root);
};
// Open shadow roots: each is looked at once in a page view, and watched from then on.
export const dig = (root) => every('*', (element) => {
  const inner = element.shadowRoot;
  if (!inner) return;
  if (fresh(inner, rows)) { follow(inner); scan(inner); work(); }
  dig(inner);
}, root);
const changes = new MutationObserver(safe((list) => {
  if (!change()) return;
  elapse();
  list.forEach((each) => each.attributeName ? unread.add(each.target) : each.addedNodes.forEach(scan));
  work();
}));
const follow = (root) => changes.observe(root, { childList: true, subtree: true, attributeFilter: ['data-track', 'data-track-id'] });
// What stands in the page and is not watched yet. While the page comes in this is asked again and again: to be told of each node of it would cost more.
// By a timeout and not at DOMContentLoaded, whose task has the page's own scripts in it.
export const look = () => {
  if (document.readyState === 'loading') setTimeout(look, 200); else follow(document);
  every('[data-track]', (element) => rowOf.has(element) || unread.add(element));
  work();
};

// --- what is under the pointer, what was clicked ----------------------------------------------------------------------

const around = (event) => {
  elapse();
  return new Set(event ? event.composedPath().map((element) => rowOf.get(element)).filter(Boolean) : []);
};
export const clicked = (event) => around(event).forEach((row) => { did(row, 'clicks'); });
export const pointed = (event) => {
  const before = under;
  under = around(event);
  before.forEach((row) => under.has(row) || (row.over = 0));
};
