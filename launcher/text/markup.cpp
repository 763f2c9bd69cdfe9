// SPDX-License-Identifier: GPL-3.0-or-later
#include "launcher/text/markup.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <initializer_list>

#include <fmt/format.h>

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

bool is_ascii(char c) {
  return static_cast<unsigned char>(c) < 0x80;
}

std::string latex_ascii(std::string_view character) {
  return replaced(character, {{'\\', "\\textbackslash{}"},
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
                              {'"', "\\textquotedbl{}"},
                              {'\'', "\\textquotesingle{}"},
                              {'`', "\\textasciigrave{}"},
                              {'[', "{[}"},
                              {'*', "{*}"}});
}

// One code point of UTF-8.
struct Letter {
  char32_t code = 0;
  std::size_t length = 1;  // in bytes
};

constexpr char32_t no_letter = 0xFFFD;
constexpr char32_t narrow_space = 0x202F;  // that does not break a line
constexpr char32_t apostrophe = 0x2019;
constexpr char32_t en_dash = 0x2013;
constexpr char32_t minus_sign = 0x2212;

// `text[at]` is not ASCII. What is not UTF-8 is `no_letter`, byte by byte.
Letter letter_at(std::string_view text, std::size_t at) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned first = byte(at);
  const std::size_t length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
  if (first < 0xC2 || first > 0xF4 || at + length > text.size()) return {no_letter, 1};
  char32_t code = first & (0x7FU >> length);
  for (std::size_t i = at + 1; i < at + length; ++i) {
    if ((byte(i) & 0xC0U) != 0x80U) return {no_letter, 1};
    code = code << 6U | (byte(i) & 0x3FU);
  }
  const bool overlong = (length == 3 && code < 0x800) || (length == 4 && code < 0x10000);
  const bool surrogate = code >= 0xD800 && code < 0xE000;
  if (overlong || surrogate || code > 0x10FFFF) return {no_letter, 1};
  return {code, length};
}

}  // namespace

std::string rounded(const std::optional<double>& value, int digits) {
  if (!value) return "-";
  return fmt::format("{:.{}f}", *value, digits);
}

std::string rounded(const std::optional<models::Interval>& interval) {
  if (!interval) return "-";
  return rounded(interval->low) + " to " + rounded(interval->high);
}

int digits_for(const std::optional<double>& error) {
  constexpr int usual = 3;
  constexpr int most = 9;
  if (!error || !std::isfinite(*error) || *error <= 0.0) return usual;
  return std::clamp(1 - static_cast<int>(std::floor(std::log10(*error))), 1, most);
}

std::string p_text(const std::optional<double>& p) {
  constexpr double smallest_shown = 0.001;
  if (p && *p < smallest_shown) return "< 0.001";
  return rounded(p);
}

std::string with_minus(std::string number) {
  if (number.starts_with('-')) number.replace(0, 1, "\u2212");
  return number;
}

std::string with_thousands(int number) {
  std::string digits = std::to_string(number);
  constexpr std::size_t group = 3;
  if (digits.size() > group) digits.insert(digits.size() - group, ",");
  return digits;
}

std::string resamples_text(const std::vector<int>& numbers) {
  if (numbers.empty()) return with_thousands(models::usual_resamples);
  const auto [least, most] = std::minmax_element(numbers.begin(), numbers.end());
  return *least == *most ? with_thousands(*most) : with_thousands(*least) + " to " + with_thousands(*most);
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

// Ligatures of TeX fonts are broken up, and what "\\" before it would take for
// its argument is put into braces.
std::string latex_escaped(std::string_view text) {
  std::string result;
  for (std::size_t at = 0; at < text.size();) {
    const char c = text[at];
    if (is_ascii(c)) {
      const bool ligature = (c == '-' || c == ',') && at > 0 && text[at - 1] == c;
      result += (ligature ? "{\\kern0pt}" : "") + latex_ascii(text.substr(at, 1));
      ++at;
      continue;
    }
    const Letter letter = letter_at(text, at);
    char code[16];
    std::snprintf(code, sizeof code, "%04X", static_cast<unsigned>(letter.code));
    const std::string bytes(text.substr(at, letter.length));
    constexpr char32_t last_of_latin_1 = 0xFF;
    if (letter.code == no_letter) {
      result += "{[}byte]";
    } else if (letter.code == narrow_space) {
      result += "\\,";
    } else if (letter.code == apostrophe) {
      result += result.ends_with('\'') ? "{\\kern0pt}'" : "'";
    } else if (letter.code == en_dash) {
      result += "--";
    } else if (letter.code == minus_sign) {
      result += "$-$";
    } else if (letter.code <= last_of_latin_1) {
      result += bytes;
    } else {
      result += "\\musicmemletter{" + bytes + "}{" + code + "}";
    }
    at += letter.length;
  }
  return result;
}

std::string latex_letters() {
  return R"(\providecommand*{\musicmemletter}{}
\ifdefined\Umathcode % lualatex, xelatex: is it in the font?
  \renewcommand*{\musicmemletter}[2]{\iffontchar\font"#2 #1\else[U+#2]\fi}
\else % pdflatex: is it in an encoding?
  \renewcommand*{\musicmemletter}[2]{\ifcsname u8:\detokenize{#1}\endcsname#1\else[U+#2]\fi}
\fi
)";
}

std::string gnuplot_tic(std::string_view text) {
  return gnuplot_quoted(replaced(text, {{'%', "%%"}, {'\n', "\n"}}));
}

// gnuplot runs what stands between backticks as a shell command, in double quotes too, but not what an octal
// escape stands for.
std::string gnuplot_quoted(std::string_view text) {
  return "\"" + replaced(text, {{'\\', "\\\\"}, {'"', "\\\""}, {'`', "\\140"}, {'\n', "\\n"}}) + "\"";
}

}  // namespace musicmem::launcher
