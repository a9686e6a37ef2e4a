// The look of every page that we serve: system fonts, both colour schemes, contrast of at least 4.5 to 1 in each (WCAG AA).

/** The one style sheet; its hash is what the pages' Content-Security-Policy allows. */
export const pageStyle = `
:root {
  --ground: #f3f4f1; --card: #ffffff; --line: #dcdfd8; --edge: #858c80;
  --text: #1b211d; --quiet: #59625b; --accent: #0f6b4f; --on-accent: #ffffff; --tint: #e7f2ec;
  --bad: #a3262a; --bad-tint: #fbeceb;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #121513; --card: #1b201d; --line: #303833; --edge: #79847c;
    --text: #e9eeea; --quiet: #a4afa7; --accent: #6fd3ae; --on-accent: #07251a; --tint: #20332a;
    --bad: #ff9a94; --bad-tint: #3a2120;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0; min-height: 100vh; padding: clamp(1.25rem, min(6vw, 8vh), 5rem) 1rem 3rem; background: var(--ground); color: var(--text);
  font: 1rem/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif;
  display: flex; flex-direction: column; align-items: center; gap: 1.25rem; overflow-wrap: anywhere;
}
header { width: 100%; max-width: 28rem; display: flex; align-items: center; gap: .5rem; color: var(--accent); }
header .name { font-weight: 650; letter-spacing: -.01em; color: var(--text); }
.badge { margin-left: auto; padding: .1rem .6rem; border: 1px solid var(--line); border-radius: 1rem; font-size: .8125rem; color: var(--quiet); }
main {
  width: 100%; max-width: 28rem; padding: 2rem; background: var(--card); border: 1px solid var(--line);
  border-radius: .875rem; box-shadow: 0 1px 2px #0000000d, 0 8px 24px #0000000d;
}
h1 { margin: 0 0 .5rem; font-size: 1.5rem; line-height: 1.25; font-weight: 650; letter-spacing: -.015em; text-wrap: balance; }
h2 { margin: 1.75rem 0 .5rem; font-size: 1rem; line-height: 1.4; font-weight: 650; }
p { margin: 0 0 1rem; }
main > :last-child { margin-bottom: 0; }
.quiet, .note { color: var(--quiet); }
.note { margin: 1.5rem 0 0; padding-top: 1rem; border-top: 1px solid var(--line); font-size: .875rem; }
.problem { margin-top: 1rem; padding: .625rem .875rem; border-radius: .5rem; background: var(--bad-tint); color: var(--bad); }
code { font: .9em ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace; }
a { color: var(--accent); }
form { margin: 1.5rem 0 0; display: grid; gap: .75rem; }
fieldset { margin: 0; padding: 0; border: 0; min-width: 0; display: grid; gap: .75rem; }
button, input {
  font: inherit; color: inherit; width: 100%; min-height: 2.875rem; padding: .625rem 1rem;
  border: 1px solid var(--edge); border-radius: .5rem; background: var(--card);
}
button { font-weight: 600; cursor: pointer; }
button:hover { background: var(--tint); border-color: var(--accent); }
button.primary { background: var(--accent); border-color: var(--accent); color: var(--on-accent); }
button.primary:hover { filter: brightness(1.1); }
button.person { display: flex; align-items: center; gap: .875rem; padding: .75rem .875rem; text-align: left; font-weight: 400; }
button.person strong, button.person small { display: block; line-height: 1.35; }
button.person small { color: var(--quiet); font-size: .875rem; }
.initial {
  flex: none; width: 2.5rem; height: 2.5rem; border-radius: 50%; display: grid; place-items: center;
  background: var(--tint); color: var(--accent); font-weight: 650;
}
.mark { display: block; width: 3rem; height: 3rem; margin: 0 0 1rem; padding: .75rem; border-radius: 50%; background: var(--tint); color: var(--accent); }
.mark.bad { background: var(--bad-tint); color: var(--bad); }
.choices { display: grid; grid-template-columns: 1fr 1fr; gap: .75rem; }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
label { font-weight: 600; }
input.code { text-align: center; text-transform: uppercase; letter-spacing: .15em; font-size: 1.25rem; }
.user-code { display: block; margin: 1.25rem 0; padding: .75rem; border-radius: .5rem; background: var(--tint); text-align: center; font-size: 1.625rem; letter-spacing: .12em; }
.who { display: flex; align-items: center; gap: .75rem; margin: 1.25rem 0 0; line-height: 1.35; }
ul.scopes { margin: 0; padding: 0; list-style: none; }
ul.scopes li { position: relative; padding: .5rem 0 .5rem 2rem; border-top: 1px solid var(--line); }
ul.scopes li:first-child { border-top: 0; }
ul.scopes li::before { content: ""; position: absolute; left: .375rem; top: .95rem; width: .75rem; height: .375rem; border: solid var(--accent); border-width: 0 0 2px 2px; transform: rotate(-45deg); }
ul.scopes code { display: block; color: var(--quiet); font-size: .8125rem; }
dl { margin: 0; }
dt { margin-top: .75rem; color: var(--quiet); font-size: .875rem; }
dd { margin: 0; }
@media (max-width: 26rem) { main { padding: 1.375rem 1.25rem; } }
@media (forced-colors: active) { ul.scopes li::before { border-color: CanvasText; } }
`;
