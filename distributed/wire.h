// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "data/files/optional_json.h"
#include "distributed/agreement.h"

#include <string>
#include <type_traits>
#include <vector>

#include <nlohmann/json.hpp>

// How values travel between ranks of one program: as CBOR of what nlohmann JSON makes of them, which keeps
// every bit of a number. A struct takes part by NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE.
namespace musicmem::distributed {

template <class T>
std::string to_bytes(const T& value) {
  std::string bytes;
  nlohmann::json::to_cbor(nlohmann::json(value), bytes);
  return bytes;
}

// Throws nlohmann::json::exception where `bytes` are not those of a T.
template <class T>
T from_bytes(const std::string& bytes) {
  return nlohmann::json::from_cbor(bytes).get<T>();
}

// Collective: the values of all ranks, in rank order.
template <class T>
std::vector<T> all_gather(Communicator& ranks, const T& value, const std::string& what) {
  std::vector<T> values;
  for (const std::string& bytes : ranks.all_gather(to_bytes(value), what)) {
    values.push_back(from_bytes<T>(bytes));
  }
  return values;
}

// Collective: rank 0's value on every rank.
template <class T>
T broadcast(Communicator& ranks, const T& value, const std::string& what) {
  return from_bytes<T>(ranks.broadcast(to_bytes(value), 0, what));
}

// Collective: runs `work` on rank 0 and gives its result, if it has one, to every rank. Throws SharedError on
// all of them where it fails.
template <class Work>
auto from_rank_zero(Communicator& ranks, const std::string& what, const Work& work) {
  using Result = std::invoke_result_t<const Work&>;
  if constexpr (std::is_void_v<Result>) {
    bytes_from_rank_zero(ranks, what, [&] {
      work();
      return std::string();
    });
  } else {
    return from_bytes<Result>(bytes_from_rank_zero(ranks, what, [&] { return to_bytes(work()); }));
  }
}

}  // namespace musicmem::distributed
