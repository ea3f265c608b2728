// Tagged content: its ladder (seen, touched, clicked), one cumulative row per page view, kind and id.

import { assign, attribute, closest, log, number, safe } from './base.js';
import { elapse } from './page.js';
import { record } from './queue.js';

const CONTENT = ['name', 'category', 'price', 'currency'];
export const ITEM = CONTENT.concat('id', 'brand', 'variant');

const shown = new Set(), under = new Set(), dirty = new Set();
let rows, rowOf, inView, ranks, viewed = new WeakMap();

export const read = (fields, element, product) => fields.reduce((found, field) => {
  const text = attribute(element, field) || attribute(product, field);
  found[field] = field === 'price' ? number(text) : text;
  return found;
}, {});

// A page view begins with nothing seen.
export const forget = () => {
  [shown, under, dirty].forEach((set) => set.clear());
  rows = {}; ranks = {}; rowOf = new WeakMap(); inView = new Set();
};
// The same product on the same page is viewed again.
export const unview = () => { viewed = new WeakMap(); };

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
    seen_ms, seen_ratio: Math.round(row.ratio * 100) / 100, touched_ms: row.touched, touches: row.touches, clicks: row.clicks
  }), row.at);
});

// --- what is in view ------------------------------------------------------------------------------------------------

export const watch = (element) => {
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

export const scan = (root) => {
  if (closest(root, '[data-track]') === root) watch(root);
  if (root.querySelectorAll) root.querySelectorAll('[data-track]').forEach(watch);
};
// A page view begins: what stands in the page is looked at anew.
export const lookAgain = () => {
  sight.disconnect();
  scan(document);
};

// --- what is under the pointer, what was clicked ----------------------------------------------------------------------

const around = (element) => {
  const found = new Set();
  while ((element = closest(element, '[data-track]'))) {
    if (rowOf.has(element)) found.add(rowOf.get(element));
    element = element.parentElement;
  }
  return found;
};
export const clicked = (element, at) => around(element).forEach((row) => { row.clicks++; touch(row, at); });
export const pointed = (element) => {
  const rows = around(element);
  under.forEach((row) => rows.has(row) || under.delete(row));
  rows.forEach((row) => { if (!under.has(row)) { row.over = 0; row.held = false; under.add(row); } });
};
