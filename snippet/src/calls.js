// tracker(…): what the page says, and what its buttons say by data-track-action.

import { assign, attribute, closest, document, log, number, safe } from './base.js';
import { read, unview, viewing } from './content.js';
import { close, collect, open, page } from './page.js';
import { record } from './queue.js';
import { consent, recognise, remember, visitor } from './who.js';

let known;
// A page that tells its carts, its checkout, its orders itself is not heard twice: by calls so far, or by buttons it has.
const called = {}, family = (type) => type.slice(0, 4);
export const told = (type) => called[family(type)] || document.querySelector(`[data-track-action^=${family(type)}]`);

const decide = (given) => {
  const state = given.state || given, fields = { state, purposes: given.purposes }, said = ([state].concat(given.purposes || []) + '').replace(/[^\w-]/g, '.');
  const denied = state === 'denied', before = visitor;
  if (said === consent || !/^(granted|denied)$/.test(state)) return;
  if (denied) record('consent', fields);
  remember(said, denied);
  collect(true);
  recognise();
  if (visitor !== before) { unview(); open({ referrer: page.referrer }); }
  if (!denied) record('consent', fields);
  if (known && visitor && !before) record('identify', known);
};

export const call = safe((type, given) => {
  if (type === 'consent') return decide(given);
  const fields = assign({}, given);
  if (type === 'page') { close(); return open(assign({ referrer: page.url }, fields)); }
  if (/^(identify|logout)$/.test(type)) {
    known = type === 'identify' && fields;
    return visitor ? record(type, fields) : log('no visitor');
  }
  // What is no call of ours is refused by the collector, which tells the shop.
  called[family(type)] = true;
  record(type, fields);
  if (type === 'product_view') viewing(fields.items[0].id);
});

// The way from where it happened leads out of open shadow roots. A form acts when it is submitted, all else when it is clicked.
export const act = (event) => {
  const path = event.composedPath(), element = path.find((each) => attribute(each, 'action'));
  if (!element || (element.tagName === 'FORM') !== (event.type === 'submit')) return;
  const action = attribute(element, 'action'), product = path.find((each) => closest(each, '[data-track=product]') === each);
  if (action === 'checkout') return record(action, { step: number(attribute(element, 'step')), step_name: attribute(element, 'step-name') });
  const item = read(element, product), from = attribute(element, 'quantity-from');
  const input = from && (product && product.querySelector(from) || document.querySelector(from));
  item.quantity = number(input ? input.value : attribute(element, 'quantity'));
  if (item.id) record(action, { items: [item] }); else log('no action', element);
};
