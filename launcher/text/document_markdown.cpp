// SPDX-License-Identifier: GPL-3.0-or-later
#include "launcher/text/document.h"
#include "launcher/text/markup.h"

#include <algorithm>
#include <cctype>
#include <sstream>

namespace musicmem::launcher {
namespace {

std::string row_of(const std::vector<std::string>& cells) {
  std::string text = "|";
  for (const std::string& cell : cells) text += " " + markdown_escaped(cell) + " |";
  return text + "\n";
}

// Every block ends with its last line; an empty line parts it from the next.
class MarkdownBlock {
 public:
  std::string operator()(const Heading& heading) const {
    return "### " + markdown_escaped(heading.text) + "\n";
  }
  std::string operator()(const Paragraph& paragraph) const {
    std::string text;
    for (const Span& span : paragraph.text) text += markdown_escaped(span.text);
    return text + "\n";
  }
  std::string operator()(const Notes& notes) const {
    std::string text;
    for (const std::string& note : notes.paragraphs) {
      text += (text.empty() ? "" : "\n") + markdown_escaped(note) + "\n";
    }
    return text;
  }
  std::string operator()(const List& list) const {
    std::string text;
    for (const std::string& item : list.items) text += "- " + markdown_escaped(item) + "\n";
    return text;
  }
  std::string operator()(const Facts& facts) const {
    std::string text;
    for (const auto& [title, value] : facts.values) {
      text += "- " + markdown_escaped(title) + ": " + markdown_escaped(value) + "\n";
    }
    return text;
  }
  std::string operator()(const Listing& listing) const {
    std::string text = markdown_escaped(listing.title) + "\n\n";
    std::istringstream lines(listing.text);
    for (std::string line; std::getline(lines, line);) text += "    " + line + "\n";
    return text;
  }
  std::string operator()(const Picture& picture) {
    const std::string caption = markdown_escaped(picture.caption);
    return "![" + caption + "](figures/" + picture.name + ".svg)\n\nFigure " + std::to_string(++figures_) +
           ". " + caption + ".\n";
  }
  std::string operator()(const Table& table) const {
    std::string text;
    std::string rule = "|";
    std::vector<std::string> titles;
    for (const Column& column : table.columns) {
      if (column.kind == Column::Kind::sound) continue;
      titles.push_back(column.title);
      rule += "---|";
    }
    text += row_of(titles) + rule + "\n";
    for (std::size_t r = 0; r < table.rows.size(); ++r) {
      std::vector<std::string> cells;
      for (std::size_t c = 0; c < table.columns.size(); ++c) {
        const Column::Kind kind = table.columns[c].kind;
        if (kind != Column::Kind::sound) cells.push_back(page_text(table.rows[r][c], kind));
      }
      if (!table.marked.empty() && table.marked[r]) cells.front() = "* " + cells.front();
      text += row_of(cells);
    }
    if (std::ranges::find(table.marked, true) != table.marked.end())
      text += "\n" + markdown_escaped("* " + table.mark) + "\n";
    return text;
  }

 private:
  int figures_ = 0;
};

}  // namespace

std::string as_markdown(const Document& document) {
  std::string subject = document.subject;
  if (!subject.empty()) subject[0] = static_cast<char>(std::tolower(static_cast<unsigned char>(subject[0])));
  std::string text = "# " + markdown_escaped(document.title) + (subject.empty() ? "" : ": ") +
                     markdown_escaped(subject) + "\n";
  if (!document.summary.empty()) text += "\n" + markdown_escaped(document.summary) + "\n";
  for (const Warning& warning : document.warnings) {
    text +=
        "\n> **Warning: " + markdown_escaped(warning.title) + "** " + markdown_escaped(warning.text) + "\n";
  }
  MarkdownBlock markdown_of;
  for (const Section& section : document.sections) {
    if ((section.forms & in_markdown) == 0) continue;
    text += "\n## " + markdown_escaped(section.title) + "\n";
    for (const Block& block : section.blocks) {
      if ((block.forms & in_markdown) == 0) continue;
      const std::string lines = std::visit(markdown_of, block.content);
      if (!lines.empty()) text += "\n" + lines;
    }
  }
  return text;
}

}  // namespace musicmem::launcher
