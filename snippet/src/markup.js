// What a page says of its products without a word to us: schema.org as JSON-LD, microdata and RDFa; Open Graph where there is nothing else;
// and Matomo's content blocks. An element tagged by data-track wins, then the dataLayer, then the first of these that names a product.

import { attempt, closest, document, every, location, safe, text } from './base.js';
import { fresh, itemOf, lastViewed, place, placed, view } from './content.js';

// --- schema.org's words ---------------------------------------------------------------------------------------------

const first = (value) => [].concat(value)[0] || 0;
// A text, or a thing that has a name, or the first of several.
const plain = (value) => {
  const one = first(value);
  return typeof one === 'object' ? plain(one.name || one['@value'] || one['@id']) : text(one || value);
};
const isProduct = (types) => /Product(Group|Model)?(,|$)/.test(types);

// A price is a plain number with a point, as schema.org wants it: 1.299,00 is better unknown than wrong.
export const product = (thing) => {
  const offer = first(thing.offers), terms = first(offer.priceSpecification), found = {
    id: thing.sku || thing.productID || thing.productGroupID || thing.mpn || thing.gtin13 || thing.gtin || thing['@id'] || thing.url || thing.name,
    price: offer.price || offer.lowPrice || terms.price, currency: offer.priceCurrency || terms.priceCurrency
  };
  return itemOf((field) => plain(found[field] || thing[field]));
};
// Inside a product the shop tagged itself, this only is compared with it.
const show = (element, found) => place(closest(element, '[data-track=product]') ? null : element, 'product', found);
// The product is what the page is about: its heading stands for it, and it is viewed unless somebody told a view before.
const main = (found) => {
  show(document.querySelector('h1'), found);
  if (!lastViewed) view(found);
};

// --- JSON-LD --------------------------------------------------------------------------------------------------------

export const walk = (node, alone, listed) => [].concat(node).forEach((each) => {
  if (!each) return;
  if (isProduct(each['@type'])) return alone.push(each);
  ['@graph', 'mainEntity', 'item'].forEach((key) => walk(each[key], alone, listed));
  walk(each.itemListElement, listed, listed);
});
// A list has no elements of its own: the links to its products stand for them.
const byAddress = {};
const readLinked = () => {
  const alone = [], listed = [];
  every('[type$="ld+json"]', (script) => {
    const json = script.textContent;
    // What a single-page shop has left there from the page before is not read again. Templates leave commas before closing brackets.
    if (fresh(script, json)) attempt(() => walk(JSON.parse(json.replace(/,(\s*[\]}])/g, '$1')), alone, listed));
  });
  if (alone[0] && !alone[1]) main(product(alone[0]));
  alone.concat(listed).forEach((thing) => attempt(() => { byAddress[new URL(plain(thing.url || thing['@id']), location)] = product(thing); }));
  return Object.keys(byAddress)[0] && every('a', (link) => byAddress[link.href] && !placed(link) && show(link, byAddress[link.href]));
};

// --- microdata and RDFa: the same with other attributes ---------------------------------------------------------------

export const thing = (scope, property, scoped) => {
  const found = {};
  every(`[${property}]`, (element) => {
    if (closest(element.parentElement, `[${scoped}]`) === scope) element.getAttribute(property).split(' ').forEach((name) => {
      const key = name.replace(/.*[:/]/, '');
      found[key] = found[key] || (element.hasAttribute(scoped) ? thing(element, property, scoped)
        : element.getAttribute('content') || element.getAttribute('value') || element.textContent.trim() || element.href);
    });
  }, scope);
  return found;
};
const readScopes = (type, property, scoped) => {
  const products = `[${type}*=Product]`, alone = document.querySelectorAll(`${products}:not([${property}])`);
  return every(products, (element) => {
    if (placed(element)) return;
    const found = product(thing(element, property, scoped));
    show(element, found);
    if (alone[1] ? element.querySelector('h1') : element === alone[0]) main(found);
  })[0];
};

// --- Open Graph, Matomo ---------------------------------------------------------------------------------------------

export const META = { id: 'retailer_item_id', name: 'og:title', price: ':price:amount', currency: ':price:currency' };
export const meta = (name) => (document.querySelector(`meta[property$="${name}"]`) || 0).content;
const readGraph = () => {
  const found = itemOf((field) => meta(META[field] || ':' + field));
  found.id = found.id || meta('og:url');
  if (/product/.test(meta('og:type')) && fresh(document, found.id)) main(found);
};
const readBlocks = () => every('[data-content-name]', (named) => {
  const block = closest(named, '[data-track-content],[class*=TrackContent]'), id = named.dataset.contentName;
  if (block && !placed(block)) place(block, 'promotion', { id, name: id });
});

// Read when a page view begins, and again when the page has changed.
export const readMarkup = safe(() => {
  readLinked() || readScopes('itemtype', 'itemprop', 'itemscope') || readScopes('typeof', 'property', 'typeof') || readGraph();
  readBlocks();
});
