// SPDX-License-Identifier: GPL-3.0-or-later
#include "launcher/run/together.h"

#include "distributed/error.h"
#include "launcher/run/exit_code.h"

#include <iterator>
#include <new>
#include <sstream>

namespace musicmem::launcher {
namespace {

constexpr char succeeded = '.';

// "." after success, else the exit code as one byte and the error's line.
std::string outcome_of(const std::function<void()>& work) {
  try {
    work();
    return std::string(1, succeeded);
  } catch (const std::bad_alloc&) {
    return "\1out of memory; use fewer ranks on a node";
  } catch (const std::exception& error) {
    return static_cast<char>(exit_code_of(error)) + std::string(error.what());
  }
}

[[noreturn]] void throw_outcome(const std::string& outcome) {
  throw CommonError(outcome.substr(1), outcome[0]);
}

}  // namespace

int exit_code_of(const std::exception& error) {
  if (const auto* common = dynamic_cast<const CommonError*>(&error)) return common->exit_code();
  if (dynamic_cast<const distributed::TimeoutError*>(&error) != nullptr) return exit_code::interrupted;
  return dynamic_cast<const UsageError*>(&error) != nullptr ? exit_code::usage : exit_code::error;
}

void together(distributed::Communicator& ranks, const std::string& what, const std::function<void()>& work) {
  for (const std::string& outcome : ranks.all_gather(outcome_of(work), what)) {
    if (outcome[0] != succeeded) throw_outcome(outcome);
  }
}

std::string from_rank_zero(distributed::Communicator& ranks, const std::string& what,
                           const std::function<std::string()>& work) {
  std::string message;
  if (ranks.rank() == 0) {
    std::string bytes;
    message = outcome_of([&] { bytes = work(); });
    if (message[0] == succeeded) message += bytes;
  }
  message = ranks.broadcast(std::move(message), 0, what);
  if (message[0] != succeeded) throw_outcome(message);
  return message.substr(1);
}

std::vector<std::size_t> indices_from_rank_zero(distributed::Communicator& ranks, const std::string& what,
                                                const std::function<std::vector<std::size_t>()>& work) {
  std::istringstream packed(from_rank_zero(ranks, what, [&] {
    std::string words;
    for (const std::size_t index : work()) words += std::to_string(index) + " ";
    return words;
  }));
  return {std::istream_iterator<std::size_t>(packed), {}};
}

}  // namespace musicmem::launcher
