// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "config/error.h"

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

// The event files that TensorBoard reads: records of a length, a payload and their masked CRC-32C checksums
// (TensorFlow's TFRecord format); a payload is an `Event` message in protocol-buffer encoding.
namespace musicmem::data {

using Scalars = std::vector<std::pair<std::string, double>>;  // tag, value
using HyperParameters = std::vector<std::pair<std::string, std::variant<double, std::string>>>;

// One open event file. Each call writes whole records straight to the file, so that TensorBoard can follow a
// training and a killed process leaves what it has told. Not thread-safe.
//
// No training depends on what is told about it: the first write that fails goes to `on_failure`, and the file
// ends there.
class EventFile {
 public:
  using OnFailure = std::function<void(const Error&)>;

  // Begins `directory`/events.out.tfevents.<seconds>.<pid>. With first_step 0 the fit starts anew and
  // files of earlier attempts are removed; otherwise they stay, and TensorBoard drops their steps from
  // first_step on. The hyper-parameters appear in TensorBoard's tab of that name.
  EventFile(const std::filesystem::path& directory, const HyperParameters& hyper_parameters,
            std::int64_t first_step = 0, OnFailure on_failure = {});
  ~EventFile();
  EventFile(const EventFile&) = delete;
  EventFile& operator=(const EventFile&) = delete;

  // Values of one step, such as {{"loss/train", 0.1}, {"learning_rate", 1e-4}}.
  void add(std::int64_t step, const Scalars& scalars);

 private:
  void begin(const std::filesystem::path& directory, const HyperParameters& hyper_parameters,
             std::int64_t first_step);
  void write_record(const std::string& payload);
  void fail(const Error& error);

  std::filesystem::path path_;
  std::ofstream file_;  // closed from the first failure on
  OnFailure on_failure_;
};

// CRC-32C (Castagnoli) and the mask that the record format lays over it.
std::uint32_t crc32c(std::string_view bytes);
std::uint32_t masked_crc32c(std::string_view bytes);

}  // namespace musicmem::data
