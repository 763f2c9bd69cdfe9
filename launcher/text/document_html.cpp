// SPDX-License-Identifier: GPL-3.0-or-later
#include "launcher/text/document.h"
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

std::string element(const std::string& tag, const std::string& text) {
  return "<" + tag + ">" + html_escaped(text) + "</" + tag + ">";
}

std::string cell(const std::string& tag, const std::string& text, Column::Kind kind) {
  if (kind != Column::Kind::name) return element(tag, text);
  return "<" + tag + " class=\"name\">" + html_escaped(text) + "</" + tag + ">";
}

std::string html_span(const Span& span) {
  switch (span.style) {
    case Span::Style::strong:
      return element("strong", span.text);
    case Span::Style::symbol:
      return element("i", span.text);
    case Span::Style::link:
      return "<a href=\"" + html_escaped(span.text) + "\">" + html_escaped(span.text) + "</a>";
    case Span::Style::plain:
      break;
  }
  return html_escaped(span.text);
}

std::string html_text(const Text& spans) {
  std::string html;
  for (const Span& span : spans) html += html_span(span);
  return html;
}

std::string folded(const std::string& title, const std::string& body, const std::string& open) {
  return "<details" + open + ">" + element("summary", title) + body + "</details>\n";
}

struct HtmlBlock {
  std::string operator()(const Heading& heading) const { return element("h3", heading.text) + "\n"; }
  std::string operator()(const Paragraph& paragraph) const {
    return "<p>" + html_text(paragraph.text) + "</p>\n";
  }
  std::string operator()(const Notes& notes) const {
    std::string html = "<div class=\"notes\">";
    for (const std::string& note : notes.paragraphs) html += element("p", note) + "\n";
    return html + "</div>\n";
  }
  std::string operator()(const List& list) const {
    std::string html = "<ul>\n";
    for (const std::string& item : list.items) html += element("li", item) + "\n";
    return html + "</ul>\n";
  }
  std::string operator()(const Facts& facts) const {
    std::string html = "<dl>";
    for (const auto& [title, value] : facts.values) html += element("dt", title) + element("dd", value);
    return html + "</dl>\n";
  }
  std::string operator()(const Listing& listing) const {
    return folded(listing.title, element("pre", listing.text), "");
  }
  std::string operator()(const Picture& picture) const {
    const std::size_t start = picture.svg.find("<svg");
    if (start == std::string::npos) return "";
    const std::string caption = picture.caption.empty() ? "" : element("figcaption", picture.caption);
    return "<figure><div class=\"scroll\" tabindex=\"0\">" + picture.svg.substr(start) + "</div>" + caption +
           "</figure>\n";
  }
  // A wide table scrolls by itself.
  std::string operator()(const Table& table) const {
    std::string html = "<div class=\"scroll\" tabindex=\"0\"><table><thead><tr>";
    for (const Column& column : table.columns) html += cell("th", column.title, column.kind);
    html += "</tr></thead><tbody>\n";
    for (const auto& row : table.rows) {
      html += "<tr>";
      for (std::size_t c = 0; c < row.size(); ++c) {
        const Column::Kind kind = table.columns[c].kind;
        html += cell("td", plain_text(row[c], kind), kind);
      }
      html += "</tr>\n";
    }
    html += "</tbody></table></div>\n";
    return table.title.empty() ? html : folded(table.title, "\n" + html, " open");
  }
};

std::string header_of(const Document& document) {
  std::string html = "<header>";
  if (!document.subject.empty()) html += "<p class=\"kicker\">" + html_escaped(document.subject) + "</p>";
  html += element("h1", document.title) + "\n";
  if (!document.facts.empty()) html += "<p class=\"facts\">" + html_escaped(document.facts) + "</p>\n";
  for (const Warning& warning : document.warnings) {
    html += "<p class=\"warning\" role=\"note\">" + element("strong", warning.title) + " " +
            html_escaped(warning.text) + "</p>\n";
  }
  return html + "</header>\n";
}

}  // namespace

std::string as_html(const Document& document) {
  std::string body = header_of(document);
  for (const Section& section : document.sections) {
    if ((section.forms & in_html) == 0) continue;
    body += "<section id=\"" + section.id + "\">" + element("h2", section.title) + "\n";
    for (const Block& block : section.blocks) {
      if ((block.forms & in_html) != 0) body += std::visit(HtmlBlock{}, block.content);
    }
    body += "</section>\n";
  }
  return "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" "
         "content=\"width=device-width, initial-scale=1\">\n<link rel=\"icon\" href=\"data:,\">\n" +
         element("title", document.title) + "\n<style>" + style + "</style>\n</head>\n<body>\n" + body +
         "</body>\n</html>\n";
}

}  // namespace musicmem::launcher
