/* An editor's form, made anew by the server where its rows depend on what was chosen.
   in   htmx requests that replace form.editor; its buttons
   out  one question at a time; an answer is taken only if the form still says what was asked about, else the question is put again */
"use strict";
(() => {
  let asked = null; // the question on its way: what the form said, and how to put it again
  let pressed = []; // values of the buttons that were pressed meanwhile

  const isEditor = (element) => element?.matches?.("form.editor");
  const said = (form) => new URLSearchParams(new FormData(form)).toString();

  const press = () => {
    while (!asked && pressed.length) {
      document.querySelector(`form.editor button[name=do][value="${CSS.escape(pressed.shift())}"]`)?.click();
    }
  };

  document.addEventListener("htmx:confirm", (event) => {
    const { elt, target, issueRequest } = event.detail;
    if (!isEditor(target)) return;
    if (!asked) {
      asked = { said: said(target), isOutdated: false, again: () => issueRequest(true) };
      return;
    }
    event.preventDefault(); // what was chosen meanwhile stands in the form, and is seen when the answer comes
    if (elt.matches("button")) pressed.push(elt.value);
  });

  document.addEventListener("submit", (event) => {
    if (!isEditor(event.target)) return;
    if (asked) {
      event.preventDefault();
      pressed.push(event.submitter?.value ?? "");
    } else {
      pressed = [];
    }
  });

  document.addEventListener("htmx:beforeSwap", (event) => {
    if (!asked || !isEditor(event.detail.target)) return;
    asked.isOutdated = event.detail.shouldSwap && said(event.detail.target) !== asked.said;
    if (asked.isOutdated) event.detail.shouldSwap = false;
  });

  document.addEventListener("htmx:afterRequest", (event) => {
    if (!asked || !isEditor(event.detail.target)) return;
    if (asked.isOutdated) {
      Object.assign(asked, { said: said(event.detail.target), isOutdated: false });
      queueMicrotask(asked.again); // htmx has ended this request by then
    } else {
      asked = null;
      queueMicrotask(press);
    }
  });
})();
