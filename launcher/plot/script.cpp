// SPDX-License-Identifier: GPL-3.0-or-later
#include "launcher/plot/script.h"

#include "data/files/csv.h"
#include "launcher/text/markup.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include <fmt/ranges.h>

namespace musicmem::launcher {
namespace {

// Six digits are more than a picture shows.
std::string number(double value) {
  if (!std::isfinite(value)) return "NaN";
  return fmt::format("{:.6g}", value);
}

}  // namespace

Axis Axis::around(const std::vector<double>& values) {
  double low = std::numeric_limits<double>::infinity();
  double high = -low;
  for (const double value : values) {
    if (!std::isfinite(value)) continue;
    low = std::min(low, value);
    high = std::max(high, value);
  }
  if (low > high) return {};
  constexpr double room = 0.04;
  double margin = room * (high - low);
  if (margin == 0.0) margin = high == 0.0 ? 1.0 : room * std::abs(high);
  return {low - margin, high + margin};
}

double Axis::step() const {
  constexpr double intervals = 4.0;
  const double wanted = (high - low) / intervals;
  const double decade = std::pow(10.0, std::floor(std::log10(wanted)));
  for (const auto& [nice, up_to] : {std::pair(1.0, 1.5), std::pair(2.0, 3.5), std::pair(5.0, 7.5)}) {
    if (wanted < up_to * decade) return nice * decade;
  }
  return 10.0 * decade;
}

double Axis::wide_step() const {
  constexpr double most_tics = 3.9;
  return (high - low) / step() > most_tics ? 2.0 * step() : step();
}

void DataBlock::row(const std::vector<double>& values) {
  for (const double value : values) lines_ += number(value) + " ";
  lines_ += "\n";
}

void DataBlock::row(const std::vector<double>& values, const std::string& text) {
  for (const double value : values) lines_ += number(value) + " ";
  lines_ += gnuplot_quoted(text) + "\n";
}

void DataBlock::end_set() {
  if (lines_.size() == set_begin_) lines_ += "NaN NaN NaN NaN NaN\n";
  lines_ += "\n\n";
  set_begin_ = lines_.size();
}

ScriptInput& ScriptInput::define(const std::string& name, const std::string& value) {
  lines_ += name + " = " + value + "\n";
  return *this;
}

ScriptInput& ScriptInput::define(const std::string& name, const std::vector<std::string>& values) {
  lines_ += fmt::format("array {}[{}] = [{}]\n", name, values.size(), fmt::join(values, ", "));
  return *this;
}

ScriptInput& ScriptInput::set(const std::string& name, double value) {
  return define(name, data::format_number(value));
}

ScriptInput& ScriptInput::set(const std::string& name, std::size_t value) {
  return define(name, std::to_string(value));
}

ScriptInput& ScriptInput::set(const std::string& name, const std::vector<double>& values) {
  std::vector<std::string> texts;
  std::transform(values.begin(), values.end(), std::back_inserter(texts), data::format_number);
  return define(name, texts);
}

ScriptInput& ScriptInput::set(const std::string& name, const std::vector<std::string>& values) {
  std::vector<std::string> texts;
  std::transform(values.begin(), values.end(), std::back_inserter(texts), gnuplot_quoted);
  return define(name, texts);
}

ScriptInput& ScriptInput::set(const std::string& name, const Axis& axis) {
  return set(name + "_low", axis.low).set(name + "_high", axis.high).set(name + "_step", axis.step());
}

ScriptInput& ScriptInput::set(const DataBlock& block) {
  lines_ += block.definition();
  return *this;
}

ScriptInput& ScriptInput::set_text(const std::string& name, const std::string& text) {
  return define(name, gnuplot_quoted(text));
}

ScriptInput& ScriptInput::set(const Rows& rows) {
  std::vector<std::string> tics;
  std::transform(rows.labels.begin(), rows.labels.end(), std::back_inserter(tics),
                 rows.above ? gnuplot_quoted : gnuplot_tic);
  return set("rows", rows.labels.size())
      .define("names", tics)
      .set("tops", rows.tops)
      .set("middles", rows.middles)
      .set("rows_height", rows.height)
      .set("names_above", static_cast<std::size_t>(rows.above))
      .set("left", static_cast<std::size_t>(rows.margin));
}

std::string ScriptInput::drawn_by(std::initializer_list<std::string_view> scripts) const {
  std::string commands = lines_;
  for (const std::string_view script : scripts) commands += script_text(script);
  return commands;
}

std::string wrapped(const std::string& text, std::size_t letters) {
  const auto is_start = [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; };
  std::string lines;
  std::string line;
  std::size_t in_line = 0;   // letters of `line`
  std::size_t break_at = 0;  // bytes of `line` after which it may end
  for (const char letter : text) {
    if (is_start(letter) && in_line == letters) {
      const std::size_t end = break_at > 0 ? break_at : line.size();
      lines += line.substr(0, line[end - 1] == ' ' ? end - 1 : end) + "\n";
      line.erase(0, end);
      in_line = static_cast<std::size_t>(std::ranges::count_if(line, is_start));
      break_at = 0;
    }
    if (is_start(letter)) ++in_line;
    line += letter;
    if (std::string_view(" _./").find(letter) != std::string_view::npos) break_at = line.size();
  }
  return lines + line;
}

Rows::Rows(const std::vector<std::string>& names, const Layout& layout, double content) {
  constexpr double line_height = 15.0;
  constexpr double letter_width = 8.2;
  constexpr double narrowest_letters = 7.4;  // on average, of long names
  constexpr std::size_t most_beside = 30;
  constexpr std::size_t most_beside_when_narrow = 14;
  constexpr std::size_t most_above = 42;
  constexpr double gap = 8.0;
  const auto letters_of = [](const std::string& text) {
    return static_cast<std::size_t>(
        std::ranges::count_if(text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
  };
  const std::size_t beside = layout.narrow ? most_beside_when_narrow : most_beside;
  above = layout.narrow &&
          std::ranges::any_of(names, [&](const std::string& name) { return letters_of(name) > beside; });
  std::vector<double> heights;
  std::size_t longest = 0;
  for (const std::string& name : names) {
    labels.push_back(wrapped(name, above ? most_above : beside));
    longest = std::max(longest, std::min(beside, letters_of(name)));
    const double text = line_height * static_cast<double>(1 + std::ranges::count(labels.back(), '\n'));
    heights.push_back(above ? text + content : std::max(text + gap / 2.0, content));
    height += heights.back();
  }
  double top = height;
  for (const double row : heights) {
    tops.push_back(top);
    middles.push_back(above ? top - row + 0.5 * content : top - 0.5 * row);
    top -= row;
  }
  margin = above ? 12
                 : static_cast<int>((longest > most_beside_when_narrow ? narrowest_letters : letter_width) *
                                        static_cast<double>(longest) +
                                    gap);
}

Drawing row_drawing(const Layout& layout, const Rows& rows, double top, double bottom, ScriptInput input,
                    std::initializer_list<std::string_view> scripts, std::size_t panels) {
  const double height = std::ceil(top + static_cast<double>(panels) * (rows.height + bottom));
  input.set(rows).set("top", top).set("bottom", bottom).set("stacked", panels > 1 ? 1.0 : 0.0);
  input.set("figure_width", static_cast<double>(layout.width())).set("figure_height", height);
  return {layout.width(), static_cast<int>(height), input.drawn_by(scripts)};
}

Figure both_layouts(const std::string& name, std::string caption,
                    const std::function<Drawing(const Layout&)>& draw) {
  return {name, std::move(caption), draw({.narrow = false}), draw({.narrow = true})};
}

Figure plain_figure(const std::string& name, std::string caption, int height, const ScriptInput& input,
                    std::initializer_list<std::string_view> scripts) {
  return both_layouts(name, std::move(caption), [&](const Layout& layout) {
    return Drawing{layout.width(), height, input.drawn_by(scripts)};
  });
}

Figure panel_figure(const std::string& name, std::string caption, const std::vector<std::string>& titles,
                    const ScriptInput& input, const std::string& script) {
  constexpr std::size_t few = 4;
  constexpr int most_width = 380;
  constexpr int room_for_title = 24;
  constexpr int room_for_title_of_y = 18;
  constexpr int room_for_axis = 58;
  constexpr int margins = 56;  // left and right of a panel
  constexpr int room_for_key = 26;
  constexpr int line_height = 15;
  constexpr double letter_width = 7.0;
  return both_layouts(name, std::move(caption), [&](const Layout& layout) {
    const std::size_t columns = titles.size() == 1 ? 1 : titles.size() <= few || layout.narrow ? 2 : 3;
    const std::size_t rows = (titles.size() + columns - 1) / columns;
    const int width =
        std::min(most_width, (layout.width() - room_for_title_of_y) / static_cast<int>(columns));
    std::vector<std::string> lines;
    int most_lines = 1;
    for (const std::string& title : titles) {
      lines.push_back(wrapped(title, static_cast<std::size_t>((width - 10) / letter_width)));
      most_lines = std::max(most_lines, 1 + static_cast<int>(std::ranges::count(lines.back(), '\n')));
    }
    const int height = width - margins + room_for_axis + room_for_title + line_height * (most_lines - 1);
    ScriptInput all = input;
    all.set("rows", rows).set("columns", columns).set("panels", titles.size()).set("titles", lines);
    all.set("narrow", static_cast<std::size_t>(layout.narrow));
    all.set("panel_width", static_cast<std::size_t>(width))
        .set("panel_height", static_cast<std::size_t>(height));
    const int title_height = room_for_title + line_height * (most_lines - 1);
    all.set("title_height", static_cast<std::size_t>(title_height));
    all.set("key_height", static_cast<std::size_t>(room_for_key));
    all.set("figure_width", static_cast<std::size_t>(layout.width()));
    const int total = room_for_key + height * static_cast<int>(rows);
    all.set("figure_height", static_cast<std::size_t>(total));
    return Drawing{layout.width(), total, all.drawn_by({"panels", script.empty() ? name : script})};
  });
}

}  // namespace musicmem::launcher
