// SPDX-License-Identifier: GPL-3.0-or-later
#include "launcher/text/document.h"

#include "launcher/text/markup.h"

#include <algorithm>
#include <string_view>

namespace musicmem::launcher {
namespace {

// Characters, not bytes, so that columns with ± line up.
std::size_t width_of(const std::string& text) {
  return static_cast<std::size_t>(std::count_if(
      text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

}  // namespace

Cell::Cell(const std::optional<models::Interval>& interval)
    : text(interval ? rounded(interval->low) : "-"), second(interval ? rounded(interval->high) : "") {}

Cell interval_cell(const std::optional<models::Interval>& interval, int digits) {
  return interval ? Cell(rounded(interval->low, digits), rounded(interval->high, digits)) : Cell("-");
}

std::string plain_text(const Cell& cell, Column::Kind kind) {
  if (cell.second.empty()) return cell.text;
  return cell.text + (kind == Column::Kind::count ? " of " : " to ") + cell.second;
}

std::string page_text(const Cell& cell, Column::Kind kind) {
  if (kind == Column::Kind::name) return cell.text;
  constexpr std::string_view missing = "-";
  if (cell.text.ends_with(missing)) return cell.text.substr(0, cell.text.size() - missing.size()) + "\u2013";
  return plain_text({with_minus(cell.text), with_minus(cell.second)}, kind);
}

std::string as_text(const Table& table) {
  std::vector<std::vector<std::string>> lines(1);
  for (const Column& column : table.columns) lines[0].push_back(column.title);
  for (const auto& row : table.rows) {
    lines.emplace_back();
    for (std::size_t c = 0; c < row.size(); ++c) {
      lines.back().push_back(plain_text(row[c], table.columns[c].kind));
    }
  }
  std::vector<std::size_t> widths(table.columns.size(), 0);
  for (const auto& line : lines) {
    for (std::size_t c = 0; c < line.size(); ++c) widths[c] = std::max(widths[c], width_of(line[c]));
  }
  std::string text;
  for (const auto& cells : lines) {
    std::string line;
    for (std::size_t c = 0; c < cells.size(); ++c) {
      line += cells[c] + std::string(widths[c] - width_of(cells[c]) + 2, ' ');
    }
    text += line.substr(0, line.find_last_not_of(' ') + 1) + "\n";
  }
  return text;
}

}  // namespace musicmem::launcher
