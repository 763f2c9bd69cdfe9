// SPDX-License-Identifier: GPL-3.0-or-later
#include "data/files/event_file.h"

#include "data/files/durable_file.h"
#include "data/files/wire_format.h"

#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <utility>

#include <unistd.h>

namespace musicmem::data {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view file_prefix = "events.out.tfevents.";

// Field numbers of the messages, from TensorFlow's event.proto, summary.proto, tensor.proto and the hparams
// plugin's plugin_data.proto.
namespace event {
constexpr int wall_time = 1, step = 2, file_version = 3, summary = 5, session_log = 7;
}
namespace summary_value {
constexpr int tag = 1, simple_value = 2, tensor = 8, metadata = 9;
}
constexpr int summary_value_field = 1;     // Summary.value
constexpr int session_status = 1;          // SessionLog.status
constexpr std::int64_t session_start = 1;  // SessionLog.START

double seconds_now() {
  return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

WireMessage new_event(std::int64_t step) {
  WireMessage message;
  message.number(event::wall_time, seconds_now());
  message.integer(event::step, step);
  return message;
}

// HParamsPluginData{session_start_info{hparams: map<string, google.protobuf.Value>, start_time_secs}}
WireMessage session_start_info(const HyperParameters& hyper_parameters) {
  constexpr int map_field = 1, start_time = 5, info_field = 3;
  constexpr int key = 1, value = 2;
  constexpr int number_value = 2, string_value = 3;
  WireMessage info;
  for (const auto& [name, setting] : hyper_parameters) {
    WireMessage content;
    if (const auto* number = std::get_if<double>(&setting)) {
      content.number(number_value, *number);
    } else {
      content.text(string_value, std::get<std::string>(setting));
    }
    WireMessage entry;
    entry.text(key, name);
    entry.message(value, content);
    info.message(map_field, entry);
  }
  info.number(start_time, seconds_now());
  WireMessage plugin;
  plugin.message(info_field, info);
  return plugin;
}

// A summary value that carries the plugin's data and a tensor of one zero, which the format demands.
WireMessage hyper_parameter_summary(const HyperParameters& hyper_parameters) {
  constexpr int plugin_data = 1, plugin_name = 1, plugin_content = 2;
  constexpr int tensor_type = 1, tensor_shape = 2, float_values = 5, dimension = 2, dimension_size = 1;
  constexpr std::int64_t type_float = 1;
  WireMessage plugin;
  plugin.text(plugin_name, "hparams");
  plugin.text(plugin_content, session_start_info(hyper_parameters).bytes());
  WireMessage metadata;
  metadata.message(plugin_data, plugin);
  WireMessage size;
  size.integer(dimension_size, 1);
  WireMessage shape;
  shape.message(dimension, size);
  WireMessage tensor;
  tensor.integer(tensor_type, type_float);
  tensor.message(tensor_shape, shape);
  tensor.text(float_values, std::string(sizeof(float), '\0'));
  WireMessage value;
  value.text(summary_value::tag, "_hparams_/session_start_info");
  value.message(summary_value::tensor, tensor);
  value.message(summary_value::metadata, metadata);
  return value;
}

void remove_earlier_files(const fs::path& directory) {
  for (const auto& entry : fs::directory_iterator(directory)) {
    std::error_code ignored;
    if (entry.path().filename().string().starts_with(file_prefix)) fs::remove(entry.path(), ignored);
  }
}

}  // namespace

std::uint32_t crc32c(std::string_view bytes) {
  constexpr std::uint32_t reversed_polynomial = 0x82F63B78U;
  static const std::array<std::uint32_t, 256> table = [] {
    std::array<std::uint32_t, 256> entries{};
    for (std::uint32_t i = 0; i < entries.size(); ++i) {
      std::uint32_t remainder = i;
      for (int bit = 0; bit < 8; ++bit) {
        remainder = (remainder >> 1U) ^ ((remainder & 1U) != 0 ? reversed_polynomial : 0U);
      }
      entries[i] = remainder;
    }
    return entries;
  }();
  std::uint32_t crc = ~0U;
  for (const char byte : bytes) {
    crc = (crc >> 8U) ^ table[(crc ^ static_cast<unsigned char>(byte)) & 0xFFU];
  }
  return ~crc;
}

std::uint32_t masked_crc32c(std::string_view bytes) {
  constexpr std::uint32_t mask_delta = 0xA282EAD8U;
  const std::uint32_t crc = crc32c(bytes);
  return ((crc >> 15U) | (crc << 17U)) + mask_delta;
}

EventFile::EventFile(const fs::path& directory, const HyperParameters& hyper_parameters,
                     std::int64_t first_step, OnFailure on_failure)
    : on_failure_(std::move(on_failure)) {
  try {
    begin(directory, hyper_parameters, first_step);
  } catch (const Error& error) {
    fail(error);
  } catch (const fs::filesystem_error& error) {
    fail(Error("cannot be read: " + error.code().message(), directory.string()));
  }
}

EventFile::~EventFile() {
  if (!file_.is_open()) return;
  file_.close();
  if (!file_) fail(Error("cannot be written", path_.string()));
}

void EventFile::begin(const fs::path& directory, const HyperParameters& hyper_parameters,
                      std::int64_t first_step) {
  make_directories(directory);
  if (first_step == 0) remove_earlier_files(directory);
  const auto seconds = static_cast<std::int64_t>(seconds_now());
  path_ = directory / (std::string(file_prefix) + std::to_string(seconds) + "." + std::to_string(::getpid()));
  file_.open(path_, std::ios::binary | std::ios::trunc);
  if (!file_) throw Error(std::string("cannot be opened: ") + std::strerror(errno), path_.string());

  WireMessage version = new_event(0);
  version.text(event::file_version, "brain.Event:2");
  write_record(version.bytes());
  if (first_step > 0) {
    WireMessage status;
    status.integer(session_status, session_start);
    WireMessage resumed = new_event(first_step);
    resumed.message(event::session_log, status);
    write_record(resumed.bytes());
  }
  if (hyper_parameters.empty()) return;
  WireMessage summary;
  summary.message(summary_value_field, hyper_parameter_summary(hyper_parameters));
  WireMessage parameters = new_event(first_step);
  parameters.message(event::summary, summary);
  write_record(parameters.bytes());
}

void EventFile::add(std::int64_t step, const Scalars& scalars) {
  WireMessage summary;
  for (const auto& [tag, value] : scalars) {
    WireMessage entry;
    entry.text(summary_value::tag, tag);
    entry.single(summary_value::simple_value, static_cast<float>(value));
    summary.message(summary_value_field, entry);
  }
  WireMessage message = new_event(step);
  message.message(event::summary, summary);
  write_record(message.bytes());
}

// length, its checksum, payload, its checksum; integers little-endian.
void EventFile::write_record(const std::string& payload) {
  if (!file_.is_open()) return;
  std::string record;
  append_little_endian(record, std::uint64_t{payload.size()});
  append_little_endian(record, masked_crc32c(record));
  record += payload;
  append_little_endian(record, masked_crc32c(payload));
  file_.write(record.data(), static_cast<std::streamsize>(record.size())).flush();
  if (!file_) fail(Error(std::string("cannot be written: ") + std::strerror(errno), path_.string()));
}

void EventFile::fail(const Error& error) {
  if (file_.is_open()) file_.close();
  if (on_failure_) on_failure_(error);
}

}  // namespace musicmem::data
