// SPDX-License-Identifier: GPL-3.0-or-later
#include "weights/safetensors.h"

#include "config/error.h"
#include "data/files/file_reading.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <fstream>
#include <limits>
#include <set>
#include <system_error>
#include <tuple>

#include <nlohmann/json.hpp>

namespace musicmem::weights {
namespace {

using nlohmann::json;

constexpr std::size_t length_bytes = 8;
// A header of this size already names a hundred thousand tensors.
constexpr std::uint64_t largest_header = std::uint64_t{16} << 20;
constexpr const char* metadata_name = "__metadata__";

struct NamedType {
  std::string_view name;
  std::uint64_t size;
  std::optional<ElementType> element;
};

constexpr std::array named_types = {
    NamedType{"F32", 4, ElementType::float32}, NamedType{"F64", 8, ElementType::float64},
    NamedType{"F16", 2, ElementType::float16}, NamedType{"BF16", 2, ElementType::bfloat16},
    NamedType{"I64", 8, ElementType::int64},   NamedType{"I32", 4, ElementType::int32},
    NamedType{"I16", 2, ElementType::int16},   NamedType{"I8", 1, ElementType::int8},
    NamedType{"U8", 1, ElementType::uint8},    NamedType{"BOOL", 1, ElementType::boolean},
    NamedType{"U16", 2, std::nullopt},         NamedType{"U32", 4, std::nullopt},
    NamedType{"U64", 8, std::nullopt},         NamedType{"F8_E5M2", 1, std::nullopt},
    NamedType{"F8_E4M3", 1, std::nullopt},     NamedType{"F8_E8M0", 1, std::nullopt},
    NamedType{"C64", 8, std::nullopt}};

[[noreturn]] void fail(const std::string& problem, const std::string& origin) {
  throw Error("is a damaged safetensors file: " + problem, origin, "fetch or save the file again");
}

// The header as JSON. A name that is there twice, of which JSON's readers take the last, is refused.
json parse_json(std::string_view header, const std::string& origin) {
  constexpr std::size_t deepest = 2;  // an object a tensor
  std::vector<std::set<std::string>> names;
  const auto look = [&](int /*depth*/, json::parse_event_t event, json& parsed) {
    if (event == json::parse_event_t::object_start) {
      if (names.size() == deepest) fail("its header is nested too deep", origin);
      names.emplace_back();
    } else if (event == json::parse_event_t::object_end) {
      names.pop_back();
    } else if (event == json::parse_event_t::key) {
      const auto& name = parsed.get_ref<const std::string&>();
      if (!names.back().insert(name).second) fail("'" + name + "' is there twice", origin);
    }
    return true;
  };
  try {
    json root = json::parse(header, look);
    if (!root.is_object()) fail("its header is no JSON object", origin);
    return root;
  } catch (const json::exception&) {
    fail("its header is no JSON", origin);
  }
}

// A whole number that is not negative, and fits into a signed one.
std::optional<std::uint64_t> count(const json& value) {
  if (!value.is_number_unsigned()) return std::nullopt;
  const auto number = value.get<std::uint64_t>();
  if (number > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) return std::nullopt;
  return number;
}

std::optional<std::vector<std::uint64_t>> counts(const json& object, const char* name) {
  const auto found = object.find(name);
  if (found == object.end() || !found->is_array()) return std::nullopt;
  std::vector<std::uint64_t> numbers;
  for (const json& item : *found) {
    const auto number = count(item);
    if (!number) return std::nullopt;
    numbers.push_back(*number);
  }
  return numbers;
}

const NamedType* type_of(const json& object) {
  const auto found = object.find("dtype");
  if (found == object.end() || !found->is_string()) return nullptr;
  const auto& name = found->get_ref<const std::string&>();
  const auto* type = std::find_if(named_types.begin(), named_types.end(),
                                  [&](const NamedType& named) { return named.name == name; });
  return type == named_types.end() ? nullptr : type;
}

SafetensorsEntry read_entry(const std::string& name, const json& value, const std::string& origin) {
  const std::string tensor = "tensor '" + name + "' ";
  if (!value.is_object()) fail(tensor + "is not described by an object", origin);
  const NamedType* type = type_of(value);
  if (type == nullptr) fail(tensor + "has no known dtype", origin);
  const auto shape = counts(value, "shape");
  if (!shape) fail(tensor + "has no shape", origin);
  const auto offsets = counts(value, "data_offsets");
  if (!offsets || offsets->size() != 2) fail(tensor + "has no data_offsets", origin);
  SafetensorsEntry entry{name, std::string(type->name), type->element, {}, (*offsets)[0], (*offsets)[1]};
  entry.shape.assign(shape->begin(), shape->end());
  std::uint64_t bytes = 1;
  bool fits = true;
  for (const std::uint64_t extent : *shape) fits = fits && !__builtin_mul_overflow(bytes, extent, &bytes);
  if (!fits || __builtin_mul_overflow(bytes, type->size, &bytes)) {
    fail(tensor + "of shape " + shape_text(entry.shape) + " is larger than any memory", origin);
  }
  if (entry.end < entry.begin || entry.end - entry.begin != bytes) {
    fail(tensor + "of " + entry.type + " " + shape_text(entry.shape) + " needs " + std::to_string(bytes) +
             " bytes, its data_offsets are " + std::to_string(entry.begin) + " and " +
             std::to_string(entry.end),
         origin);
  }
  return entry;
}

Settings read_metadata(const json& value, const std::string& origin) {
  try {
    return value.get<Settings>();
  } catch (const json::exception&) {
    fail("its __metadata__ is no object of texts", origin);
  }
}

// Reads `count` bytes from where the file stands.
std::string take(std::ifstream& file, std::uint64_t count, const std::string& origin) {
  std::string bytes(count, '\0');
  file.read(bytes.data(), static_cast<std::streamsize>(count));
  data::require_no_failure(file, origin);
  if (!file) fail("it ends before it should", origin);
  return bytes;
}

}  // namespace

bool is_safetensors(const std::filesystem::path& path) {
  std::error_code ignored;
  if (!std::filesystem::is_regular_file(path, ignored)) return false;
  std::ifstream file = data::open_to_read(path);
  std::array<char, length_bytes + 1> head{};
  file.read(head.data(), head.size());
  data::require_no_failure(file, path);
  const bool is_archive = std::string_view(head.data(), 2) == "PK";
  return !is_archive && (path.extension() == ".safetensors" || (file.good() && head.back() == '{'));
}

SafetensorsHeader parse_safetensors_header(std::string_view header, std::uint64_t bytes,
                                           const std::string& origin) {
  SafetensorsHeader result;
  const json root = parse_json(header, origin);
  for (const auto& [name, value] : root.items()) {
    if (name == metadata_name) {
      result.metadata = read_metadata(value, origin);
    } else {
      result.entries.push_back(read_entry(name, value, origin));
    }
  }
  std::sort(result.entries.begin(), result.entries.end(),
            [](const SafetensorsEntry& a, const SafetensorsEntry& b) {
              return std::tie(a.begin, a.end, a.name) < std::tie(b.begin, b.end, b.name);
            });
  std::uint64_t filled = 0;
  for (const SafetensorsEntry& entry : result.entries) {
    if (entry.begin != filled) {
      fail("tensor '" + entry.name + "' begins at byte " + std::to_string(entry.begin) + " where " +
               std::to_string(filled) + " is the next",
           origin);
    }
    filled = entry.end;
  }
  if (filled != bytes) {
    fail("its tensors have " + std::to_string(filled) + " bytes, the file holds " + std::to_string(bytes),
         origin);
  }
  return result;
}

PthFile read_safetensors(const std::filesystem::path& path) {
  const std::string origin = path.string();
  std::ifstream file = data::open_to_read(path);
  file.seekg(0, std::ios::end);
  const auto size = static_cast<std::uint64_t>(file.tellg());
  file.seekg(0);
  if (size < length_bytes) fail("it ends within its first bytes", origin);
  std::uint64_t header_size = 0;
  std::memcpy(&header_size, take(file, length_bytes, origin).data(), length_bytes);
  if (header_size > largest_header || header_size > size - length_bytes) {
    fail("its header would have " + std::to_string(header_size) + " bytes", origin);
  }
  const std::string text = take(file, header_size, origin);
  const SafetensorsHeader header = parse_safetensors_header(text, size - length_bytes - header_size, origin);
  PthFile result;
  result.tensors.origin = origin;
  result.settings = header.metadata;
  for (const SafetensorsEntry& entry : header.entries) {
    if (!entry.element) {
      result.remarks.others.push_back(entry.name + " (" + entry.type + ")");
      file.seekg(static_cast<std::streamoff>(length_bytes + header_size + entry.end));
      continue;
    }
    result.tensors.add(entry.name,
                       {*entry.element, entry.shape, take(file, entry.end - entry.begin, origin)});
  }
  if (result.tensors.entries.empty()) throw Error("holds no tensors", origin, "give another file");
  return result;
}

}  // namespace musicmem::weights
