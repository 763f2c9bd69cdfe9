// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <stdexcept>
#include <string>

namespace musicmem {

// How the program is to end after an error.
enum class ErrorKind {
  input,       // a file, a setting or the machine is at fault
  usage,       // a word on the command line does not exist: command, option or override key
  retry,       // another start of the same command may succeed
  lost_lease,  // another start of the program owns the run now
};

// An expected failure of a user's input or of the machine under it: what was wrong, where, and what to do.
//
// `where` is a file, a file and line, or a command-line word, and may be empty; `advice` may be empty.
// what() joins the three into the one line that the user sees: "where: problem; advice".
// Functions that can fail on input throw it; a programmer's mistake is an assert instead.
class Error : public std::runtime_error {
 public:
  explicit Error(std::string problem, std::string where = "", std::string advice = "",
                 ErrorKind kind = ErrorKind::input);

  const std::string& problem() const { return problem_; }
  const std::string& where() const { return where_; }
  const std::string& advice() const { return advice_; }
  ErrorKind kind() const { return kind_; }

 private:
  std::string problem_;
  std::string where_;
  std::string advice_;
  ErrorKind kind_;
};

// An Error of kind usage.
Error usage_error(std::string problem, std::string where = "", std::string advice = "");

// "problem; advice": the parts of an error that do not depend on where the file lies.
std::string without_place(const Error& error);

}  // namespace musicmem
