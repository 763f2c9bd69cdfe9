// SPDX-License-Identifier: GPL-3.0-or-later
#include "launcher/text/html_page.h"

#include "launcher/text/markup.h"

namespace musicmem::launcher {
namespace {

constexpr const char* style = R"(
:root { color-scheme: light; --ink: #1d2327; --soft: #56616b; --line: #d9dee3; --accent: #0072b2; }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 1.5rem clamp(0.8rem, 4vw, 2.5rem) 3rem; max-width: 84rem; color: var(--ink);
  background: #fff; font: 16px/1.55 "DejaVu Sans", Verdana, system-ui, sans-serif; }
h1 { margin: 0; font-size: clamp(1.5rem, 5vw, 2.2rem); line-height: 1.2; overflow-wrap: anywhere; }
h2 { margin: 2.6rem 0 0.8rem; padding-bottom: 0.3rem; border-bottom: 2px solid var(--accent); font-size: 1.3rem; }
h3 { margin: 1.6rem 0 0.5rem; font-size: 1.05rem; overflow-wrap: anywhere; }
.kicker { margin: 0; color: var(--accent); font-size: 0.85rem; font-weight: bold; }
.facts, .notes p { color: var(--soft); font-size: 0.88rem; }
.notes p { max-width: 60rem; margin: 0.5rem 0; }
.warning { border-left: 4px solid #d55e00; background: #fdf3ec; padding: 0.6rem 0.9rem; }
.scroll { overflow-x: auto; margin: 0.6rem 0; }
table { border-collapse: collapse; font-size: 0.86rem; font-variant-numeric: tabular-nums; }
th, td { padding: 0.35rem 0.6rem; border-bottom: 1px solid var(--line); text-align: right; white-space: nowrap; }
th { border-bottom: 2px solid var(--ink); vertical-align: bottom; }
.name { text-align: left; }
tbody tr:hover { background: #f3f7fa; }
figure { margin: 1.2rem 0 2rem; }
figure svg { display: block; width: auto; height: auto; max-width: 100%; }
@media (max-width: 36rem) { figure svg { max-width: 44rem; } }
figcaption { color: var(--soft); font-size: 0.88rem; margin-top: 0.4rem; max-width: 60rem; }
details > summary { cursor: pointer; font-weight: bold; margin: 0.8rem 0 0.4rem; }
li { overflow-wrap: anywhere; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: 0.2rem 1rem; margin: 0; font-size: 0.9rem; }
dt { color: var(--soft); }
dd { margin: 0; overflow-wrap: anywhere; }
pre { overflow-x: auto; padding: 0.8rem; background: #f5f7f9; font-size: 0.8rem; line-height: 1.4; }
a { color: var(--accent); }
@media (max-width: 30rem) { dl { grid-template-columns: 1fr; } dd { margin-bottom: 0.5rem; } }
@media print {
  body { max-width: none; padding: 0; font-size: 10pt; }
  figure, tr, .warning { break-inside: avoid; }
  h2, h3 { break-after: avoid; }
  .scroll { overflow: visible; }
  table { font-size: 7.5pt; }
  th, td { padding: 0.2rem 0.35rem; }
}
)";

std::string cell(const std::string& tag, const std::string& text, bool is_name) {
  const std::string opening = is_name ? "<" + tag + " class=\"name\">" : "<" + tag + ">";
  return opening + html_escaped(text) + "</" + tag + ">";
}

}  // namespace

std::string html_page(const std::string& title, const std::string& body) {
  return "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" "
         "content=\"width=device-width, initial-scale=1\">\n<link rel=\"icon\" href=\"data:,\">\n<title>" +
         html_escaped(title) + "</title>\n<style>" + style + "</style>\n</head>\n<body>\n" + body +
         "</body>\n</html>\n";
}

std::string html_table(const std::vector<std::string>& headings,
                       const std::vector<std::vector<std::string>>& rows, std::size_t name_columns) {
  std::string html = "<div class=\"scroll\" tabindex=\"0\"><table><thead><tr>";
  for (std::size_t c = 0; c < headings.size(); ++c) html += cell("th", headings[c], c < name_columns);
  html += "</tr></thead><tbody>\n";
  for (const auto& row : rows) {
    html += "<tr>";
    for (std::size_t c = 0; c < row.size(); ++c) html += cell("td", row[c], c < name_columns);
    html += "</tr>\n";
  }
  return html + "</tbody></table></div>\n";
}

std::string html_figure(const std::string& svg, const std::string& caption) {
  const std::size_t start = svg.find("<svg");
  if (start == std::string::npos) return "";
  const std::string text = caption.empty() ? "" : "<figcaption>" + html_escaped(caption) + "</figcaption>";
  return "<figure><div class=\"scroll\" tabindex=\"0\">" + svg.substr(start) + "</div>" + text +
         "</figure>\n";
}

std::string html_notes(const std::vector<std::string>& notes) {
  std::string html = "<div class=\"notes\">";
  for (const std::string& note : notes) html += "<p>" + html_escaped(note) + "</p>\n";
  return html + "</div>\n";
}

std::string html_list(const std::vector<std::string>& items) {
  std::string html = "<ul>\n";
  for (const std::string& item : items) html += "<li>" + html_escaped(item) + "</li>\n";
  return html + "</ul>\n";
}

}  // namespace musicmem::launcher
