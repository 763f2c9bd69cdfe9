// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "distributed/communicator.h"

namespace musicmem::distributed {

// One rank, no library underneath. There is no other rank to send to: send throws, try_receive finds nothing.
class LocalCommunicator final : public Communicator {
 public:
  int rank() const override { return 0; }
  int size() const override { return 1; }

  void barrier(const std::string& what) override;
  std::string broadcast(std::string bytes, int root, const std::string& what) override;
  std::vector<std::string> all_gather(std::string bytes, const std::string& what) override;
  std::unique_ptr<PendingSum> start_sum(std::span<float> values, std::shared_ptr<void> memory) override;
  void send(std::string bytes, int destination, int tag, const std::string& what) override;
  std::optional<Message> try_receive(int tag) override;
  std::unique_ptr<Communicator> duplicate() override;
  std::unique_ptr<Communicator> split(int group, const std::string& what) override;
};

}  // namespace musicmem::distributed
