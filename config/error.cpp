// SPDX-License-Identifier: GPL-3.0-or-later
#include "config/error.h"

#include <utility>

namespace musicmem {
namespace {

std::string one_line(const std::string& problem, const std::string& where, const std::string& advice) {
  std::string line = where.empty() ? problem : where + ": " + problem;
  if (!advice.empty()) line += "; " + advice;
  for (char& c : line) {
    if (c == '\n' || c == '\r') c = ' ';
  }
  return line;
}

}  // namespace

Error::Error(std::string problem, std::string where, std::string advice, ErrorKind kind)
    : std::runtime_error(one_line(problem, where, advice)),
      problem_(std::move(problem)),
      where_(std::move(where)),
      advice_(std::move(advice)),
      kind_(kind) {}

Error usage_error(std::string problem, std::string where, std::string advice) {
  return Error(std::move(problem), std::move(where), std::move(advice), ErrorKind::usage);
}

std::string without_place(const Error& error) {
  return one_line(error.problem(), "", error.advice());
}

}  // namespace musicmem
