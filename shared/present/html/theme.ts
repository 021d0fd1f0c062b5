/** Number of series colours; further series start again with the first. */
export const COLOURS = 6;

/** Class of the n-th series, counted from 0. */
export const seriesClass = (index: number): string => `s${(index % COLOURS) + 1}`;

/**
 * The style sheet of a page: printable, light or dark by the reader's system. The series colours
 * are those of Okabe and Ito (Color Universal Design), distinct for every kind of colour vision;
 * they are lighter or darker to suit the background.
 */
export const STYLE = `
:root { color-scheme: light dark; --bg: #fbfbfa; --card: #fff; --ink: #1f2328; --dim: #5c6570; --line: #d8dce1; --grid: #e9ecef; --good: #1a7f4b; --bad: #b3261e;
  --s1: #0b69a8; --s2: #d1570a; --s3: #0a8a68; --s4: #a8457f; --s5: #9a7400; --s6: #4c6fa5; }
@media (prefers-color-scheme: dark) { :root { --bg: #14171a; --card: #1b1f23; --ink: #e4e7ea; --dim: #9aa4ae; --line: #363c43; --grid: #2a2f35; --good: #4cc38a; --bad: #ff8a80;
  --s1: #56b4e9; --s2: #f08c4b; --s3: #2fc79d; --s4: #d98bb9; --s5: #e0b93c; --s6: #93b2e6; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--bg); color: var(--ink); font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", sans-serif; }
main { max-width: 1080px; margin: 0 auto; padding: 32px 20px 64px; }
h1 { font-size: 26px; line-height: 1.25; margin: 0 0 6px; }
h2 { font-size: 18px; margin: 0 0 4px; }
h3 { font-size: 14px; margin: 18px 0 4px; }
p { margin: 0 0 10px; max-width: 76ch; }
.about, figcaption, .note { color: var(--dim); }
section { background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: 18px 20px; margin-top: 18px; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: 2px 18px; margin: 14px 0 0; }
dt { color: var(--dim); }
dd { margin: 0; overflow-wrap: anywhere; }
.cards { display: grid; grid-template-columns: repeat(auto-fit, minmax(170px, 1fr)); gap: 12px; margin-top: 18px; }
.card { background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: 12px 16px; }
.card b { display: block; font-size: 24px; line-height: 1.3; font-variant-numeric: tabular-nums; }
.card span { color: var(--dim); font-size: 13px; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; margin: 8px 0 4px; font-variant-numeric: tabular-nums; font-size: 14px; }
th, td { padding: 5px 10px; border-bottom: 1px solid var(--grid); text-align: left; vertical-align: top; }
th { color: var(--dim); font-weight: 600; border-bottom-color: var(--line); }
tbody tr:last-child td { border-bottom: 0; }
.right { text-align: right; }
td.right { white-space: nowrap; }
code { font: 13px ui-monospace, "DejaVu Sans Mono", monospace; overflow-wrap: anywhere; }
figure { margin: 12px 0 0; }
figure h3 { margin: 0 0 2px; }
figure svg { display: block; width: 100%; max-width: 660px; height: auto; }
.figures { display: grid; grid-template-columns: repeat(auto-fill, minmax(380px, 1fr)); gap: 8px 24px; }
.legend { display: flex; flex-wrap: wrap; gap: 2px 16px; font-size: 13px; color: var(--dim); }
.legend i { display: inline-block; width: 12px; height: 12px; border-radius: 3px; margin-right: 6px; vertical-align: -1px; background: currentColor; }
svg text { fill: var(--dim); font: 12px system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", sans-serif; }
svg .label { fill: var(--ink); }
svg .grid { stroke: var(--grid); stroke-width: 1; }
svg .axis { stroke: var(--line); stroke-width: 1; }
svg .curve { fill: none; stroke: currentColor; stroke-width: 2; stroke-linejoin: round; stroke-linecap: round; }
svg .band { fill: currentColor; opacity: 0.14; stroke: none; }
svg .fill { fill: currentColor; }
svg .whisker { stroke: var(--ink); stroke-width: 1.2; opacity: 0.75; }
svg .range { stroke: currentColor; stroke-width: 3; stroke-linecap: round; opacity: 0.45; }
svg .mark { fill: var(--card); stroke: currentColor; stroke-width: 2.5; }
${Array.from({ length: COLOURS }, (_, index) => `.s${index + 1} { color: var(--s${index + 1}); }`).join(' ')}
.good { color: var(--good); } .bad { color: var(--bad); }
@media print { body { background: #fff; } section, .card { break-inside: avoid; } main { max-width: none; padding: 0; } }
@media (max-width: 520px) { .figures { grid-template-columns: 1fr; } dl { grid-template-columns: 1fr; } dt { margin-top: 6px; } }
`.trim();
