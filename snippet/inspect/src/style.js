// The look: the colours of the web UI (profiles/static/style.css), given as a constructed sheet, which a style-src does not stop.

const LIGHT = '--ink: #1b1d22; --soft: #5c6370; --line: #e3e5ea; --edge: #8b929e; --paper: #fff; --wash: #f6f7f9; --accent: #0b6e5d; --accent-wash: #e4f3ef; --warn: #8a5000; --warn-wash: #fdf1dd;';
const DARK = '--ink: #e9ebef; --soft: #9aa1ad; --line: #2b2f37; --edge: #6b7280; --paper: #14161a; --wash: #1b1e24; --accent: #4fc3ab; --accent-wash: #15312b; --warn: #f0b35a; --warn-wash: #33270f;';

const LOOK = `
:host { all: initial; ${LIGHT} color-scheme: light dark; }
@media (prefers-color-scheme: dark) { :host { ${DARK} } }
* { box-sizing: border-box; }
[hidden] { display: none !important; }

.panel { position: fixed; z-index: 2147483647; right: 12px; bottom: 12px; width: 400px; max-width: calc(100vw - 24px); height: min(600px, calc(100vh - 24px)); display: flex; flex-direction: column;
  background: var(--paper); color: var(--ink); border: 1px solid var(--line); border-radius: 12px; box-shadow: 0 12px 40px rgb(0 0 0 / .28); overflow: hidden;
  font: 14px/1.45 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif; font-variant-numeric: tabular-nums; text-align: left; overflow-wrap: anywhere; }
header { display: flex; gap: 4px; align-items: center; padding: 8px 8px 8px 16px; }
h2 { font-size: 15px; line-height: 1.3; margin: 0 auto 0 0; white-space: nowrap; }
h2:focus { outline: none; }
button { font: inherit; color: inherit; background: none; border: 0; margin: 0; padding: 0; cursor: pointer; text-align: left; }
button:focus-visible, [role=tabpanel]:focus-visible { outline: 2px solid var(--accent); outline-offset: -2px; border-radius: 6px; }
.plain { padding: 0 8px; min-height: 36px; border-radius: 6px; color: var(--soft); font-size: 13px; }
.plain:hover, .plain[aria-pressed=true] { color: var(--accent); }
.plain[aria-pressed=true] { background: var(--accent-wash); }
.tabs { display: flex; gap: 4px; padding: 0 8px; border-bottom: 1px solid var(--line); }
.tabs button { flex: 1; padding: 0 8px; min-height: 40px; color: var(--soft); text-align: center; white-space: nowrap; }
.tabs button[aria-selected=true] { color: var(--ink); font-weight: 600; box-shadow: inset 0 -2px 0 var(--accent); }
.count { display: inline-block; min-width: 20px; padding: 0 6px; border-radius: 10px; background: var(--wash); font-size: 12px; font-weight: 400; line-height: 20px; color: var(--soft); }
#tab-missing .count:not(:empty) { background: var(--warn-wash); color: var(--warn); }
#tab-missing .count.zero { background: var(--wash); color: var(--soft); }
.body { flex: 1; overflow: auto; overscroll-behavior: contain; }
.panel.small { height: auto; }
.small .tabs, .small .body { display: none; }
ul { list-style: none; margin: 0; padding: 0; }
li { border-bottom: 1px solid var(--line); }
li:last-child { border: 0; }
.item { display: grid; gap: 2px; width: 100%; padding: 12px 16px; }
button.item:hover { background: var(--wash); }
.title { font-weight: 600; }
.soft, .line { color: var(--soft); font-size: 13px; }
.line { padding-left: 12px; border-left: 2px solid var(--line); }
.good { color: var(--accent); font-size: 13px; }
.bad { color: var(--warn); font-size: 13px; }
.cure { font-size: 13px; color: var(--soft); }
.none { margin: 0; padding: 24px 16px; color: var(--soft); }
.steps { display: flex; flex-wrap: wrap; gap: 4px; margin-top: 4px; }
.steps span { border-radius: 10px; padding: 0 8px; font-size: 12px; line-height: 20px; border: 1px solid var(--line); color: var(--soft); }
.steps .on { background: var(--accent-wash); border-color: transparent; color: var(--accent); }
@media (max-width: 560px) {
  .panel { left: 0; right: 0; bottom: 0; width: auto; max-width: none; height: 56vh; border-radius: 12px 12px 0 0; border-width: 1px 0 0; padding-bottom: env(safe-area-inset-bottom); }
  .plain { min-height: 44px; }
  .tabs button { min-height: 44px; }
}

.outlines { position: fixed; z-index: 2147483646; inset: 0; overflow: hidden; pointer-events: none; }
.outlines div { position: absolute; left: 0; top: 0; border: 2px dashed var(--accent); border-radius: 4px; }
.outlines .seen, .outlines .touched, .outlines .clicked { border-style: solid; }
.outlines .touched, .outlines .clicked { border-width: 3px; }
.outlines .pointed { background: rgb(79 195 171 / .25); }
.outlines span { position: absolute; left: -2px; top: -2px; max-width: calc(100% + 4px); padding: 0 6px; border-radius: 4px 0 4px 0; background: var(--accent); color: var(--paper);
  font: 600 11px/18px system-ui, sans-serif; white-space: nowrap; overflow: hidden; text-overflow: ellipsis; }
@media print { .panel, .outlines { display: none; } }
`;

export const sheet = () => {
  const made = new CSSStyleSheet();
  made.replaceSync(LOOK);
  return made;
};
