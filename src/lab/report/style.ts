// The look of the HTML report: system fonts, both colour schemes, contrast of at least 4.5 to 1 in each (WCAG AA), and ink on white on paper.

const light = `--ground: #ffffff; --card: #f5f6f3; --line: #d5d9d0; --edge: #7d847a; --text: #1b211d; --quiet: #59625b;
  --accent: #0f6b4f; --front: #8a4b00; --back: #0f5f86; --good: #0f6b4f; --bad: #a3262a; --bad-tint: #fbeceb;`;

/** The one style sheet; its hash is what the report's Content-Security-Policy allows. */
export const reportStyle = `
:root { color-scheme: light dark; ${light} }
@media screen and (prefers-color-scheme: dark) {
  :root {
    --ground: #121513; --card: #1b201d; --line: #303833; --edge: #79847c; --text: #e9eeea; --quiet: #a4afa7;
    --accent: #6fd3ae; --front: #f0b45c; --back: #76c7e8; --good: #6fd3ae; --bad: #ff9a94; --bad-tint: #3a2120;
  }
}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; }
body {
  margin: 0 auto; max-width: 54rem; padding: clamp(1rem, 5vw, 3.5rem) clamp(1rem, 4vw, 2.5rem) 4rem;
  background: var(--ground); color: var(--text); overflow-wrap: break-word;
  font: 1rem/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "DejaVu Sans", sans-serif;
}
h1 { margin: 0 0 .25rem; font-size: clamp(1.6rem, 5vw, 2.1rem); line-height: 1.2; letter-spacing: -.02em; text-wrap: balance; }
.subtitle { margin: 0 0 1.25rem; font-size: 1.15rem; color: var(--quiet); }
header p:not(.subtitle) { margin: .4rem 0; font-size: .9375rem; color: var(--quiet); }
h2 { margin: 2.75rem 0 .9rem; padding-bottom: .3rem; border-bottom: 2px solid var(--line); font-size: 1.35rem; line-height: 1.3; letter-spacing: -.01em; }
h3 { margin: 2rem 0 .5rem; font-size: 1.1rem; line-height: 1.35; }
h4 { margin: 1.25rem 0 .5rem; font-size: 1rem; }
h2, h3, h4, caption { break-after: avoid; text-wrap: balance; }
p { margin: 0 0 .8rem; }
a { color: var(--accent); }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
nav { margin-top: 2rem; padding: .9rem 1.25rem; border: 1px solid var(--line); border-radius: .6rem; background: var(--card); }
nav h2 { margin: 0 0 .4rem; padding: 0; border: 0; font-size: 1rem; }
nav ol { margin: 0; padding-left: 1.4rem; columns: 16rem; }
code { overflow-wrap: anywhere; }
code, pre { font: .875em/1.45 ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace; }
pre { margin: 0 0 .8rem; padding: .7rem .9rem; border: 1px solid var(--line); border-radius: .5rem; background: var(--card); white-space: pre-wrap; }
table { width: 100%; margin: 0 0 1.25rem; border-collapse: collapse; font-size: .9375rem; }
caption { padding: .35rem 0; text-align: left; font-weight: 600; }
th, td { padding: .4rem .6rem; border-top: 1px solid var(--line); text-align: left; vertical-align: top; }
tbody tr:last-child > * { border-bottom: 1px solid var(--line); }
thead th { border-top: 0; border-bottom: 2px solid var(--line); font-size: .8125rem; color: var(--quiet); }
tbody th { font-weight: 600; }
tr { break-inside: avoid; }
table.facts th { width: 34%; font-weight: 600; color: var(--quiet); }
tbody th { min-width: 6.5em; }
table.fields { table-layout: fixed; }
table.fields thead th:first-child { width: 31%; }
table.fields thead th:nth-child(2) { width: 7rem; }
table.fields td:nth-child(2), table.checks td:nth-child(2), table.checks td:last-child { white-space: nowrap; }
tr.pass td:nth-child(2) { color: var(--good); font-weight: 600; }
tr.fail td:nth-child(2) { color: var(--bad); font-weight: 700; }
tr.fail > * { background: var(--bad-tint); }
tr.not-applicable > * { color: var(--quiet); }
.diagram { margin: 0 0 .6rem; padding: .9rem .4rem; border: 1px solid var(--line); border-radius: .6rem; background: var(--card); overflow-x: auto; }
.diagram svg { display: block; min-width: 34rem; max-width: 100%; height: auto; margin: 0 auto; }
svg text { fill: var(--text); font: 13px system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "DejaVu Sans", sans-serif; text-anchor: middle; }
svg .label { paint-order: stroke; stroke: var(--card); stroke-width: 5px; stroke-linejoin: round; }
svg .party { font-weight: 600; }
svg .bar { stroke: var(--edge); stroke-width: 1; }
svg .head { fill: var(--ground); stroke: var(--edge); }
svg .shaft { stroke-width: 2; }
svg .front .shaft { stroke: var(--front); stroke-dasharray: 7 5; }
svg .front .tip { fill: var(--front); }
svg .back .shaft { stroke: var(--back); }
svg .back .tip { fill: var(--back); }
svg .failed .shaft { stroke: var(--bad); }
svg .failed .tip { fill: var(--bad); }
svg .failed .label { fill: var(--bad); font-weight: 600; }
svg .box { fill: var(--ground); stroke: var(--line); }
svg .note .label { stroke: none; }
svg .note.failed .box { fill: var(--bad-tint); stroke: var(--bad); }
@media (max-width: 34rem) {
  th, td { padding: .35rem .4rem; overflow-wrap: anywhere; }
  table { font-size: .875rem; }
  tbody th { min-width: 4.5em; }
  table.facts th { width: 40%; font-size: .8125rem; hyphens: auto; }
  table.checks td:nth-child(2), table.checks td:last-child { white-space: normal; }
  table.fields thead th:nth-child(2) { width: 5.25rem; }
  table.fields td:nth-child(2) { color: var(--quiet); font-size: .8125rem; }
}
@media print {
  @page { margin: 18mm 16mm; }
  body { max-width: none; padding: 0; font-size: 10.5pt; }
  nav { break-inside: avoid; }
  .diagram { overflow: visible; border: 0; padding: 0; background: none; break-inside: avoid; }
  .diagram svg { min-width: 0; max-height: 235mm; }
  a { color: inherit; text-decoration: none; }
  section { break-inside: auto; }
}
`;
