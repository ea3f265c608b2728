// What the page tells Google's dataLayer: GA4's e-commerce events (pushed, or by gtag) and Universal Analytics' enhanced e-commerce.
// The tables of tracker/vocabularies/ga4_tables.py, as far as a page sends them. The page's own push goes on as before.

import { after, assign, document, number, own, safe, text } from './base.js';
import { told } from './calls.js';
import { itemOf, noticed, pick, view } from './content.js';
import { record } from './queue.js';

// GA4's name -> our type, and the checkout step it is.
export const TYPES = {
  add_to_cart: ['cart_add'], remove_from_cart: ['cart_remove'], begin_checkout: ['checkout', 1, 'checkout'],
  add_shipping_info: ['checkout', 2, 'shipping'], add_payment_info: ['checkout', 3, 'payment'], purchase: ['order'], refund: ['refund']
};
// Universal Analytics' name -> GA4's.
export const UNIVERSAL = {
  impressions: 'view_item_list', detail: 'view_item', click: 'select_item', add: 'add_to_cart', remove: 'remove_from_cart', checkout: 'begin_checkout',
  purchase: 'purchase', refund: 'refund', promoView: 'view_promotion', promoClick: 'select_promotion'
};

const asItem = (thing) => {
  const get = (field) => text(thing['item_' + field] || thing[field]), item = itemOf(get);
  item.id = item.id || item.name;
  item.category = ['', 2, 3, 4, 5].map((n) => get('category' + n)).filter(Boolean).join('/') || undefined;
  item.quantity = number(thing.quantity);
  return item;
};

const happened = (name, given) => {
  const [type, step, step_name] = TYPES[name] || [], order_id = text(given.transaction_id), clicks = /^select/.test(name) ? 1 : 0;
  // What is not said of a thing is said of the event. A click is on one thing.
  const things = [].concat(given.items || 0).slice(0, clicks || 500).map((each) => assign({}, given, each));
  const items = things.map(asItem).filter((each) => each.id);

  if ((step || (/^cart/.test(type) ? items[0] : type && order_id)) && !told(type)) {
    record(type, assign({ order_id, items, step: number(given.step) || step, step_name, currency: text(given.currency), coupon: text(given.coupon) },
      pick(['value', 'tax', 'shipping'], (field) => number(given[field]))));
  }
  if (name === 'view_item' && !document.querySelector('[data-track-view]')) items.forEach(view);
  if (name === 'select_item') items.forEach((each) => noticed('product', each.id, each.name, clicks));
  if (name === 'view_item_list') things.forEach((each) => noticed('category', each.item_list_id, each.item_list_name || each.list, clicks));
  if (/_promotion$/.test(name)) things.forEach((each) => {
    noticed('promotion', each.promotion_id || each.id, each.promotion_name || each.name || each.creative_name, clicks);
  });
};

// GA4 says {ecommerce: null} before a new event; without it what was pushed before still counts, as in Google's own model.
let model = {};
const pushed = safe((entry) => {
  if (entry[0] === 'event') return happened(entry[1], entry[2] || {});
  const fresh = entry.ecommerce || {}, universal = Object.keys(UNIVERSAL).filter((key) => fresh[key]);
  universal.forEach((key) => {
    const told = fresh[key], of = told.actionField || {};
    happened(UNIVERSAL[key], assign({}, of, {
      id: 0, transaction_id: of.id, value: of.revenue, currency: fresh.currencyCode, items: told.products || told.promotions || told[0] && told
    }));
  });
  if (universal[0]) return;
  model = entry.ecommerce === null ? {} : assign({}, model, fresh);
  happened(entry.event, model);
});

// Looked for again and again: the page may make its dataLayer later, or another one. None is called off.
let heard;
export const listen = safe(() => {
  const layer = window[own.layer || 'dataLayer'];
  if (!layer || !layer.push || layer === heard) return;
  heard = layer;
  const hear = (entries) => [].forEach.call(entries, pushed);
  after(layer, 'push', hear);
  hear(layer);
});
