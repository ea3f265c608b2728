// What every part of the tag stands on: its own script element, natives taken before the page can replace them, small helpers.

export const VERSION = '0.1.0';
export const script = document.currentScript || document.querySelector('script[data-site]');
export const own = script ? script.dataset : {};
export const stub = window.tracker;
export const log = 'debug' in own ? (...words) => console.info('[tracker]', ...words) : () => {};

export const { fetch, location, navigator, Blob } = window;
export const now = Date.now, assign = Object.assign, stringify = JSON.stringify;

export const attempt = (work) => { try { return work(); } catch (error) { log('not possible', error); } };
export const safe = (work) => (...given) => attempt(() => work(...given));
export const on = (target, types, work) => types.split(' ').forEach((type) =>
  target.addEventListener(type, safe(work), { capture: true, passive: true }));
export const attribute = (element, name) => element && element.getAttribute('data-track-' + name) || undefined;
export const number = (text) => text && isFinite(text) ? +text : undefined;
export const closest = (element, selector) => element && element.closest && element.closest(selector);

// UUIDv7. No two share a millisecond, so that events of one moment keep their order.
let lastMs = 0;
export const uuid = () => {
  lastMs = Math.max(now(), lastMs + 1);
  const random = Array.from(crypto.getRandomValues(new Uint8Array(10)), (byte) => (byte + 256).toString(16).slice(1)).join('');
  return ('0' + lastMs.toString(16) + '7' + random).replace(/^(.{8})(.{4})(.{4}).(.{3})(.{12}).*/, '$1-$2-$3-' + '89ab'[lastMs % 4] + '$4-$5');
};
