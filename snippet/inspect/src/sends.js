// What the tag says while it is debugged: what it records, what it watches, how each batch was answered.

const parsed = (text) => {
  try { return JSON.parse(text); } catch (error) { return {}; }
};
const isSilence = (error) => error instanceof TypeError && /fetch|load|network/i.test(error.message);

export const listening = () => {
  const batches = [], events = [], troubles = [], rows = new Map();
  let pending = [];

  const recorded = (event) => {
    if (event.type === 'page_view') rows.clear();   // a page view begins with nothing seen
    events.push(event);
    pending.push(event);
  };
  const answered = (status, text, body) => {
    const { sent_at, events: sent = [] } = parsed(body), ids = new Set(sent.map((event) => event.id));
    pending = pending.filter((event) => !ids.has(event.id));
    batches.push({ at: sent_at, events: sent, status, refused: [], ...parsed(text) });
  };
  const hear = ([first, ...more]) => {
    if (first instanceof Element) rows.set(first, more[0]);
    else if (typeof first === 'number') answered(first, ...more);
    else if (isSilence(first)) batches.push({ at: Date.now(), events: pending.slice(), status: 0, refused: [] });
    else if (first === 'no visitor') troubles.push(first);
    else if (first === 'no id') rows.delete(more[0]);
    else if (parsed(first).type) recorded(parsed(first));
  };
  // A page that is hidden hands over all it has, and does not learn of the answer.
  const hidden = () => {
    if (document.hidden && pending.length) batches.push({ at: Date.now(), events: pending, beacon: true, refused: [] });
    if (document.hidden) pending = [];
  };
  document.addEventListener('visibilitychange', hidden);
  return {
    hear, rows,
    told: () => ({ batches: batches.slice(-50).reverse(), count: batches.length, events, troubles, pending }),
    stop: () => document.removeEventListener('visibilitychange', hidden)
  };
};
