// What every part of the tag stands on: its own script element, natives taken before the page can replace them, small helpers.

export const VERSION = '0.1.0';
export const { document, fetch, location, navigator } = window;
export const script = document.currentScript || document.querySelector('[data-site]');
export const own = script.dataset;
export const hook = own.beforeSend;
export const log = 'debug' in own ? console.info.bind(console, '[tracker]') : () => {};

export const now = Date.now, assign = Object.assign, stringify = JSON.stringify;

export const attempt = (work) => { try { return work(); } catch (error) { log(error); } };
export const safe = (work) => (...given) => attempt(() => work(...given));
export const on = (types, work) => types.split(' ').forEach((type) =>
  addEventListener(type, safe(work), true));
// The page's own method goes on as before; `work` hears of it afterwards.
export const after = (target, name, work) => {
  const native = target[name], heard = safe(work);
  target[name] = function () {
    const result = native.apply(this, arguments);
    heard(arguments);
    return result;
  };
};
export const count = (counts, key) => counts[key] = -~counts[key];
export const attribute = (element, name) => element && element.getAttribute && element.getAttribute('data-track-' + name) || undefined;
export const text = (given) => (given == null ? '' : given + '').trim() || undefined;
export const number = (given) => isFinite(text(given)) ? +given : undefined;
export const every = (selector, work, root) => {
  const all = (root || document).querySelectorAll(selector);
  all.forEach(work);
  return all;
};
export const closest = (element, selector) => element && element.closest && element.closest(selector);

// UUIDv7. No two of a tab share a millisecond, so events of one moment keep their order, and the random part may be the same: it is
// made anew (`fresh`) for each page view and each visitor, so that no id says which other belongs to the same browser.
let lastMs = 0, random;
export const uuid = (fresh) => {
  if (fresh) random = '-7xxx-8xxx-xxxxxxxxxxxx'.replace(/x/g, () => (crypto.getRandomValues(new Uint8Array(1))[0] & 15).toString(16));
  lastMs = Math.max(now(), lastMs + 1);
  return lastMs.toString(16).replace(/.{7}/, '0$&-') + random;
};
