// Who: one id per browser, kept only where that is allowed and possible.

import { attempt, location, navigator, own, uuid } from './base.js';

const VISITOR = 'tracker.visitor', CONSENT = 'tracker.consent';
export const gpc = navigator.globalPrivacyControl || undefined;

const recall = (key) => attempt(() => window.localStorage.getItem(key))
  || attempt(() => (document.cookie.match('(^|; )' + key + '=([^;]*)') || [])[2]) || '';
const keep = (key, value) => {
  attempt(() => value ? window.localStorage.setItem(key, value) : window.localStorage.removeItem(key));
  if (recall(key) !== value) {
    attempt(() => { document.cookie = key + '=' + value + ';path=/;samesite=lax;max-age=' + (value ? 336e5 : 0) + (location.protocol === 'https:' ? ';secure' : ''); });
  }
  return recall(key) === value && value;
};

export let consent = recall(CONSENT), visitor;

export const recognise = () => {
  const refused = gpc || (consent ? consent[0] === 'd' : own.consent === 'required');
  const kept = recall(VISITOR);
  visitor = keep(VISITOR, refused ? '' : kept.length === 36 ? kept : uuid()) || undefined;
};

// `said` is state and purposes in one word. A refusal is remembered only where nothing is kept without a word.
export const remember = (said, denied) => {
  consent = said;
  keep(CONSENT, gpc || denied && own.consent === 'required' ? '' : said);
};
