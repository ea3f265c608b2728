// Everything the tag watches in this page, with its ladder as it is now; and what is tagged, but not well enough to be watched.

export const KINDS = ['product', 'category', 'advertisement', 'promotion', 'editorial', 'subscription'];
const elements = (root) => [...root.querySelectorAll('*')].flatMap((element) => element.shadowRoot ? [element, ...elements(element.shadowRoot)] : [element]);

// The first fields of a row, in the order in which the tag makes it (src/content.js): its build gives them other names.
const ladder = (row) => {
  const [about, seen_ms] = Object.values(row);
  return { about, seen_ms: seen_ms < 1000 ? 0 : seen_ms, begun_ms: seen_ms, touched_ms: about.touched_ms || 0, touches: about.touches || 0, clicks: about.clicks || 0 };
};

export const sees = (rows) => {
  const byRow = new Map();
  rows.forEach((row, element) => {
    if (!element.isConnected || !KINDS.includes(ladder(row).about.kind)) return;
    if (byRow.has(row)) byRow.get(row).elements.push(element);
    else byRow.set(row, { ...ladder(row), elements: [element] });
  });
  return { contents: [...byRow.values()], untold: elements(document).filter((element) => element.hasAttribute('data-track') && !(rows.has(element) && KINDS.includes(element.getAttribute('data-track')))) };
};

export const rung = (content) => content.clicks ? 3 : content.touches ? 2 : content.seen_ms ? 1 : 0;
export const price = (thing) => thing.price === undefined ? '' : thing.price.toFixed(2) + (thing.currency ? ' ' + thing.currency : '');
