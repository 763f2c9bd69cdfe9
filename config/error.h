// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <stdexcept>
#include <string>

namespace musicmem {

// An expected failure of a user's input or of the machine under it: what was wrong, where, and what to do.
//
// `where` is a file, a file and line, or a command-line word, and may be empty; `advice` may be empty.
// what() joins the three into the one line that the user sees: "where: problem; advice".
// Functions that can fail on input throw it; a programmer's mistake is an assert instead.
class Error : public std::runtime_error {
 public:
  explicit Error(std::string problem, std::string where = "", std::string advice = "");

  const std::string& problem() const { return problem_; }
  const std::string& where() const { return where_; }
  const std::string& advice() const { return advice_; }

 private:
  std::string problem_;
  std::string where_;
  std::string advice_;
};

// A word on the command line that does not exist: command, option or override key. The program exits 2.
class UsageError : public Error {
 public:
  using Error::Error;
};

// "problem; advice": the parts of an error that do not depend on where the file lies.
std::string without_place(const Error& error);

}  // namespace musicmem
