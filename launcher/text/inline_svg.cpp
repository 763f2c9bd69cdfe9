// SPDX-License-Identifier: GPL-3.0-or-later
#include "launcher/text/inline_svg.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace musicmem::launcher {
namespace {

struct Colour {
  std::string_view drawn;  // as gnuplot writes it, without blanks
  std::string_view of_page;
};

// Of launcher/plot/style.gp and of gnuplot itself, with the variables of page_style.
constexpr std::array colours = {Colour{"#ffffff", "var(--paper)"},
                                Colour{"rgb(255,255,255)", "var(--paper)"},
                                Colour{"black", "var(--ink)"},
                                Colour{"rgb(0,0,0)", "var(--ink)"},
                                Colour{"rgb(34,34,34)", "var(--ink)"},
                                Colour{"rgb(85,85,85)", "var(--frame)"},
                                Colour{"rgb(119,119,119)", "var(--soft)"},
                                Colour{"rgb(136,136,136)", "var(--soft)"},
                                Colour{"rgb(227,227,227)", "var(--grid)"},
                                Colour{"rgb(195,204,213)", "var(--pale)"},
                                Colour{"rgb(217,238,229)", "var(--region)"},
                                Colour{"rgb(191,227,212)", "var(--region)"},
                                Colour{"rgb(0,114,178)", "var(--blue)"},
                                Colour{"rgb(213,94,0)", "var(--vermilion)"},
                                Colour{"rgb(0,158,115)", "var(--green)"}};

// All that begins with `from` and ends with `to`, and the end of its line.
void remove_parts(std::string& text, std::string_view from, std::string_view to) {
  std::string kept;
  std::size_t at = 0;
  for (std::size_t begin = text.find(from); begin != std::string::npos; begin = text.find(from, at)) {
    const std::size_t end = text.find(to, begin);
    if (end == std::string::npos) break;
    kept.append(text, at, begin - at);
    at = end + to.size();
    if (at < text.size() && text[at] == '\n') ++at;
  }
  text = kept.append(text, at, std::string::npos);
}

std::string without_blanks(std::string_view text) {
  std::string result;
  for (const char c : text) {
    if (c != ' ') result += c;
  }
  return result;
}

// Values of fill, stroke and color.
std::string with_colours_of_page(const std::string& svg) {
  std::string result;
  std::size_t copied = 0;
  for (std::size_t at = svg.find_first_of("'\""); at != std::string::npos;
       at = svg.find_first_of("'\"", at)) {
    const std::size_t end = svg.find(svg[at], at + 1);
    if (end == std::string::npos) break;
    std::size_t name = at;
    while (name > 0 && (svg[name - 1] == ' ' || svg[name - 1] == '=')) --name;
    const std::string_view before = std::string_view(svg).substr(0, name);
    if (before.ends_with("fill") || before.ends_with("stroke") || before.ends_with(" color")) {
      const std::string drawn = without_blanks(std::string_view(svg).substr(at + 1, end - at - 1));
      for (const Colour& colour : colours) {
        if (drawn != colour.drawn) continue;
        result += svg.substr(copied, at + 1 - copied);
        result += colour.of_page;
        copied = end;
        break;
      }
    }
    at = end + 1;
  }
  return result + svg.substr(copied);
}

}  // namespace

std::string inline_svg(const std::string& svg, const std::string& label, const std::string& of_class) {
  constexpr std::string_view opening = "<svg";
  std::string drawing = svg.substr(std::min(svg.size(), svg.find(opening)));
  remove_parts(drawing, "<title>", "</title>");
  remove_parts(drawing, "<desc>", "</desc>");
  drawing.insert(std::min(opening.size(), drawing.size()),
                 " class=\"" + of_class + "\" role=\"img\" aria-labelledby=\"" + label + "\"");
  return with_colours_of_page(drawing);
}

}  // namespace musicmem::launcher
