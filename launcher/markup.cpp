// SPDX-License-Identifier: GPL-3.0-or-later
#include "launcher/markup.h"

#include <cstdio>
#include <initializer_list>

namespace musicmem::launcher {
namespace {

using Replacements = std::initializer_list<std::pair<char, std::string_view>>;

// Each character that `replacements` lists is replaced; other control characters become spaces.
std::string replaced(std::string_view text, const Replacements& replacements) {
  std::string result;
  for (const char c : text) {
    bool found = false;
    for (const auto& [from, to] : replacements) {
      if (c != from) continue;
      result += to;
      found = true;
      break;
    }
    const bool control = static_cast<unsigned char>(c) < 0x20 || c == 0x7F;
    if (!found) result += control ? ' ' : c;
  }
  return result;
}

}  // namespace

std::string rounded(const std::optional<double>& value, int digits) {
  if (!value) return "-";
  char text[64];
  std::snprintf(text, sizeof text, "%.*f", digits, *value);
  return text;
}

std::string rounded(const FoldStatistic& statistic) {
  return statistic.mean ? rounded(statistic.mean) + " ± " + rounded(statistic.deviation) : "-";
}

std::string rounded(const std::optional<models::Interval>& interval) {
  if (!interval) return "-";
  return rounded(interval->low) + " to " + rounded(interval->high);
}

std::string p_text(const std::optional<double>& p) {
  constexpr double smallest_shown = 0.001;
  if (p && *p < smallest_shown) return "< 0.001";
  return rounded(p);
}

std::string fits_text(const FitGroup& group) {
  return std::to_string(group.fits.size()) + " of " + std::to_string(group.expected_fits);
}

std::string markdown_escaped(std::string_view text) {
  return replaced(text, {{'\\', "\\\\"},
                         {'`', "\\`"},
                         {'*', "\\*"},
                         {'_', "\\_"},
                         {'{', "\\{"},
                         {'}', "\\}"},
                         {'[', "\\["},
                         {']', "\\]"},
                         {'<', "\\<"},
                         {'>', "\\>"},
                         {'|', "\\|"},
                         {'&', "\\&"},
                         {'~', "\\~"},
                         {'$', "\\$"},
                         {'#', "\\#"}});
}

std::string html_escaped(std::string_view text) {
  return replaced(
      text, {{'&', "&amp;"}, {'<', "&lt;"}, {'>', "&gt;"}, {'"', "&quot;"}, {'\'', "&#39;"}, {'\n', "\n"}});
}

std::string latex_escaped(std::string_view text) {
  return replaced(text, {{'\\', "\\textbackslash{}"},
                         {'{', "\\{"},
                         {'}', "\\}"},
                         {'_', "\\_"},
                         {'%', "\\%"},
                         {'&', "\\&"},
                         {'#', "\\#"},
                         {'$', "\\$"},
                         {'~', "\\textasciitilde{}"},
                         {'^', "\\textasciicircum{}"},
                         {'<', "\\textless{}"},
                         {'>', "\\textgreater{}"},
                         {'|', "\\textbar{}"},
                         {'"', "\\textquotedbl{}"}});
}

std::string gnuplot_tic(std::string_view text) {
  return gnuplot_quoted(replaced(text, {{'%', "%%"}}));
}

std::string gnuplot_quoted(std::string_view text) {
  return "\"" + replaced(text, {{'\\', "\\\\"}, {'"', "\\\""}}) + "\"";
}

}  // namespace musicmem::launcher
