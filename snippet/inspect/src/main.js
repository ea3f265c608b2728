// The inspector: what the tag sees, reads and sends in this page, laid over the page for the shop's owner (docs/tag.md, "Inspector").
// brings · sends · sees · reads · lacks · panel · outlines · style; built into ../inspect.js. The tag loads it instead of starting, where a token
// is in the address (src/main.js). What is done in here is not heard by the tag, and after closing nothing is left.

import { bring, takeTokenOut } from './brings.js';
import { lacks } from './lacks.js';
import { outlines } from './outlines.js';
import { panel } from './panel.js';
import { reads } from './reads.js';
import { sees } from './sees.js';
import { listening } from './sends.js';
import { sheet } from './style.js';

const start = (heard) => {
  const host = document.createElement('tracker-inspector'), root = host.attachShadow({ mode: 'open' });
  // The tag looks into open shadow roots: not into this one.
  Object.defineProperty(host, 'shadowRoot', { value: null });
  root.adoptedStyleSheets = [sheet()];

  const drawn = outlines(root);
  let timer, ticks = 0, read, missing;
  const look = () => {
    const seen = sees(heard.rows), told = heard.told();
    // Markup does not run, so it is read at leisure.
    if (ticks++ % 4 === 0) { read = reads(); missing = lacks({ seen, read, told }); }
    drawn.show(seen);
    shown.show({ seen, read, missing, sending: told });
  };
  const close = () => {
    clearInterval(timer);
    removeEventListener('keydown', byKey);
    drawn.stop();
    heard.stop();
    host.remove();
    if (before && before.focus) before.focus();
  };
  const byKey = (event) => {
    if (event.key === 'Escape' && !event.defaultPrevented) close();
  };

  const before = document.activeElement, shown = panel(root, { close, outline: drawn.toggle, point: drawn.point });
  // What happens in the panel is not the page's: its own handlers of keys and clicks do not hear of it.
  ['click', 'auxclick', 'pointerdown', 'pointerup', 'mousedown', 'mouseup', 'keydown', 'keyup', 'input', 'submit', 'touchstart', 'touchend']
    .forEach((type) => host.addEventListener(type, (event) => event.stopPropagation()));
  root.addEventListener('keydown', byKey);
  addEventListener('keydown', byKey);   // last of all: a dialog of the page closes first
  document.documentElement.append(host);
  look();
  shown.focus();
  timer = setInterval(look, 500);
};

// Where the tag is in the page twice, it asks for us twice.
if (!window[Symbol.for('tracker inspector')]) {
  const heard = listening();
  window[Symbol.for('tracker inspector')] = true;
  takeTokenOut();
  bring(new URL(document.currentScript.src), heard.hear);
  if (document.body) start(heard); else addEventListener('DOMContentLoaded', () => start(heard), { once: true });
}
