// Sending: events wait in memory, go in batches, and are sent again with the same ids until there is an answer.

import { assign, attempt, Blob, fetch, log, navigator, now, own, safe, script, stringify, uuid } from './base.js';
import { collect, page } from './page.js';
import { gpc, visitor } from './who.js';

const endpoint = script && script.src.replace(/[?#].*/, '').replace(/(\/t\/[^/]*-[^/]*|\/[^/]*)$/, '/v1/events');
const queue = [];
let notes, timer, busy, again, pausedTill = 0, failures = 0, unanswered = 0;

export const record = (type, fields, at) => {
  const text = stringify(assign({}, fields, { id: uuid(), type, at: at || now() }));
  log(text);
  // Its bytes at most; a Blob to count them costs a third of a millisecond, and a thousand rows may come at once.
  put(queue.length, [{ page, visitor, text, size: text.length * (/[^ -~]/.test(text) ? 3 : 1) }]);
  if (/^(cart|checkout|consent|order|refund|identify|logout)/.test(type)) Promise.resolve().then(send); else later(2000);
};
// What the tag has to say about itself: counted, and told with the next batch.
export const note = (code) => { notes = notes || {}; notes[code] = (notes[code] || 0) + 1; };
const put = (place, entries) => {
  queue.splice(place, 0, ...entries);
  queue.splice(0, queue.length - 1000);
};
const later = (ms) => { timer = timer || setTimeout(send, ms); };

// The longest head of the queue that shares page and visitor and fits into one post of 60 kB.
const take = () => {
  const first = queue[0];
  let n = 0, size = 0;
  while (n < 500 && n < queue.length && queue[n].page === first.page && queue[n].visitor === first.visitor) {
    size += queue[n].size;
    if (n && size > 5e4) break;
    n++;
  }
  return queue.splice(0, n);
};
const post = (entries) => {
  const { page, visitor } = entries[0];
  const head = stringify({ v: 1, site: own.site, visitor, sent_at: now(), webdriver: navigator.webdriver || undefined, gpc, notes, page, events: [] });
  notes = undefined;
  return head.slice(0, -2) + entries.map((entry) => entry.text) + ']}';
};

const send = safe(() => {
  clearTimeout(timer);
  timer = 0;
  again = busy;
  if (busy || !queue[0]) return;
  if (now() < pausedTill) return later(pausedTill - now());
  const entries = take(), body = post(entries);
  busy = true;
  again = queue[0];
  new Promise((done) => done(fetch(endpoint, { method: 'POST', body, keepalive: new Blob([body]).size < 6e4, credentials: 'omit' })))
    .then((answer) => answer.text().then((text) => { log(text); return answer; }))   // read to its end: only then the next keepalive has room
    .catch((error) => log('no answer', error))
    .then(safe((answer) => answered(answer, entries)));
});
const answered = (answer, entries) => {
  const status = answer && answer.status;
  log('answered', status);
  busy = false;
  unanswered = status || navigator.onLine === false ? 0 : unanswered + 1;
  if (unanswered > 2 || (status < 500 && status !== 429)) {
    failures = unanswered = 0;
    if (again) send(); else if (queue[0]) later(2000);
    return;
  }
  put(0, entries);
  const asked = status && answer.headers.get('Retry-After'), wait = Math.max(Math.min(6e4, 1000 * 2 ** failures++), asked * 1000 || Date.parse(asked) - now() || 0);
  pausedTill = now() + wait * (1 + Math.random() / 4);
  send();
};

export const resume = () => { pausedTill = 0; send(); };

// The page may never run again: everything goes by beacon, also what waits for a retry.
export const leave = () => {
  collect(true);
  while (queue[0]) {
    const entries = take();
    if (!attempt(() => navigator.sendBeacon(endpoint, new Blob([post(entries)], { type: 'text/plain' })))) {
      put(0, entries);
      return later(2000);
    }
  }
};
