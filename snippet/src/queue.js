// Sending: events wait in memory, go in batches, and are sent again with the same ids until there is an answer.
// What a page could not send before it was left waits in sessionStorage for the tab's next page, where the visitor may be known.

import { assign, attempt, count, fetch, log, navigator, now, own, safe, script, stringify, uuid } from './base.js';
import { collect, page } from './page.js';
import { gpc, visitor } from './who.js';

const QUEUE = 'tracker.queue', BATCH = 500, IN_MEMORY = 1000;
export const endpoint = script.src.replace(/[?#].*/, '').replace(/(\/t\/[^/]*-[^/]*|\/[^/]*)$/, '/v1/events');
let queue = attempt(() => JSON.parse(sessionStorage[QUEUE] || '[]').filter((entry) => entry[1].page.id)) || [];
let notes, timer, busy, pausedTill = 0, failures = 0, unanswered = 0;

export const save = () => attempt(() => visitor && queue[0] ? sessionStorage[QUEUE] = stringify(queue) : delete sessionStorage[QUEUE]);
// What the tag has to say about itself: counted, and told with the next batch.
export const note = (code) => count(notes = notes || {}, code);

export const record = (type, fields, at) => {
  const hook = own.beforeSend;
  let text = stringify(assign({}, fields, { id: uuid(), type, at: at || now() }));
  if (hook) {
    // The page's own hand on it: null is its will; a hook that fails, is missing or gives nothing back lets nothing out, and that is told.
    const event = attempt(() => window[hook](JSON.parse(text), page));
    if (!event) return event === null || note('dropped');
    text = stringify(event);
  }
  log(text);
  put(queue.length, [[text, { page, visitor }]]);
  // Views, engagement, content, searches and custom events wait for others; carts, checkout, orders, people and consent do not.
  if (/^(p|e|s|cu|conte)/.test(type)) later(2000); else send();
};
const put = (place, entries) => {
  queue.splice(place, 0, ...entries);
  while (queue[IN_MEMORY]) { queue.shift(); note('dropped'); }
};
const later = (ms) => { timer = timer || setTimeout(send, ms); };

// The longest head of the queue of one page view that fits into one post of 32 kB, so that as much is left for the beacon; a request costs
// the page a millisecond or two whatever it carries. A character that is not ASCII's may be three bytes.
const take = (most) => {
  let size = 0;
  const first = queue[0], end = queue.findIndex((each, n) =>
    n === most || each[1].page.id !== first[1].page.id || (size += each[0].length * (/[^ -~]/.test(each[0]) ? 3 : 1)) > 32e3 && n);
  return queue.splice(0, end < 0 ? most : end);
};
// What the tag noted goes with the first event, on every attempt.
const post = (entries) => {
  const about = entries[0][1];
  if (!about.notes) { about.notes = notes; notes = undefined; }
  const head = stringify(assign({ v: 1, site: own.site, sent_at: now(), webdriver: navigator.webdriver, gpc }, about, { events: [] }));
  return head.slice(0, -2) + entries.map((entry) => entry[0]) + ']}';
};
const send = async () => {
  await 0;   // what is said in one go goes together
  clearTimeout(timer);
  timer = 0;
  if (busy || !queue[0]) return;
  if (now() < pausedTill) return later(pausedTill - now());
  busy = true;
  const entries = take(BATCH);
  let status = 0, asked;
  try {
    const body = post(entries);
    const answer = await fetch(endpoint, { method: 'POST', body, keepalive: entries[1] || body.length < 2e4, credentials: 'omit' });
    log(answer.status, await answer.text(), body);   // read to its end: only then the next keepalive has room
    asked = answer.headers.get('Retry-After');
    status = answer.status;
  } catch (error) { log(error); }
  busy = false;
  if (status && status < 500 && status !== 429) {
    failures = unanswered = 0;
    return send();
  }
  put(0, entries);
  if (!status && navigator.onLine && ++unanswered === 3) note('send_failed');
  // Three times without a word: an ad blocker will not change its mind, so it waits for `online`, an hour at most.
  const wait = unanswered > 2 ? 36e5 : Math.max(Math.min(6e4, 1000 * 2 ** failures++), asked * 1000 || Date.parse(asked) - now() || 0);
  pausedTill = now() + wait * (1 + Math.random() / 4);
  send();
};

export const resume = () => { pausedTill = unanswered = 0; send(); };

// The page may never run again: everything goes by beacon. Where the collector is away a beacon is lost without a word, so what it takes is kept here too.
export const leave = () => {
  collect(true);
  const all = queue.slice();
  for (let size = BATCH; size && queue[0];) {
    const entries = take(size);
    if (attempt(() => navigator.sendBeacon(endpoint, post(entries)))) continue;
    put(0, entries);
    size = entries.length >> 1;
    if (!size) note('beacon_refused');
  }
  if (now() < pausedTill || !navigator.onLine) queue = all;
  save();
  send();
};
