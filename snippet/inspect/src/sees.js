// Everything the tag watches in this page, with its ladder as it is now; and what is tagged, but not well enough to be watched.

const elements = (root) => [...root.querySelectorAll('*')].flatMap((element) => element.shadowRoot ? [element, ...elements(element.shadowRoot)] : [element]);

// The first fields of a row, in the order in which the tag makes it (src/content.js): its build gives some of them other names.
const ladder = (row) => {
  const [about, , seen_ms, , touched_ms, touches, clicks] = Object.values(row);
  return { about, seen_ms: seen_ms < 1000 ? 0 : seen_ms, begun_ms: seen_ms, touched_ms, touches, clicks };
};

export const sees = (rowOf) => {
  const byRow = new Map(), untold = [];
  elements(document).forEach((element) => {
    const row = rowOf(element);
    if (row && byRow.has(row)) byRow.get(row).elements.push(element);
    else if (row) byRow.set(row, { ...ladder(row), elements: [element] });
    else if (element.hasAttribute('data-track')) untold.push(element);
  });
  return { contents: [...byRow.values()], untold };
};

export const rung = (content) => content.clicks ? 3 : content.touches ? 2 : content.seen_ms ? 1 : 0;
export const price = (thing) => thing.price === undefined ? '' : thing.price.toFixed(2) + (thing.currency ? ' ' + thing.currency : '');
