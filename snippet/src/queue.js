// Sending: events wait in memory, go in batches, and are sent again with the same ids until there is an answer.
// What a page could not send before it was left waits in sessionStorage for the tab's next page, where the visitor may be known.

import { assign, attempt, count, document, fetch, hook, log, navigator, now, own, safe, script, stringify, uuid } from './base.js';
import { tell } from './content.js';
import { collect, page } from './page.js';
import { gpc, visitor } from './who.js';

const QUEUE = 'tracker.queue', BATCH = 500, IN_MEMORY = 1000, made = {};
export const endpoint = script.src.replace(/\/(t\/[^/?#]*-)?[^/?#]*([?#].*)?$/, '/v1/events');
let queue = attempt(() => JSON.parse(sessionStorage[QUEUE] || '[]').filter((entry) => entry[1].page.id)) || [];
let notes, timer, busy = 0, pausedTill = 0, failures = 0, unanswered = 0;

export const save = () => attempt(() => visitor && queue[0] ? sessionStorage[QUEUE] = stringify(queue) : delete sessionStorage[QUEUE]);
// What the tag has to say about itself: counted, and told with the next batch.
export const note = (code) => count(notes = notes || {}, code);

export const record = (type, fields, at) => {
  // A page that tells without end is heard a thousand times a minute, each type by itself.
  if (!at && count(made, type + (now() / 6e4 | 0)) > 1000) return note('dropped');
  let text = stringify(assign(fields || {}, { id: uuid(), type, at: at || now() }));
  if (hook) {
    // The page's own hand on it: null is its will; a hook that fails, is missing or gives nothing back lets nothing out, and that is told.
    const event = attempt(() => window[hook](JSON.parse(text), page));
    if (!event) return event === null || note('dropped');
    text = stringify(event);
  }
  log(text);
  put(queue.length, [[text, { page, visitor }]]);
  // What lasted until `at`, content and reading time, goes with others, or every ten seconds. Views, searches and custom events wait for others;
  // carts, checkout, orders, people and consent do not.
  if (/^(p|s|cu)/.test(type)) later(2000); else if (!at) send();
};
const put = (place, entries) => {
  queue.splice(place, 0, ...entries);
  while (queue[IN_MEMORY]) { queue.shift(); note('dropped'); }
};
const later = (ms) => { timer = timer || setTimeout(send, ms); };

// The longest head of the queue of one page view that fits into one post; a request costs the page a millisecond or two whatever it carries.
// In bytes: 200,000 and the head stay below the collector's 256 KiB, and a beacon of 60,000 below the browser's 64.
const take = (most, length) => {
  let size = 0;
  const end = queue.findIndex((each, n) =>
    n === most || each[1].page.id !== queue[0][1].page.id || (size += new TextEncoder().encode(each[0]).length) > length && n);
  return queue.splice(0, end < 0 ? most : end);
};
// What the tag noted goes with the first event, on every attempt.
const post = (entries) => {
  const about = entries[0][1];
  if (!about.notes) { about.notes = notes; notes = undefined; }
  const head = stringify(assign({ v: 1, site: own.site, sent_at: now(), webdriver: navigator.webdriver, gpc }, about, { events: [] }));
  return head.slice(0, -2) + entries.map((entry) => entry[0]) + ']}';
};
export const send = async () => {
  await 0;   // what is said in one go goes together
  timer = clearTimeout(timer);
  if (busy) return;   // true, or what is on its way
  if (now() < pausedTill) return later(pausedTill - now());
  tell();
  if (!queue[0]) return;
  const entries = take(BATCH, 2e5);
  let status = 0, asked, said;
  try {
    // What is too long to outlive the page is in hand for its last moment.
    const body = post(entries), keepalive = !body[2e4];
    busy = keepalive || entries;
    const answer = await fetch(endpoint, { method: 'POST', body, keepalive, credentials: 'omit' });
    said = await answer.text();   // read to its end: only then the next keepalive has room
    log(answer.status, said, body);
    asked = answer.headers.get('Retry-After');
    status = answer.status;
  } catch (error) { log(error); }
  busy = 0;
  if (status && status < 500 && status - 429) {
    failures = unanswered = 0;
    attempt(() => (JSON.parse(said).offers || []).forEach((detail) => document.dispatchEvent(new CustomEvent('tracker:offer', { detail }))));
    return queue[0] && send();
  }
  put(0, entries);
  if (!status && navigator.onLine && ++unanswered === 3) note('send_failed');
  // Three times without a word: an ad blocker will not change its mind, so it waits for `online`, an hour at most.
  pausedTill = now() + (1 + Math.random() / 4) * (unanswered > 2 ? 36e5 : Math.max(asked * 1000 || 0, Math.min(6e4, 1000 * 2 ** failures++)));
  send();
};

export const resume = () => { pausedTill = unanswered = 0; send(); };

// The page may never run again: everything goes by beacon. Where the collector is away a beacon is lost without a word, so what it takes is kept here too.
export const leave = () => {
  collect(true);
  if (busy[0]) put(0, busy);
  const all = queue.slice();
  for (let size = BATCH; size && queue[0];) {
    const entries = take(size, 6e4);
    if (attempt(() => navigator.sendBeacon(endpoint, post(entries)))) continue;
    put(0, entries);
    size = entries.length >> 1;
    if (!size) note('beacon_refused');
  }
  if (now() < pausedTill || !navigator.onLine) queue = all;
  save();
  send();
};
