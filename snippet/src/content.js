// Tagged content: its ladder (seen, touched, clicked), one cumulative row per page view, kind and id.

import { assign, attribute, closest, every, log, number, now, safe, text } from './base.js';
import { change, elapse, last } from './page.js';
import { note, record } from './queue.js';

const CONTENT = ['name', 'category', 'price', 'currency'];
const ITEM = CONTENT.concat('id', 'brand', 'variant');

const shown = new Set(), under = new Set(), dirty = new Set();
export let lastViewed;
let rows, rowOf, inView, ranks, viewed, differs;

export const pick = (fields, value) => fields.reduce((found, field) => { found[field] = value(field); return found; }, {});
// An item, or as much of it as `get` gives, in the form the collector takes.
export const itemOf = (get) => pick(ITEM, (field) => (field === 'price' ? number : text)(get(field)));
export const read = (element, product) => itemOf((field) => attribute(element, field) || attribute(product, field));

// A page view begins with nothing seen.
export const forget = () => {
  [shown, under, dirty].forEach((set) => set.clear());
  rows = {}; ranks = {}; rowOf = new WeakMap(); inView = new Set();
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

const touch = (row, at) => { row.at = at; dirty.add(row); };

export const passed = (ms, at) => {
  shown.forEach((row) => { row.seen += ms; touch(row, at); });
  under.forEach((row) => {
    row.over += ms;
    if (row.over < 300) return;
    row.touched += row.held ? ms : row.over;
    if (!row.held) row.touches++;
    row.held = true;
    touch(row, at);
  });
};

// `all`: every change goes out; else only news worth a message.
export const tell = (all) => dirty.forEach((row) => {
  const seen_ms = row.seen < 1000 ? 0 : row.seen, acts = row.touches + row.clicks;
  if (!seen_ms && !acts || !all && acts === row.toldActs && seen_ms < Math.max(1000, 2 * row.toldMs)) return;
  dirty.delete(row);
  row.toldMs = seen_ms;
  row.toldActs = acts;
  record('content', assign({}, row.about, {
    seen_ms, seen_ratio: +row.ratio.toFixed(2), touched_ms: row.touched, touches: row.touches, clicks: row.clicks
  }), row.at);
});

// --- what is in view ------------------------------------------------------------------------------------------------

const rowFor = (kind, given, position) => {
  const key = kind + given.id, known = rows[key];
  if (known) {
    if (known.about.price - given.price && !differs) { differs = true; note('price_differs'); }
    return known;
  }
  ranks[kind] = (ranks[kind] || 0) + 1;
  return rows[key] = {
    about: assign(pick(CONTENT, (field) => given[field]), { kind, content_id: given.id, position: position || ranks[kind] }),
    shown: 0, seen: 0, ratio: 0, touched: 0, touches: 0, clicks: 0, toldMs: 0, toldActs: 0
  };
};
// This element shows this content; without an element it only is compared with what is known of it.
export const place = (element, kind, given, position) => {
  away(element);
  rowOf.delete(element);
  if (!given.id || !/^(product|category|advertisement|promotion|editorial|subscription)$/.test(kind)) return log('not tagged well', element);
  const row = rowFor(kind, given, position);
  if (!element) return;
  row.placed = true;
  rowOf.set(element, row);
  sight.unobserve(element);
  sight.observe(element);
};
export const placed = (element) => rowOf.has(element);
// The page itself noticed it: that counts where no element here shows it.
export const noticed = (kind, given, name, clicks) => {
  const id = text(given || name), row = id && rowFor(kind, { id, name: text(name) });
  if (!row || row.placed) return;
  row.seen = Math.max(row.seen, 1000);
  row.clicks += clicks;
  touch(row, now());
};

const watch = (element) => {
  const kind = element.getAttribute('data-track'), item = read(element);
  place(element, kind, item, number(attribute(element, 'position')));
  if (element.hasAttribute('data-track-view') && fresh(element, item.id)) view(item);
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
  if (root.querySelectorAll) every('[data-track]', watch, root);
};
// Open shadow roots: each is looked at once in a page view, and watched from then on.
export const dig = (root) => every('*', (element) => {
  const inner = element.shadowRoot;
  if (!inner) return;
  if (fresh(inner, rows)) { follow(inner); scan(inner); }
  dig(inner);
}, root);
const changes = new MutationObserver(safe((list) => {
  if (!change()) return;
  elapse();
  list.forEach((each) => each.attributeName ? watch(each.target) : each.addedNodes.forEach(scan));
}));
export const follow = (root) => changes.observe(root, { childList: true, subtree: true, attributeFilter: ['data-track', 'data-track-id'] });
// A page view begins: what stands in the page is looked at anew.
export const lookAgain = () => {
  sight.disconnect();
  scan(document);
};

// --- what is under the pointer, what was clicked ----------------------------------------------------------------------

const around = (event) => {
  elapse();
  return new Set(event ? event.composedPath().filter(placed).map((element) => rowOf.get(element)) : []);
};
export const clicked = (event) => around(event).forEach((row) => { row.clicks++; touch(row, last); });
export const pointed = (event) => {
  const rows = around(event);
  under.forEach((row) => rows.has(row) || under.delete(row));
  rows.forEach((row) => { if (!under.has(row)) { row.over = 0; row.held = false; under.add(row); } });
};
