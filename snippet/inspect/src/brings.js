// The tag waits for us where a token is in the address. The token is taken out, and the tag is brought again: debugged, and what it says is heard here.

const PARAMETER = 'tracker-inspect=';

export const takeTokenOut = () => {
  const kept = location.search.slice(1).split('&').filter((each) => !each.startsWith(PARAMETER)).join('&');
  // Not by the page's own replaceState: to its router nothing has happened.
  History.prototype.replaceState.call(history, history.state, '', location.pathname + (kept && '?' + kept) + location.hash);
};

// As it stands in the page; where it stands there no more, the newest of the server that we came from.
const copied = (own) => {
  const there = document.querySelector('script[data-site]'), made = document.createElement('script');
  if (there) [...there.attributes].forEach(({ name, value }) => made.setAttribute(name, value));
  else Object.assign(made, { src: own.href.replace(/\/t\/[^/]*$/, '/t.js') }).dataset.site = own.search.slice(1).split(',')[0];
  if (there) made.nonce = there.nonce;
  return made;
};

export const bring = (own, hear) => {
  const made = copied(own), native = console.info, isDebugged = 'debug' in made.dataset;
  const heard = function (first, ...words) {
    if (first !== '[tracker]') return native.call(this, first, ...words);
    try { hear(words); } catch (error) { native.call(this, error); }
    return isDebugged ? native.call(this, first, ...words) : undefined;
  };
  // The tag keeps the console it finds when it starts; everybody else has the usual one again afterwards.
  const done = () => {
    if (console.info === heard) console.info = native;
    made.remove();
  };
  made.dataset.debug = '';
  made.addEventListener('load', done);
  made.addEventListener('error', done);
  console.info = heard;
  document.head.append(made);
};
