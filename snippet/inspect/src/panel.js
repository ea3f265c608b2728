// The panel: four lists behind tabs. Lists are changed where something changed, so that focus and place are kept while figures run.

import { price } from './sees.js';

export const make = (name, fields, ...children) => {
  const { role, label, ...rest } = fields || {}, element = Object.assign(document.createElement(name), rest);
  if (role) element.setAttribute('role', role);
  if (label) element.setAttribute('aria-label', label);
  element.append(...children);
  return element;
};
const seconds = (ms) => (ms / 1000).toFixed(1) + ' s';
const many = (n, one, more) => `${n} ${n === 1 ? one : more || one + 's'}`;

// A line is [class, text]; an item { key, lines, element } is a button where there is an element to go to.
const fill = (node, lines) => {
  const said = JSON.stringify(lines);
  if (node.said === said) return;
  node.said = said;
  node.replaceChildren(...lines.map(([kind, ...texts]) => make('span', { className: kind }, ...texts.map((text) =>
    Array.isArray(text) ? make('span', { className: text[0] }, text[1]) : text))));
};
const listing = (point, empty) => {
  const list = make('ul', { role: 'list' }), none = make('p', { className: 'none' }, empty), items = new Map();
  const itemOf = ({ key, element }) => {
    if (!items.has(key)) {
      const inner = make(element ? 'button' : 'div', { className: 'item' });
      const item = { node: make('li', {}, inner), inner };
      if (element) inner.addEventListener('click', () => point(item.element));
      items.set(key, item);
    }
    return items.get(key);
  };
  const show = (wanted) => {
    const keys = new Set(wanted.map((each) => each.key));
    items.forEach((item, key) => { if (!keys.has(key)) { item.node.remove(); items.delete(key); } });
    wanted.forEach((each, n) => {
      const item = itemOf(each);
      item.element = each.element;
      fill(item.inner, each.lines);
      if (list.children[n] !== item.node) list.insertBefore(item.node, list.children[n] || null);
    });
    none.hidden = wanted.length > 0;
  };
  return { node: make('div', {}, list, none), show };
};

// --- what the four lists say ----------------------------------------------------------------------------------------

const steps = ({ seen_ms, begun_ms, touched_ms, touches, clicks }) => ['steps',
  ['on', 'present'],
  seen_ms ? ['on', 'seen ' + seconds(seen_ms)] : ['off', begun_ms ? 'seen ' + seconds(begun_ms) + ' of 1 s' : 'not seen'],
  touches ? ['on', 'touched ' + seconds(touched_ms)] : ['off', 'not touched'],
  clicks ? ['on', many(clicks, 'click')] : ['off', 'no click']];
const tagged = ({ contents }) => contents.map((content) => {
  const { about, elements } = content;
  return {
    key: about.kind + ' ' + about.content_id, element: elements[0],
    lines: [['title', about.name || about.content_id], ['soft', [about.kind, about.content_id, about.category, price(about), elements.length > 1 && many(elements.length, 'element')].filter(Boolean).join(' · ')], steps(content)]
  };
});

const reading = ({ sources, layer, pushed }) => sources.map(({ name, used, products }) => ({
  key: name,
  lines: [['title', name], ['soft', products.length ? many(products.length, 'product') + (used ? ', read' : ', not read: a source before it names a product') : 'no product'],
    ...products.slice(0, 20).map((product) => ['line', [product.id || 'no id', product.name !== product.id && product.name, price(product) || 'no price'].filter(Boolean).join(' · ')])]
})).concat({
  key: 'dataLayer',
  lines: [['title', layer === 'off' ? 'dataLayer, left alone' : layer], ['soft', pushed.length ? many(pushed.length, 'event') + ' the tag knows' : 'no event the tag knows'],
    ...pushed.slice(-20).map((entry) => ['line', entry.name])]
});

const lacking = (missing) => missing.map(({ what, cure, times, element }) => ({
  key: what, element, lines: [['title', what + (times > 1 ? ` (${times} times)` : '')], ['cure', cure]]
}));

