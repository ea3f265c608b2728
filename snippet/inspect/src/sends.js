// What the tag said of its sending: every batch, and what was answered. It says so in the order in which it happens.

const parsed = (text) => {
  try { return JSON.parse(text); } catch (error) { return undefined; }
};

export const sends = (said) => {
  const batches = [], events = [], troubles = [];
  const open = () => batches.find((batch) => !batch.beacon && !batch.answered);

  const words = (first, second) => {
    const batch = open();
    if (first === 'answered' && batch) { batch.answered = true; batch.status = second; }
    if (first === 'no answer' && batch) batch.silent = true;
    if (/^(unknown call|no visitor for)$/.test(first)) troubles.push({ what: first, which: String(second) });
  };
  const hear = (given) => {
    const told = typeof given[0] === 'string' && given[0][0] === '{' ? parsed(given[0]) : undefined;
    if (!told) return words(...given);
    if (told.events) batches.push({ at: told.sent_at, events: told.events, beacon: document.hidden });
    else if (told.type) events.push(told);
    else if (open()) Object.assign(open(), { accepted: told.accepted, refused: told.refused || [], error: told.error });
    return undefined;
  };
  said.forEach(hear);
  said.push = hear;
  return {
    told: () => ({ batches: batches.slice(-50).reverse(), count: batches.length, events, troubles }),
    stop: () => { said.length = 0; said.push = () => 0; }
  };
};
