// tracker(…): what the page says, and what its buttons say by data-track-action.

import { assign, attribute, closest, log, number, safe } from './base.js';
import { ITEM, read, unview } from './content.js';
import { close, collect, open, page } from './page.js';
import { record } from './queue.js';
import { consent, recognise, remember, visitor } from './who.js';

let known;

const decide = (given) => {
  const state = given.state || given, fields = { state, purposes: given.purposes }, said = [state].concat(given.purposes || []).join('.').replace(/[^\w.-]/g, '');
  const denied = state === 'denied', before = visitor;
  if (said === consent || !/^(granted|denied)$/.test(state)) return log('consent stays', consent);
  if (denied) record('consent', fields);
  remember(said, denied);
  collect(true);
  recognise();
  if (visitor !== before) { unview(); open({ referrer: page.referrer }); }
  if (!denied) record('consent', fields);
  if (known && visitor && !before) record('identify', known);
};

export const call = safe((type, fields) => {
  if (type === 'consent') return decide(fields);
  if (type === 'page') { close(); return open(assign({ referrer: page.url }, fields)); }
  if (/^(identify|logout)$/.test(type)) {
    known = type === 'identify' && fields;
    return visitor ? record(type, fields) : log('no consent or storage for', type);
  }
  if (/^(cart_(add|remove|set)|checkout|order|order_cancelled|refund|product_view|search|custom)$/.test(type)) record(type, fields);
  else log('unknown call', type);
});

export const act = (element) => {
  const action = attribute(element, 'action'), product = closest(element, '[data-track=product]');
  if (action === 'checkout') return record(action, { step: number(attribute(element, 'step')), step_name: attribute(element, 'step-name') });
  const item = read(ITEM, element, product), from = attribute(element, 'quantity-from');
  const input = from && (product && product.querySelector(from) || document.querySelector(from));
  item.quantity = number(input ? input.value : attribute(element, 'quantity'));
  if (/^cart_(add|remove)$/.test(action) && item.id) record(action, { items: [item] }); else log('no action', element);
};
