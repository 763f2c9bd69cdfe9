// SPDX-License-Identifier: GPL-3.0-or-later
#include "launcher/run/json_file.h"

#include "config/error.h"
#include "data/files/durable_file.h"

#include <nlohmann/json.hpp>

namespace musicmem::launcher {

using nlohmann::json;

json read_json(const std::filesystem::path& path) {
  const std::string text = data::read_file(path);
  json content = json::parse(text, nullptr, false);
  if (content.is_discarded())
    throw Error("is not valid JSON", path.string(), "run the study's command again to rewrite it");
  return content;
}

std::string json_text(const json& content) {
  return content.dump(2, ' ', false, json::error_handler_t::replace) + "\n";
}

void write_json(const std::filesystem::path& path, const json& content) {
  data::write_file_durably(path, json_text(content));
}

}  // namespace musicmem::launcher
