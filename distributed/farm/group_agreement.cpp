// SPDX-License-Identifier: GPL-3.0-or-later
#include "distributed/farm/group_agreement.h"

#include "distributed/farm/task_farm.h"

#include <cstdlib>
#include <exception>
#include <vector>

namespace musicmem::distributed {
namespace {

constexpr std::size_t number_length = 32;

// "<stop><sum in hexadecimal, padded><error>": the sum keeps every bit.
std::string encode(const PhaseOutcome& outcome) {
  char number[number_length + 1];
  std::snprintf(number, sizeof number, "%-32a", outcome.sum);
  return std::string(outcome.stop ? "1" : "0") + number + outcome.error;
}

PhaseOutcome decode(const std::string& bytes) {
  return {std::strtod(bytes.substr(1, number_length).c_str(), nullptr), bytes.at(0) == '1',
          bytes.substr(1 + number_length)};
}

}  // namespace

GroupOutcome agree(Communicator& group, const PhaseOutcome& outcome, const std::string& what) {
  const std::vector<std::string> outcomes = group.all_gather(encode(outcome), what);
  GroupOutcome all;
  for (std::size_t rank = 0; rank < outcomes.size(); ++rank) {
    const PhaseOutcome other = decode(outcomes[rank]);
    if (!other.error.empty()) {
      throw GroupError(group.size() == 1 ? other.error
                                         : "rank " + std::to_string(rank) + " of the group: " + other.error);
    }
    all.sum += other.sum;
    all.stop |= other.stop;
  }
  return all;
}

std::string cause_of_current_exception() {
  try {
    throw;
  } catch (const CommunicationError&) {
    throw;
  } catch (const std::exception& error) {
    // LibTorch appends a stack trace.
    const std::string text = error.what();
    return text.empty() ? "an error without a text" : text.substr(0, text.find("\nException raised from"));
  }
}

void run_in_step(Communicator& group, const std::string& what, const std::function<void()>& work) {
  PhaseOutcome outcome;
  try {
    work();
  } catch (...) {
    outcome.error = cause_of_current_exception();
  }
  agree(group, outcome, what);
}

void end_job_on_lone_failure(Communicator& group, const std::string& what,
                             const std::function<void()>& work) {
  try {
    work();
  } catch (const GroupError&) {
    throw;
  } catch (const Interrupted&) {
    throw;
  } catch (...) {
    const std::string cause = cause_of_current_exception();
    if (group.size() == 1) throw;
    throw CommunicationError(what, group.rank(), CommunicationError::every_rank, cause);
  }
}

}  // namespace musicmem::distributed
