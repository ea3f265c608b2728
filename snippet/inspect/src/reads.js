// What the page tells search engines and Google's dataLayer, read with the tag's own readers.

import { itemOf } from '../../src/content.js';
import { TYPES, UNIVERSAL } from '../../src/datalayer.js';
import { META, meta, product, thing, walk } from '../../src/markup.js';

const all = (selector) => [...document.querySelectorAll(selector)];

const linked = () => {
  const alone = [], listed = [];
  const broken = all('[type$="ld+json"]').filter((script) => {
    try {
      walk(JSON.parse(script.textContent.replace(/,(\s*[\]}])/g, '$1')), alone, listed);
    } catch (error) { return true; }
    return false;
  });
  return { products: alone.concat(listed).map(product), alone: alone.length, broken: broken.length };
};
const scopes = (type, property, scoped) => all(`[${type}*=Product]`).map((element) => product(thing(element, property, scoped)));

const graph = () => {
  const found = itemOf((field) => meta(META[field] || ':' + field));
  return /product/.test(meta('og:type')) && Object.assign(found, { id: found.id || meta('og:url') });
};

const pushed = (name) => {
  const layer = window[name], entries = layer && layer.length ? [...layer] : [];
  return entries.map((entry) => {
    const ecommerce = entry && entry.ecommerce || {}, event = entry && (entry[0] === 'event' ? entry[1] : entry.event);
    const old = Object.keys(UNIVERSAL).filter((key) => ecommerce[key]).map((key) => UNIVERSAL[key])[0];
    const heard = old || event || '';
    return { name: heard, known: heard in TYPES || /^(view_item|view_item_list|select_item|(view|select)_promotion)$/.test(heard) };
  }).filter((entry) => entry.known);
};

export const tag = () => document.querySelector('script[data-site]');

export const reads = () => {
  const layer = (tag() || document.body).dataset.layer || 'dataLayer', json = linked(), open = graph();
  const sources = [
    { name: 'JSON-LD', products: json.products },
    { name: 'Microdata', products: scopes('itemtype', 'itemprop', 'itemscope') },
    { name: 'RDFa', products: scopes('typeof', 'property', 'typeof') },
    { name: 'Open Graph', products: open ? [open] : [] }
  ];
  // The first that names a product is read; the others are not.
  const first = sources.find((source) => source.products.length);
  sources.forEach((source) => { source.used = source === first; });
  return { sources, layer, pushed: pushed(layer), alone: json.alone || open && 1 || 0, broken: json.broken };
};
