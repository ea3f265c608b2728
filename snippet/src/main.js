// tracker, the tag: what a page shows and what a visitor does with it. What is sent, and when: docs/tag.md.
// base · who · queue · content · page · calls; built into one file by ../minify. A browser too old gets no tag, and a page that works.

import { attribute, closest, log, on, own, safe, stub, VERSION } from './base.js';
import { act, call } from './calls.js';
import { clicked, pointed, scan, watch } from './content.js';
import { close, elapse, isOpen, last, move, open, stir } from './page.js';
import { leave, resume } from './queue.js';
import { recognise } from './who.js';

const start = safe(() => {
  recognise();
  open();
  window.tracker = call;
  call.version = VERSION;
  (stub && stub.q || []).forEach((words) => call(...words));

  on(document, 'visibilitychange', stir);
  on(window, 'focus blur', elapse);
  on(window, 'pagehide', leave);
  on(window, 'pageshow', (event) => { if (event.persisted) { close(); open(); } });
  on(window, 'online', resume);
  on(window, 'popstate', move);
  ['pushState', 'replaceState'].forEach((name) => {
    const native = history[name], moved = safe(move);
    history[name] = function () { const result = native.apply(this, arguments); moved(); return result; };
  });

  on(document, 'click auxclick', (event) => {
    if (event.button > 1) return;
    elapse();
    clicked(event.target, last);
    const acting = closest(event.target, '[data-track-action]');
    if (acting && !event.button && acting.tagName !== 'FORM') act(acting);
  });
  on(document, 'submit', (event) => { if (attribute(event.target, 'action')) act(event.target); });
  on(document, 'pointerover pointerout', (event) => {
    const leaving = event.type === 'pointerout';
    if (event.pointerType === 'touch' || leaving && event.relatedTarget) return;
    elapse();
    pointed(leaving ? null : event.target);
  });
  new MutationObserver(safe((changes) => {
    if (!isOpen()) return;
    elapse();
    changes.forEach((change) => change.attributeName ? watch(change.target) : change.addedNodes.forEach(scan));
  })).observe(document, { childList: true, subtree: true, attributeFilter: ['data-track', 'data-track-id'] });
});

if (!own.site || (stub && stub.version)) log('not started: no data-site, or a second copy');
else if (document.prerendering) on(document, 'prerenderingchange', start); else start();
