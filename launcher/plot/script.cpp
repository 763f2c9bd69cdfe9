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

ScriptInput& ScriptInput::set_rows(const std::vector<std::string>& names) {
  std::vector<std::string> tics;
  std::transform(names.begin(), names.end(), std::back_inserter(tics), gnuplot_tic);
  return set("rows", names.size()).define("names", tics);
}

std::string ScriptInput::drawn_by(std::initializer_list<std::string_view> scripts) const {
  std::string commands = lines_;
  for (const std::string_view script : scripts) commands += script_text(script);
  return commands;
}

Figure panel_figure(const std::string& name, std::string caption, const std::vector<std::string>& titles,
                    ScriptInput input) {
  constexpr std::size_t panel_width = 295;
  constexpr std::size_t panel_height = 300;
  constexpr std::size_t most_columns = 4;
  const std::size_t rows = (titles.size() + most_columns - 1) / most_columns;
  const std::size_t columns = (titles.size() + rows - 1) / rows;
  input.set("rows", rows).set("columns", columns).set("panels", titles.size()).set("titles", titles);
  return {name, std::move(caption), static_cast<int>(columns * panel_width),
          static_cast<int>(rows * panel_height), input.drawn_by({"panels", name})};
}

}  // namespace musicmem::launcher
