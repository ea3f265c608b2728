// Outlines over what is watched: dashed while only present, solid once seen. They lie over the page and catch nothing.

import { price, rung } from './sees.js';

const MAX = 200;   // at once in view

export const outlines = (root) => {
  const layer = document.createElement('div'), inView = new Set(), boxes = new Map();
  let contents = new Map(), isOn = true, pointed, waiting;
  layer.className = 'outlines';
  layer.setAttribute('aria-hidden', 'true');
  root.append(layer);

  const sight = new IntersectionObserver((entries) => {
    entries.forEach((entry) => entry.isIntersecting ? inView.add(entry.target) : inView.delete(entry.target));
    draw();
  });
  const boxOf = (element) => {
    if (!boxes.has(element)) {
      const box = document.createElement('div');
      box.append(document.createElement('span'));
      boxes.set(element, box);
      layer.append(box);
    }
    return boxes.get(element);
  };
  const words = ({ about }) => [about.kind, about.content_id, about.name !== about.content_id && about.name, price(about)].filter(Boolean).join(' · ');

  // First everything is measured, then everything is moved.
  const place = () => {
    waiting = 0;
    const shown = isOn ? [...inView].filter((element) => contents.has(element)).slice(0, MAX) : [];
    const places = shown.map((element) => element.getBoundingClientRect());
    boxes.forEach((box, element) => {
      if (shown.includes(element)) return;
      box.remove();
      boxes.delete(element);
    });
    shown.forEach((element, n) => {
      const content = contents.get(element), box = boxOf(element), at = places[n];
      box.className = ['present', 'seen', 'touched', 'clicked'][rung(content)] + (pointed && content.elements.includes(pointed) ? ' pointed' : '');
      box.firstChild.textContent = words(content);
      Object.assign(box.style, { transform: `translate(${at.left}px,${at.top}px)`, width: at.width + 'px', height: at.height + 'px' });
    });
  };
  const draw = () => { waiting = waiting || requestAnimationFrame(place); };
  const moved = { capture: true, passive: true };
  addEventListener('scroll', draw, moved);
  addEventListener('resize', draw, moved);

  return {
    show: ({ contents: list }) => {
      const known = contents;
      contents = new Map(list.flatMap((content) => content.elements.map((element) => [element, content])));
      contents.forEach((content, element) => known.has(element) || sight.observe(element));
      known.forEach((content, element) => {
        if (contents.has(element)) return;
        sight.unobserve(element);
        inView.delete(element);
      });
      draw();
    },
    toggle: () => { isOn = !isOn; draw(); return isOn; },
    point: (element) => {
      pointed = element;
      const calm = matchMedia('(prefers-reduced-motion: reduce)').matches;
      if (element) element.scrollIntoView({ block: 'center', behavior: calm ? 'auto' : 'smooth' });
      draw();
    },
    stop: () => {
      sight.disconnect();
      cancelAnimationFrame(waiting);
      removeEventListener('scroll', draw, moved);
      removeEventListener('resize', draw, moved);
    }
  };
};
