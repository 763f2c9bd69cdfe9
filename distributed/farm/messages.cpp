// SPDX-License-Identifier: GPL-3.0-or-later
#include "distributed/farm/messages.h"

#include "distributed/wire.h"

#include <utility>

namespace musicmem::distributed {
namespace {

void add(WireWriter& writer, const TaskOutcome& outcome) {
  writer.add(outcome.task);
  writer.add(outcome.rank);
  writer.add(outcome.succeeded);
  writer.add(outcome.interrupted);
  writer.add(outcome.message);
  writer.add(outcome.seconds);
}

TaskOutcome read_outcome(WireReader& reader) {
  TaskOutcome outcome;
  outcome.task = reader.read<std::size_t>();
  outcome.rank = reader.read<int>();
  outcome.succeeded = reader.read<bool>();
  outcome.interrupted = reader.read<bool>();
  outcome.message = reader.read_text();
  outcome.seconds = reader.read<double>();
  return outcome;
}

}  // namespace

std::string encode(const TaskRequest& request) {
  WireWriter writer;
  writer.add(request.stop);
  writer.add(request.outcome.has_value());
  if (request.outcome) add(writer, *request.outcome);
  return writer.take();
}

TaskRequest decode_request(std::string bytes) {
  WireReader reader(std::move(bytes));
  TaskRequest request;
  request.stop = reader.read<bool>();
  if (reader.read<bool>()) request.outcome = read_outcome(reader);
  return request;
}

std::string encode(const Reply& reply) {
  WireWriter writer;
  writer.add(static_cast<std::uint8_t>(reply.kind));
  writer.add(reply.task);
  writer.add(reply.result.interrupted);
  writer.add(reply.result.outcomes.size());
  for (const TaskOutcome& outcome : reply.result.outcomes) add(writer, outcome);
  return writer.take();
}

Reply decode_reply(std::string bytes) {
  WireReader reader(std::move(bytes));
  Reply reply;
  reply.kind = static_cast<Reply::Kind>(reader.read<std::uint8_t>());
  reply.task = reader.read<std::size_t>();
  reply.result.interrupted = reader.read<bool>();
  const auto count = reader.read<std::size_t>();
  for (std::size_t i = 0; i < count; ++i) reply.result.outcomes.push_back(read_outcome(reader));
  return reply;
}

}  // namespace musicmem::distributed
