/** What the page of notes adds to the style sheet: calm tints for kinds of entities, tips, and print. */
export const NOTES_STYLE = `
:root { --problem: #b3392f; --medication: #1f66ad; --test: #8a6100; --procedure: #7a4a9e; --value: #8a6100; --anatomy: #2c7a4b; --detail: #23767d; --time: #5c6570; --severity: #a05a2c; --other: #5c6570; }
@media (prefers-color-scheme: dark) { :root { --problem: #f19a92; --medication: #86bdf2; --test: #e3c063; --procedure: #cba6ea; --value: #e3c063; --anatomy: #82d3a2; --detail: #7fd0d6; --time: #a9b3bd; --severity: #e0a77b; --other: #a9b3bd; } }
main { max-width: 1240px; }
.key { display: flex; flex-wrap: wrap; gap: 6px 10px; margin: 12px 0 0; max-width: none; font-size: 13px; }
article { margin-top: 22px; }
article > h2 { font-size: 20px; margin-top: 34px; }
.pair { display: grid; grid-template-columns: minmax(0, 1fr) minmax(260px, 340px); gap: 18px; align-items: start; }
.text { background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: 22px 26px; white-space: pre-wrap; overflow-wrap: anywhere; font: 16px/1.75 Charter, "Bitstream Charter", Georgia, "DejaVu Serif", serif; }
aside { font-size: 14px; position: sticky; top: 12px; max-height: calc(100vh - 24px); overflow-y: auto; background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: 4px 18px 16px; }
aside h3 { color: var(--dim); font-size: 12px; letter-spacing: .06em; text-transform: uppercase; margin: 16px 0 4px; }
aside ul { list-style: none; margin: 0; padding: 0; }
aside li { padding: 3px 0; border-top: 1px solid var(--grid); }
aside li:first-child { border-top: 0; }
aside small { display: block; color: var(--dim); font-size: 13px; }
aside small a { color: inherit; }
aside i { font-style: normal; font-size: 11.5px; color: var(--dim); border: 1px solid var(--line); border-radius: 9px; padding: 0 7px; margin-left: 6px; white-space: nowrap; }
aside li.no > a { text-decoration: line-through; opacity: .75; }
a { color: inherit; text-decoration-color: var(--line); text-underline-offset: 3px; }
aside li > a { color: var(--own); text-decoration: none; font-weight: 550; }
aside a:hover { text-decoration: underline; }
.problem { --own: var(--problem); } .medication { --own: var(--medication); } .test { --own: var(--test); } .procedure { --own: var(--procedure); } .value { --own: var(--value); }
.anatomy { --own: var(--anatomy); } .detail { --own: var(--detail); } .time { --own: var(--time); } .severity { --own: var(--severity); } .other { --own: var(--other); }
.f { position: relative; border-radius: 3px; padding: 1px 2px; margin: 0 -1px; background: color-mix(in srgb, var(--own) 12%, transparent); box-shadow: inset 0 -2px 0 color-mix(in srgb, var(--own) 55%, transparent); }
.f.value, .f.detail, .f.time, .f.anatomy, .f.severity, .f.other { background: color-mix(in srgb, var(--own) 7%, transparent); box-shadow: inset 0 -1px 0 color-mix(in srgb, var(--own) 45%, transparent); }
.f.absent { text-decoration: line-through; text-decoration-color: var(--own); background: none; box-shadow: inset 0 0 0 1px color-mix(in srgb, var(--own) 30%, transparent); }
.f.past { color: var(--dim); }
.f.future { box-shadow: none; border-bottom: 2px dotted var(--own); }
.f.possible, .f.hypothetical { box-shadow: none; border-bottom: 2px dashed color-mix(in srgb, var(--own) 70%, transparent); }
.f sup { color: var(--own); font: 600 10px/1 system-ui, sans-serif; margin-left: 2px; vertical-align: super; display: inline-block; text-decoration: none; }
.f[tabindex] { cursor: default; }
.f:focus-visible, .f:target { outline: 2px solid var(--own); outline-offset: 1px; }
.f:target { background: color-mix(in srgb, var(--own) 30%, transparent); }
.tip { display: none; position: absolute; z-index: 2; left: 0; top: calc(100% + 6px); grid-template-columns: max-content minmax(8ch, 1fr); gap: 1px 12px; width: max-content; max-width: min(360px, 80vw); padding: 9px 13px; border-radius: 8px; background: var(--card); border: 1px solid var(--line); box-shadow: 0 6px 24px rgb(0 0 0 / 18%); font: 13px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", sans-serif; color: var(--ink); white-space: normal; user-select: none; }
.tip b { grid-column: 1 / -1; color: var(--own); }
.tip span:nth-of-type(odd) { color: var(--dim); }
.f:hover > .tip, .f:focus > .tip { display: grid; }
@media (max-width: 820px) { .pair { grid-template-columns: 1fr; } aside { position: static; max-height: none; } }
@media print { .tip { display: none !important; } .text, aside { border: 0; padding: 0; } aside { position: static; max-height: none; font-size: 11px; } .text { font-size: 12px; line-height: 1.6; } article { break-before: page; } article:first-of-type { break-before: auto; }
  .f { -webkit-print-color-adjust: exact; print-color-adjust: exact; } }
`.trim();
