// SPDX-License-Identifier: GPL-3.0-or-later
#include "launcher/plot/panels.h"

#include "data/files/csv.h"
#include "launcher/text/markup.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include <fmt/format.h>

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

std::string Axis::range() const {
  return "[" + data::format_number(low) + ":" + data::format_number(high) + "]";
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

Figure panel_figure(std::string name, std::string caption, const std::vector<Panel>& panels) {
  constexpr int panel_width = 295;
  constexpr int panel_height = 300;
  const int count = static_cast<int>(panels.size());
  constexpr int most_columns = 4;
  const int rows = (count + most_columns - 1) / most_columns;
  const int columns = (count + rows - 1) / rows;
  Figure figure{std::move(name), std::move(caption), columns * panel_width, rows * panel_height, ""};
  figure.commands = "set multiplot layout " + std::to_string(rows) + "," + std::to_string(columns) +
                    "\nset size ratio 1\nset lmargin 7\nset rmargin 1\nset tmargin 2\nset bmargin 3.5\nset "
                    "tics font \",9\"\nset xlabel font \",10\" offset 0,0.4\n"
                    "set ylabel font \",10\" offset 0.8,0\n";
  for (const Panel& panel : panels) {
    figure.commands +=
        "set title " + gnuplot_quoted(panel.title) + " font \",11\" offset 0,-0.5\n" + panel.commands;
  }
  figure.commands += "unset multiplot\n";
  return figure;
}

}  // namespace musicmem::launcher