const outcome = ({ beacon, status, accepted, refused, error }) => {
  if (beacon) return ['soft', 'handed to the browser as the page was hidden; it does not show the answer'];
  if (!status) return ['bad', 'no answer'];
  if (status >= 400) return ['bad', `${status}${error ? ': ' + error.message : ''}`];
  return refused.length ? ['bad', `${status}: ${accepted} accepted, ${refused.length} refused`] : ['good', `${status}: ${accepted === undefined ? 'taken' : accepted + ' accepted'}`];
};
const told = (events, refused) => events.slice(0, 20).map((event, at) => {
  const refusal = refused.find((each) => each.index === at);
  return ['line', [event.type, event.content_id || event.query || event.name || (event.items && event.items[0] || 0).id || event.order_id].filter(Boolean).join(' · ')
    + (refusal ? ` — refused, ${refusal.reason}: ${refusal.message}` : '')];
}).concat(events.length > 20 ? [['line', `and ${events.length - 20} more`]] : []);
const sent = ({ batches, count, pending }) => (pending.length ? [{
  key: 'waiting', lines: [['title', `Waiting · ${many(pending.length, 'event')}`], ...told(pending, [])]
}] : []).concat(batches.map((batch, n) => ({
  key: count - n,
  lines: [['title', `${new Date(batch.at).toLocaleTimeString()} · ${many(batch.events.length, 'event')}`], outcome(batch), ...told(batch.events, batch.refused)]
})));

// --- tabs -------------------------------------------------------------------------------------------------------------

const TABS = [
  ['tagged', 'Tagged', 'Nothing in this page is tagged, and nothing in it tells of a product.'],
  ['read', 'Read', ''],
  ['missing', 'Missing', 'Nothing is missing that could be found from here.'],
  ['sent', 'Sent', 'Nothing was sent yet. Batches go every two seconds.']
];

const tabs = (point) => {
  const bar = make('div', { className: 'tabs', role: 'tablist', label: 'What to look at' }), body = make('div', { className: 'body' });
  const all = TABS.map(([id, name, empty]) => {
    const count = make('span', { className: 'count' }), list = listing(point, empty);
    const tab = make('button', { id: 'tab-' + id, role: 'tab' }, name, ' ', count), page = make('div', { id, role: 'tabpanel', tabIndex: 0 }, list.node);
    tab.setAttribute('aria-controls', id);
    page.setAttribute('aria-labelledby', tab.id);
    bar.append(tab);
    body.append(page);
    return { tab, page, count, list };
  });
  const choose = (chosen, focus) => {
    all.forEach(({ tab, page }, n) => {
      tab.setAttribute('aria-selected', n === chosen);
      tab.tabIndex = n === chosen ? 0 : -1;
      page.hidden = n !== chosen;
    });
    if (focus) all[chosen].tab.focus();
  };
  all.forEach(({ tab }, n) => {
    tab.addEventListener('click', () => choose(n));
    tab.addEventListener('keydown', (event) => {
      const to = { ArrowRight: n + 1, ArrowLeft: n - 1, Home: 0, End: -1 }[event.key];
      if (to === undefined) return;
      event.preventDefault();
      choose((to + all.length) % all.length, true);
    });
  });
  choose(0);
  const show = (lists, counts) => all.forEach(({ count, list }, n) => {
    list.show(lists[n]);
    if (count.textContent === String(counts[n])) return;
    count.textContent = counts[n];
    count.classList.toggle('zero', !counts[n]);
  });
  return { bar, body, show };
};

export const panel = (root, { close, outline, point }) => {
  const { bar, body, show } = tabs(point), heading = make('h2', { tabIndex: -1 }, 'Tracker inspector');
  const drawn = make('button', { className: 'plain' }, 'Outlines'), smaller = make('button', { className: 'plain' }, 'Smaller');
  const shut = make('button', { className: 'plain', label: 'Close the inspector', title: 'Close (Esc)' }, 'Close');
  drawn.setAttribute('aria-pressed', true);
  drawn.addEventListener('click', () => drawn.setAttribute('aria-pressed', outline()));
  smaller.addEventListener('click', () => {
    const isSmall = box.classList.toggle('small');
    smaller.setAttribute('aria-expanded', !isSmall);
    smaller.textContent = isSmall ? 'Larger' : 'Smaller';
  });
  smaller.setAttribute('aria-expanded', true);
  shut.addEventListener('click', close);
  const box = make('section', { className: 'panel', role: 'dialog', label: 'Tracker inspector' }, make('header', {}, heading, drawn, smaller, shut), bar, body);
  root.append(box);
  return {
    focus: () => heading.focus({ preventScroll: true }),
    show: ({ seen, read, missing, sending }) => show([tagged(seen), reading(read), lacking(missing), sent(sending)],
      [seen.contents.length, read.sources.filter((source) => source.products.length).length + (read.pushed.length ? 1 : 0), missing.length, sending.count])
  };
};
