// SPDX-License-Identifier: GPL-3.0-or-later
#include "distributed/error.h"

#include <iomanip>
#include <sstream>
#include <utility>

namespace musicmem::distributed {
namespace {

std::string in_vain(std::chrono::duration<double> waited, int peer, const std::string& waiting_for) {
  std::ostringstream text;
  text << "waited " << std::fixed << std::setprecision(1) << waited.count() << " s";
  if (!waiting_for.empty()) {
    text << " for " << waiting_for;
  } else if (peer != CommunicationError::every_rank) {
    text << " for rank " << peer;
  }
  text << " and gave up";
  return text.str();
}

}  // namespace

CommunicationError::CommunicationError(std::string operation, int rank, int peer, const std::string& problem)
    : std::runtime_error("rank " + std::to_string(rank) + ": " + operation + ": " + problem),
      operation_(std::move(operation)),
      rank_(rank),
      peer_(peer) {}

TimeoutError::TimeoutError(std::string operation, int rank, int peer, std::chrono::duration<double> waited,
                           const std::string& waiting_for)
    : CommunicationError(std::move(operation), rank, peer, in_vain(waited, peer, waiting_for)),
      waited_(waited) {}

MpiError::MpiError(std::string call, int rank, int code, const std::string& code_text)
    : CommunicationError(std::move(call), rank, every_rank,
                         code_text + " (code " + std::to_string(code) + ")"),
      code_(code) {}

ErrorKind kind_of(const std::exception& error) {
  if (dynamic_cast<const TimeoutError*>(&error) != nullptr) return ErrorKind::retry;
  const auto* known = dynamic_cast<const Error*>(&error);
  return known != nullptr ? known->kind() : ErrorKind::input;
}

}  // namespace musicmem::distributed
