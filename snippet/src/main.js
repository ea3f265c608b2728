// tracker, the tag: what a page shows and what a visitor does with it. What is sent, and when: docs/tag.md.
// base · who · queue · content · markup · datalayer · page · calls; built into one file by ../minify. A browser too old gets no tag, and a page that works.

import { after, assign, document, location, on, own, safe, VERSION } from './base.js';
import { clicked, pointed } from './content.js';   // this order packs best
import { act, call } from './calls.js';
import { close, elapse, move, open, stir } from './page.js';
import { endpoint, leave, note, resume } from './queue.js';
import { recognise } from './who.js';

const start = safe(() => {
  const first = window.tracker || 0;
  // A second copy leaves all to the first, which tells of it once.
  if (first.version) return (first.note = first.note('second_tag'));
  recognise();
  open();
  window.tracker = call;
  call.version = VERSION;
  call.note = note;
  (first.q || []).forEach((words) => { call(...words); });

  on('visibilitychange', stir);
  on('focus blur', elapse);
  on('pagehide', leave);
  on('pageshow', (event) => { if (event.persisted) { close(); open(); } });
  on('online', resume);
  on('popstate', move);
  ['pushState', 'replaceState'].forEach((name) => after(history, name, () => move(name)));

  on('click auxclick', (event) => {
    if (event.button < 2) clicked(event);
    if (!event.button) act(event);
  });
  on('submit', act);
  on('pointerover', (event) => event.pointerType === 'touch' || pointed(event));
  on('pointerout', (event) => event.relatedTarget || pointed());
});

// By a link of the Install page the inspector comes first: it takes the token out of the address, then brings the tag again.
const token = location.search.split('tracker-inspect=')[1];
if (token) document.head.append(assign(document.createElement('script'), { src: endpoint + '/../../t/inspect.js?' + [own.site, token] }));
else if (own.site) { if (document.prerendering) on('prerenderingchange', start); else start(); }
