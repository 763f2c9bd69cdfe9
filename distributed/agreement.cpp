// SPDX-License-Identifier: GPL-3.0-or-later
#include "distributed/agreement.h"

#include "distributed/wire.h"

#include <exception>
#include <new>
#include <utility>

namespace musicmem::distributed {
namespace {

StepOutcome outcome_of(const std::function<void()>& work) {
  StepOutcome outcome;
  try {
    work();
  } catch (const std::exception& error) {
    outcome.kind = kind_of(error);
    outcome.failure = cause_of_current_exception();
  }
  return outcome;
}

void require_success(const StepOutcome& outcome, int rank) {
  if (!outcome.failure.empty()) throw SharedError(Error(outcome.failure, "", "", outcome.kind), rank);
}

}  // namespace

NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(StepOutcome, sum, stop, failure, kind)

StepOutcome agree(Communicator& ranks, const StepOutcome& outcome, const std::string& what) {
  StepOutcome all;
  int rank = 0;
  for (const StepOutcome& other : all_gather(ranks, outcome, what)) {
    require_success(other, rank++);
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
  } catch (const std::bad_alloc&) {
    return "out of memory; use fewer ranks on a node";
  } catch (const std::exception& error) {
    // LibTorch appends a stack trace.
    const std::string text = error.what();
    return text.empty() ? "an error without a text" : text.substr(0, text.find("\nException raised from"));
  }
}

void together(Communicator& ranks, const std::string& what, const std::function<void()>& work) {
  agree(ranks, outcome_of(work), what);
}

std::string bytes_from_rank_zero(Communicator& ranks, const std::string& what,
                                 const std::function<std::string()>& work) {
  std::pair<StepOutcome, std::string> result;
  if (ranks.rank() == 0) result.first = outcome_of([&] { result.second = work(); });
  result = broadcast(ranks, result, what);
  require_success(result.first, 0);
  return std::move(result.second);
}

void end_job_on_lone_failure(Communicator& ranks, const std::string& what,
                             const std::function<void()>& work) {
  try {
    work();
  } catch (const SharedError&) {
    throw;
  } catch (const Interrupted&) {
    throw;
  } catch (...) {
    const std::string cause = cause_of_current_exception();
    if (ranks.size() == 1) throw;
    throw CommunicationError(what, ranks.rank(), CommunicationError::every_rank, cause);
  }
}

}  // namespace musicmem::distributed
