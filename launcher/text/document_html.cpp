// SPDX-License-Identifier: GPL-3.0-or-later
#include "launcher/text/document.h"
#include "launcher/text/inline_svg.h"
#include "launcher/text/markup.h"
#include "launcher/text/page_style.h"

#include <algorithm>

#include <fmt/format.h>

namespace musicmem::launcher {
namespace {

std::string element(const std::string& tag, const std::string& text) {
  return "<" + tag + ">" + html_escaped(text) + "</" + tag + ">";
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

std::string folded(const std::string& title, const std::string& body) {
  return "<details>" + element("summary", title) + body + "</details>\n";
}

// Titles of groups of columns above those of the columns.
std::string head_of(const Table& table) {
  const bool has_groups =
      std::ranges::any_of(table.columns, [](const Column& column) { return !column.group.empty(); });
  std::string groups;
  std::string titles;
  for (std::size_t c = 0; c < table.columns.size();) {
    std::size_t end = c + 1;
    const std::string& group = table.columns[c].group;
    while (end < table.columns.size() && !group.empty() && table.columns[end].group == group) ++end;
    groups += group.empty() ? "<td></td>"
                            : fmt::format("<th colspan=\"{}\" scope=\"colgroup\">{}</th>", end - c,
                                          html_escaped(group));
    for (; c < end; ++c) {
      const bool is_name = table.columns[c].kind == Column::Kind::name;
      titles += fmt::format("<th scope=\"col\"{}>{}</th>", is_name ? " class=\"name\"" : "",
                            html_escaped(table.columns[c].title));
    }
  }
  return "<thead>" + (has_groups ? "<tr class=\"groups\">" + groups + "</tr>" : "") + "<tr>" + titles +
         "</tr></thead>";
}

std::string sound_cell(const std::string& address, const std::string& name) {
  if (address.empty()) return "<td>\u2013</td>";
  return fmt::format(
      "<td class=\"sound\"><audio controls preload=\"none\" aria-label=\"{}\" src=\"{}\"></audio></td>",
      html_escaped("Play " + name), html_escaped(address));
}

std::string class_of(Column::Kind kind) {
  return kind == Column::Kind::name       ? " class=\"name\""
         : kind == Column::Kind::interval ? " class=\"interval\""
                                          : "";
}

// The first cell of a row is its head; others carry their titles for phones, where a row becomes a block.
std::string row_of(const Table& table, std::size_t r) {
  const bool is_marked = !table.marked.empty() && table.marked[r];
  std::string html = is_marked ? "<tr class=\"marked\">" : "<tr>";
  for (std::size_t c = 0; c < table.columns.size(); ++c) {
    const Column& column = table.columns[c];
    const std::string text = html_escaped(page_text(table.rows[r][c], column.kind));
    if (column.kind == Column::Kind::sound) {
      html += sound_cell(table.rows[r][c].text, table.rows[r][0].text);
    } else if (c == 0 && column.kind == Column::Kind::name) {
      const std::string star =
          is_marked ? fmt::format("<abbr title=\"{}\">*</abbr> ", html_escaped(table.mark)) : "";
      html += "<th scope=\"row\" class=\"name\">" + star + text + "</th>";
    } else {
      html += fmt::format("<td{} data-title=\"{}\">{}</td>", class_of(column.kind),
                          html_escaped(column.title), text);
    }
  }
  return html + "</tr>\n";
}

// Blocks of a page, which count its figures and tables.
class HtmlBlock {
 public:
  std::string operator()(const Heading& heading) const { return element("h3", heading.text) + "\n"; }
  std::string operator()(const Paragraph& paragraph) const {
    return "<p>" + html_text(paragraph.text) + "</p>\n";
  }
  std::string operator()(const Notes& notes) const {
    if (notes.paragraphs.empty()) return "";
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
    return folded(listing.title, "<pre tabindex=\"0\" role=\"region\" aria-label=\"" +
                                     html_escaped(listing.title) + "\">" + html_escaped(listing.text) +
                                     "</pre>");
  }
  std::string operator()(const Picture& picture) {
    if (picture.svg.find("<svg") == std::string::npos) return "";
    const std::string id = fmt::format("figure-{}", ++figures_);
    std::string html = "<figure" + std::string(picture.narrow_svg.empty() ? " class=\"one-form\"" : "") +
                       ">" + inline_svg(picture.svg, id, "wide");
    if (!picture.narrow_svg.empty()) html += inline_svg(picture.narrow_svg, id, "narrow");
    return html + fmt::format("<figcaption id=\"{}\"><strong>Figure {}.</strong> {}.</figcaption></figure>\n",
                              id, figures_, html_escaped(picture.caption));
  }
  std::string operator()(const Table& table) {
    constexpr std::size_t many = 8;  // columns, which only a desk has room for
    ++tables_;
    const std::string name =
        "Table " + std::to_string(tables_) + (table.title.empty() ? "" : ". " + table.title);
    std::string html = "<table" + std::string(table.columns.size() > many ? " class=\"many\"" : "") +
                       "><caption" + std::string(table.is_folded ? " class=\"unseen\"" : "") + ">" +
                       html_escaped(name) + "</caption>" + head_of(table) + "<tbody>\n";
    for (std::size_t r = 0; r < table.rows.size(); ++r) html += row_of(table, r);
    html += "</tbody></table>\n";
    html = fmt::format("<div class=\"table\" role=\"region\" aria-label=\"{}\" tabindex=\"0\">{}</div>\n",
                       html_escaped(name), html);
    if (std::ranges::find(table.marked, true) != table.marked.end())
      html += "<p class=\"mark\">* " + html_escaped(table.mark) + "</p>\n";
    return table.is_folded ? folded(name, "\n" + html) : html;
  }

 private:
  int figures_ = 0;
  int tables_ = 0;
};

std::string contents_of(const Document& document) {
  std::string items;
  std::size_t count = 0;
  for (const Section& section : document.sections) {
    if ((section.forms & in_html) == 0) continue;
    items += "<li><a href=\"#" + section.id + "\">" + html_escaped(section.title) + "</a></li>\n";
    ++count;
  }
  constexpr std::size_t few = 3;
  return count <= few ? "" : "<nav aria-label=\"Contents\"><ol>\n" + items + "</ol></nav>\n";
}

std::string header_of(const Document& document) {
  std::string html = "<header>";
  if (!document.subject.empty()) html += "<p class=\"kicker\">" + html_escaped(document.subject) + "</p>";
  html += element("h1", document.title) + "\n";
  if (!document.summary.empty()) html += "<p class=\"summary\">" + html_escaped(document.summary) + "</p>\n";
  if (!document.facts.empty()) html += "<p class=\"facts\">" + html_escaped(document.facts) + "</p>\n";
  for (const Warning& warning : document.warnings) {
    html += "<p class=\"warning\" role=\"note\">" + element("strong", warning.title) + " " +
            html_escaped(warning.text) + "</p>\n";
  }
  return html + contents_of(document) + "</header>\n";
}

// Figures that follow each other, and notes behind them, share the width of the page.
std::string blocks_of(const Section& section, HtmlBlock& html_of) {
  std::string body;
  bool in_row = false;
  for (const Block& block : section.blocks) {
    if ((block.forms & in_html) == 0) continue;
    const bool is_picture = std::holds_alternative<Picture>(block.content);
    const bool may_stay = is_picture || std::holds_alternative<Notes>(block.content);
    if (in_row && !may_stay) body += "</div>\n";
    if (!in_row && is_picture) body += "<div class=\"figures\">\n";
    in_row = may_stay && (in_row || is_picture);
    body += std::visit(html_of, block.content);
  }
  return body + (in_row ? "</div>\n" : "");
}

}  // namespace

std::string as_html(const Document& document) {
  std::string body = header_of(document) + "<main>\n";
  HtmlBlock html_of;
  for (const Section& section : document.sections) {
    if ((section.forms & in_html) == 0) continue;
    body += "<section id=\"" + section.id + "\">" + element("h2", section.title) + "\n" +
            blocks_of(section, html_of) + "</section>\n";
  }
  return "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" "
         "content=\"width=device-width, initial-scale=1\">\n<meta name=\"color-scheme\" content=\"light dark\">\n"
         "<link rel=\"icon\" href=\"data:,\">\n" +
         element("title", document.title) + "\n<style>" + page_style() + "</style>\n</head>\n<body>\n" +
         body + "</main>\n</body>\n</html>\n";
}

}  // namespace musicmem::launcher
