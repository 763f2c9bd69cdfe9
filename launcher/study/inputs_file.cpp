// SPDX-License-Identifier: GPL-3.0-or-later
#include "launcher/study/inputs_file.h"

#include "config/counted.h"
#include "config/error.h"
#include "data/files/durable_file.h"
#include "launcher/run/json_file.h"

#include <algorithm>
#include <optional>
#include <string_view>

#include <nlohmann/json.hpp>

namespace musicmem::launcher {
namespace {

namespace fs = std::filesystem;
using data::KnownFiles;
using nlohmann::json;

bool is_hash(std::string_view text) {
  constexpr std::size_t digits = 32;
  return text.size() == digits && text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

// Nothing where it is not what add_to_inputs_file() writes.
std::optional<KnownFiles::Entry> entry_of(const json& content) {
  try {
    const json& stamp = content.at("stamp");
    const auto is_integer = [](const json& number) { return number.is_number_integer(); };
    const KnownFiles::Entry entry = content;
    if (std::all_of(stamp.begin(), stamp.end(), is_integer) && is_hash(entry.hash)) return entry;
  } catch (const json::exception&) {
    // Something is missing, or of another type.
  }
  return std::nullopt;
}

KnownFiles::Entries entries_of(const json& files, std::size_t& refused) {
  KnownFiles::Entries entries;
  for (const auto& [file, content] : files.items()) {
    if (const auto entry = entry_of(content)) {
      entries.emplace(file, *entry);
    } else {
      ++refused;
    }
  }
  return entries;
}

}  // namespace

fs::path inputs_file(const fs::path& store) {
  return store / "inputs.json";
}

KnownFiles::Entries read_inputs_file(const fs::path& file, std::string& problem) {
  std::error_code none;
  if (!fs::exists(file, none)) return {};
  const std::string consequence = "; what it does not tell is read again";
  try {
    std::size_t refused = 0;
    KnownFiles::Entries entries = entries_of(read_json(file), refused);
    if (refused > 0) {
      problem =
          file.string() + " is damaged: " + counted(refused, "file") + " without a description" + consequence;
    }
    return entries;
  } catch (const Error& error) {
    problem = file.string() + " " + error.problem() + consequence;
    return {};
  }
}

void add_to_inputs_file(const fs::path& file, const KnownFiles::Entries& news) {
  std::string ignored;
  KnownFiles::Entries entries = read_inputs_file(file, ignored);
  for (const auto& [name, entry] : news) entries.insert_or_assign(name, entry);
  std::erase_if(entries, [](const auto& entry) { return !data::stamp_of(fs::path(entry.first)); });
  data::make_directories(file.parent_path());
  write_json(file, entries);
}

}  // namespace musicmem::launcher
