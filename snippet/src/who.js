// Who: one id per browser, kept only where that is allowed and possible.

import { attempt, document, location, navigator, own, uuid } from './base.js';
import { save } from './queue.js';

const VISITOR = 'tracker.visitor', CONSENT = 'tracker.consent';
const required = own.consent === 'required';
export const gpc = navigator.globalPrivacyControl;

const cookie = (key) => attempt(() => (document.cookie.split(key + '=')[1] || '').split(';')[0]) || '';
const recall = (key) => attempt(() => localStorage[key]) || cookie(key);
const keep = (key, value) => {
  attempt(() => value ? localStorage[key] = value : delete localStorage[key]);
  if ((own.cookieDomain ? cookie : recall)(key) !== value) {
    attempt(() => { document.cookie = key + '=' + value + ';path=/;samesite=lax;max-age=' + (value ? 336e5 : 0) + (/^https/.test(location) ? ';secure' : '') + ';domain=' + [own.cookieDomain]; });
  }
  return recall(key) === value && value;
};

export let consent = recall(CONSENT), visitor;

export const recognise = () => {
  const refused = gpc || (consent ? consent[0] === 'd' : required);
  const kept = recall(VISITOR);
  visitor = keep(VISITOR, refused ? '' : kept.length === 36 ? kept : uuid(true)) || undefined;
  save();
};

// `said` is state and purposes in one word. A refusal is remembered only where nothing is kept without a word.
export const remember = (said, denied) => {
  consent = said;
  keep(CONSENT, gpc || denied && required ? '' : said);
};
