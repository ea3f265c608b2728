// tracker, the tag: what a page shows and what a visitor does with it. What is sent, and when: docs/tag.md.
// base · who · queue · content · markup · datalayer · page · calls; built into one file by ../minify. A browser too old gets no tag, and a page that works.

import { after, log, on, own, safe, stub, VERSION } from './base.js';
import { act, call } from './calls.js';
import { clicked, follow, pointed } from './content.js';
import { close, elapse, move, open, stir } from './page.js';
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
  ['pushState', 'replaceState'].forEach((name) => after(history, name, () => move(name)));

  on(document, 'click auxclick', (event) => {
    if (event.button < 2) clicked(event);
    if (!event.button) act(event);
  });
  on(document, 'submit', act);
  on(document, 'pointerover pointerout', (event) => {
    const leaving = event.type === 'pointerout';
    if (event.pointerType !== 'touch' && !(leaving && event.relatedTarget)) pointed(leaving ? null : event);
  });
  follow(document);
});

if (!own.site || (stub && stub.version)) log('not started');
else if (document.prerendering) on(document, 'prerenderingchange', start); else start();
