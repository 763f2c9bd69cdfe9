// SPDX-License-Identifier: GPL-3.0-or-later
#include "launcher/text/page_style.h"

#include <string_view>

namespace musicmem::launcher {
namespace {

constexpr std::string_view usual = R"(
:root { color-scheme: light dark; --paper: #fff; --ink: #1d2327; --soft: #56616b; --line: #d9dee3; --accent: #00609a;
  --shade: #f3f6f8; --warn: #fdf3ec; --frame: #555; --grid: #e3e3e3; --pale: #c3ccd5; --region: #cfe9de;
  --blue: #0072b2; --vermilion: #d55e00; --green: #007a59; }
@media screen and (prefers-color-scheme: dark) {
  :root { --paper: #15191d; --ink: #e4e8eb; --soft: #a7b3bd; --line: #39424a; --accent: #7cc4f0; --shade: #20262c;
    --warn: #33261b; --frame: #98a2ab; --grid: #2d343a; --pale: #4d5a66; --region: #1f4439;
    --blue: #4fa8e0; --vermilion: #f0832f; --green: #2fc296; }
}
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 1.5rem clamp(0.8rem, 3vw, 2.5rem) 3rem; max-width: 88rem; color: var(--ink);
  background: var(--paper); font: 16px/1.55 "DejaVu Sans", Verdana, system-ui, sans-serif; }
h1 { margin: 0; font-size: clamp(1.5rem, 5vw, 2.1rem); line-height: 1.2; overflow-wrap: anywhere; }
h2 { margin: 2.4rem 0 0.8rem; padding-bottom: 0.3rem; border-bottom: 2px solid var(--accent); font-size: 1.3rem; }
h3 { margin: 1.6rem 0 0.5rem; font-size: 1rem; overflow-wrap: anywhere; }
.kicker { margin: 0; color: var(--accent); font-size: 0.82rem; font-weight: bold; }
.summary { max-width: 60rem; margin: 0.6rem 0; overflow-wrap: anywhere; }
.facts, .notes p, figcaption, .mark { color: var(--soft); font-size: 0.82rem; overflow-wrap: anywhere; }
.notes { columns: 2 32rem; column-gap: 2rem; }
.figures > .notes { columns: auto; }
.notes p { max-width: 44rem; margin: 0 0 0.6rem; }
.warning { border-left: 4px solid var(--vermilion); background: var(--warn); padding: 0.6rem 0.9rem; }
nav ol { display: flex; flex-wrap: wrap; gap: 0.3rem 1.4rem; margin: 1rem 0 0; padding: 0; list-style: none;
  font-size: 0.88rem; }
.figures { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 36.5rem), 1fr)); gap: 1.4rem 2rem;
  margin: 1rem 0; align-items: start; }
figure { margin: 0; container-type: inline-size; }
figure svg { display: block; width: 100%; height: auto; max-width: 41rem; }
figure svg.narrow { display: none; max-width: 26rem; }
@container (max-width: 36rem) {
  figure svg.narrow { display: block; }
  figure:not(.one-form) svg.wide { display: none; }
}
figcaption { margin-top: 0.4rem; max-width: 41rem; }
.table { overflow-x: auto; margin: 0.6rem 0 1rem; }
table { border-collapse: collapse; font-size: 0.82rem; font-variant-numeric: tabular-nums; }
caption { text-align: left; color: var(--soft); padding-bottom: 0.3rem; }
th, td { padding: 0.32rem 0.6rem; border-bottom: 1px solid var(--line); text-align: right; white-space: nowrap;
  font-weight: normal; }
thead th { border-bottom: 2px solid var(--ink); vertical-align: bottom; font-weight: bold; }
.groups th { border-bottom: 1px solid var(--soft); text-align: center; }
.groups td { border: 0; }
th.name, td.name { text-align: left; white-space: normal; overflow-wrap: break-word; }
tbody th { font-weight: bold; }
tbody tr:hover { background: var(--shade); }
tr.marked td, tr.marked th { font-weight: bold; }
abbr { text-decoration: none; }
.mark { margin: 0 0 1rem; }
audio { display: block; width: 15rem; height: 2.2rem; }
.unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
details > summary { cursor: pointer; font-weight: bold; font-size: 0.88rem; margin: 0.7rem 0 0.4rem; }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
li { overflow-wrap: anywhere; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: 0.2rem 1rem; margin: 0; font-size: 0.88rem; }
dt { color: var(--soft); }
dd { margin: 0; overflow-wrap: anywhere; }
pre { overflow-x: auto; padding: 0.8rem; background: var(--shade); font-size: 0.78rem; line-height: 1.4; }
a { color: var(--accent); }
@media (max-width: 30rem) { dl { grid-template-columns: 1fr; } dd { margin-bottom: 0.5rem; } }
)";

// Where a table is wider than the page a row becomes a block of its own, its values below each other with their titles. @
// stands for the table.
constexpr std::string_view rows_as_blocks = R"(
@, @ > caption, @ > tbody, @ > tbody > tr { display: block; }
@ > thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
@ > tbody > tr { display: grid; grid-template-columns: repeat(auto-fill, minmax(10.5rem, 1fr)); gap: 0 1.2rem;
  padding: 0.5rem 0; border-bottom: 1px solid var(--line); }
@ th, @ td { display: flex; justify-content: space-between; gap: 0.8rem; border: 0; padding: 0.12rem 0; overflow-wrap: anywhere; }
@ th { grid-column: 1 / -1; justify-content: flex-start; }
@ td:not(.sound)::before { content: attr(data-title); color: var(--soft); text-align: left; font-weight: normal;
  white-space: normal; }
@ td.name { text-align: right; } @ .name { overflow-wrap: anywhere; }
@ td.sound { grid-column: 1 / -1; }
)";

constexpr std::string_view printed = R"(
@media print {
  body { max-width: none; padding: 0; font-size: 10pt; }
  figure, tr, .warning, .table { break-inside: avoid; }
  h2, h3, caption, summary { break-after: avoid; }
  .figures { display: block; }
  figure { margin: 0 0 1.2rem; }
  figure svg { max-width: 16cm; max-height: 22cm; }
  .table, pre { overflow: visible; }
  pre { white-space: pre-wrap; overflow-wrap: anywhere; }
  table { font-size: 7.5pt; }
  table.many { font-size: 6.2pt; }
  th, td { padding: 0.2rem 0.3rem; }
  nav, audio { display: none; }
  details::details-content { display: block; content-visibility: visible; height: auto; }
}
)";

std::string of_tables(std::string_view table) {
  std::string style;
  for (const char c : rows_as_blocks) style += c == '@' ? std::string(table) : std::string(1, c);
  return style;
}

}  // namespace

std::string page_style() {
  std::string style(usual);
  style += "@media screen and (max-width: 54rem) {" + of_tables("table") +
           "td.interval { grid-column: 1 / -1; }\n}\n";
  style += "@media screen and (min-width: 54.01rem) and (max-width: 76rem) {" + of_tables("table.many") + "}";
  style += printed;
  return style;
}

}  // namespace musicmem::launcher
