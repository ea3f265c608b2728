// What is missing in this page or not as the tag needs it, each with its cure: { what, cure, element }.

import { tag } from './reads.js';
import { KINDS } from './sees.js';

const ACTIONS = ['cart_add', 'cart_remove', 'checkout'];
const all = (selector) => [...document.querySelectorAll(selector)];
const said = (element, name) => (element.getAttribute('data-track' + (name && '-' + name)) || '').trim();

const contents = (found, { seen }) => {
  seen.untold.forEach((element) => {
    const kind = said(element, '');
    if (!KINDS.includes(kind)) {
      found({ element, what: `“${kind}” is no kind of content`, cure: `Write one of these into data-track: ${KINDS.join(', ')}.` });
    } else {
      found({ element, what: `A ${kind} without an id`, cure: `Write ${kind === 'product' ? 'its SKU' : 'a short name that stays'} into data-track-id; nothing is counted without it.` });
    }
  });
  all('[data-track-price]').forEach((element) => {
    const price = said(element, 'price');
    if (price && !isFinite(price)) found({ element, what: `The price “${price}” is not a number`, cure: 'Write it with a point and without a currency sign, as in 199.90; the currency goes into data-track-currency.' });
  });
  all('[data-track=product]').forEach((element) => {
    if (said(element, 'id') && !said(element, 'name')) {
      found({ element, what: `Product ${said(element, 'id')} has no name`, cure: 'Write it into data-track-name: it is what people read in a session’s story.' });
    }
  });
  if (!seen.contents.length && !seen.untold.length) {
    found({ what: 'Nothing in this page is tagged', cure: 'Put data-track and data-track-id on what matters here: products, promotions, articles. Page views arrive all the same.' });
  }
};

const buttons = (found) => all('[data-track-action]').forEach((element) => {
  const action = said(element, 'action'), from = said(element, 'quantity-from');
  if (!ACTIONS.includes(action)) return found({ element, what: `“${action}” is no action`, cure: `Write one of these into data-track-action: ${ACTIONS.join(', ')}.` });
  const product = element.closest('[data-track=product]');
  if (action !== 'checkout' && !said(element, 'id') && !(product && said(product, 'id'))) {
    found({ element, what: `A ${action} button that belongs to no product`, cure: 'Put it inside the element with data-track="product", or give the button itself a data-track-id.' });
  }
  if (from && !(product && product.querySelector(from)) && !document.querySelector(from)) {
    found({ element, what: `The quantity field “${from}” is not in the page`, cure: 'data-track-quantity-from names the field by a selector, as in .how-many; without it one piece is counted.' });
  }
  return undefined;
});

const productPage = (found, { read, told }) => {
  const views = told.events.filter((event) => event.type === 'product_view').length, adds = all('[data-track-action=cart_add]').length;
  const looksSo = views || read.alone === 1 || document.querySelector('[data-track-view]') || adds === 1;
  const hasCart = document.querySelector('[data-track-action^=cart_]') || told.events.some((event) => /^cart/.test(event.type))
    || read.pushed.some((entry) => /cart/.test(entry.name));
  if (looksSo && !views) {
    found({ what: 'A product page without a product view', cure: 'Put data-track-view on the element of the product this page is about, or describe the product in JSON-LD with a sku.' });
  }
  if (looksSo && !hasCart) {
    found({ what: 'No cart button was found', cure: 'Put data-track-action="cart_add" on the button, or push add_to_cart to the dataLayer; without it no cart is known.' });
  }
};

const markup = (found, { seen, read }) => {
  if (read.broken) found({ what: `${read.broken} JSON-LD block${read.broken > 1 ? 's' : ''} cannot be read`, cure: 'It is no valid JSON; search engines cannot read it either. A validator for JSON shows the place.' });
  const prices = new Map(seen.contents.map((each) => [each.about.kind + each.about.content_id, each.about.price]));
  read.sources.forEach((source) => source.products.forEach((product) => {
    const tagged = prices.get('product' + product.id);
    if (product.price - tagged) {
      found({ what: `Product ${product.id} costs ${tagged} by its tag and ${product.price} by ${source.name}`, cure: 'One of them is wrong. The tag’s price counts here; search engines show the other.' });
    }
  }));
};

const sending = (found, { told }) => {
  const last = told.batches.find((batch) => !batch.beacon);
  if (all('script[data-site]').length > 1) found({ element: tag(), what: 'The tag is in this page more than once', cure: 'Remove all but one; the others do nothing but cost time.' });
  if (last && !last.status) found({ what: 'Nobody answered', cure: 'The collector cannot be reached from this page: look for an ad blocker, or add its address to connect-src of the page’s Content-Security-Policy.' });
  if (last && last.status >= 400) found({ what: `The collector answered ${last.status}`, cure: last.error ? last.error.message : 'Its log tells why.' });
  told.troubles.forEach(() => found({ what: 'Somebody was named before the visitor agreed', cure: 'Nobody is identified without consent; after it, it is sent by itself.' }));
  told.batches.forEach((batch) => batch.refused.forEach((each) => {
    const event = batch.events[each.index] || {};
    found({ what: `A ${event.type || 'n'} event was refused: ${each.reason}`, cure: each.message });
  }));
};

export const lacks = (known) => {
  const list = [], byWords = {};
  const found = (each) => {
    const same = byWords[each.what];
    if (same) same.times++;
    else list.push(byWords[each.what] = { times: 1, ...each });
  };
  [contents, buttons, productPage, markup, sending].forEach((check) => {
    try { check(found, known); } catch (error) { found({ what: 'One check could not be made', cure: String(error) }); }
  });
  return list;
};
