// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>
#include <string>

#include <nlohmann/json_fwd.hpp>

namespace musicmem::launcher {

// Reads a JSON file; throws Error with the path where it is missing or damaged.
nlohmann::json read_json(const std::filesystem::path& path);

// Writes it durably, keys sorted, two spaces of indentation: equal content gives equal bytes.
void write_json(const std::filesystem::path& path, const nlohmann::json& content);
std::string json_text(const nlohmann::json& content);

}  // namespace musicmem::launcher
