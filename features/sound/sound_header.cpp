// SPDX-License-Identifier: GPL-3.0-or-later
#include "features/sound/sound_header.h"

#include "config/io_error.h"
#include "data/files/file_reading.h"
#include "data/files/placeholder.h"
#include "features/sound/sound.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <fstream>
#include <optional>
#include <string>
#include <string_view>

namespace musicmem::features {
namespace {

namespace fs = std::filesystem;
using namespace std::string_view_literals;

enum class Order { little, big };

std::uint64_t number(std::string_view bytes, Order order) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const std::size_t place = order == Order::big ? i : bytes.size() - 1 - i;
    value = (value << 8) | static_cast<unsigned char>(bytes[place]);
  }
  return value;
}

// Empty where the file ends before. Throws Error where it cannot be read.
std::string bytes_at(std::ifstream& file, const fs::path& path, std::uint64_t position, std::size_t count) {
  std::string bytes(count, '\0');
  file.clear();
  file.seekg(static_cast<std::streamoff>(position));
  file.read(bytes.data(), static_cast<std::streamsize>(count));
  data::require_no_failure(file, path);
  return file ? bytes : "";
}

// A family of files that are rows of chunks: an id, a size, and as many bytes.
struct ChunkLayout {
  std::string_view magic;  // of the file
  std::uint64_t first;     // where the chunks begin
  std::size_t id_bytes;
  std::size_t size_bytes;
  Order order;
  std::uint64_t alignment;   // chunks begin at its multiples
  bool size_counts_itself;   // and the id
  std::string_view samples;  // id of the chunk that holds the sound
};

constexpr std::array<ChunkLayout, 8> layouts = {{
    {"RIFF", 12, 4, 4, Order::little, 2, false, "data"},
    {"RIFX", 12, 4, 4, Order::big, 2, false, "data"},
    {"RF64", 12, 4, 4, Order::little, 2, false, "data"},
    {"BW64", 12, 4, 4, Order::little, 2, false, "data"},
    {"FORM", 12, 4, 4, Order::big, 2, false, "SSND"},                                // AIFF and AIFC
    {"caff", 8, 4, 8, Order::big, 1, false, "data"},                                 // CAF
    {"riff\x2E\x91\xCF\x11"sv, 40, 16, 8, Order::little, 8, true, "data"},           // W64: ids are GUIDs
    {"\x30\x26\xB2\x75"sv, 0, 16, 8, Order::little, 1, true, "\x36\x26\xB2\x75"sv},  // ASF: the same
}};

// Where the sound lies and how many bytes of it the header promises.
struct Promise {
  std::uint64_t position = 0;
  std::uint64_t size = 0;
  std::string what = "sound";
};

std::optional<Promise> promised_by_chunks(std::ifstream& file, const ChunkLayout& layout,
                                          const fs::path& path) {
  const std::size_t head = layout.id_bytes + layout.size_bytes;
  std::uint64_t position = layout.first;
  std::optional<std::uint64_t> size_of_64_bits;  // what RF64 gives in a chunk of its own
  for (;;) {
    const std::string chunk = bytes_at(file, path, position, head);
    if (chunk.empty()) return std::nullopt;
    const std::string_view id = std::string_view(chunk).substr(0, 4);
    std::uint64_t size = number(std::string_view(chunk).substr(layout.id_bytes), layout.order);
    if (layout.size_counts_itself) {
      if (size < head) return std::nullopt;
      size -= head;
    }
    position += head;
    if (id == "ds64") {
      if (const std::string sizes = bytes_at(file, path, position, 16); !sizes.empty())
        size_of_64_bits = number(std::string_view(sizes).substr(8), Order::little);
    }
    if (id == "fmt " && layout.magic == "RIFF") {
      if (const std::string format = bytes_at(file, path, position, 8); !format.empty())
        require_known_rate(
            path, static_cast<std::int64_t>(number(std::string_view(format).substr(4), Order::little)));
    }
    if (id == layout.samples)
      return Promise{position, size == 0xFFFFFFFFu ? size_of_64_bits.value_or(size) : size, "sound"};
    if (size > std::uint64_t{1} << 62) return std::nullopt;
    position += (size + layout.alignment - 1) / layout.alignment * layout.alignment;
  }
}

// MP4 and QuickTime are a row of boxes: a size, a type, and the rest of that size. In which the file ends.
std::optional<Promise> promised_by_boxes(std::ifstream& file, std::uint64_t file_size, const fs::path& path) {
  constexpr std::uint64_t head = 8;
  bool has_index = false;
  for (std::uint64_t position = 0; file_size - position >= head;) {
    const std::string box = bytes_at(file, path, position, head);
    const std::string type = box.substr(4);
    std::uint64_t size = number(std::string_view(box).substr(0, 4), Order::big);
    if (size == 1) size = number(bytes_at(file, path, position + head, 8), Order::big);
    if (type == "moov") has_index = true;
    if (size == 0) break;  // up to the end of the file
    if (size < head) return std::nullopt;
    if (size > file_size - position) {
      const bool is_own = type == "mdat" || type == "moov" || type == "moof";  // and no tag behind the boxes
      return is_own ? std::optional(Promise{position, size, "its box '" + type + "'"}) : std::nullopt;
    }
    position += size;
  }
  if (!has_index) fail_sound(path, "is cut off: it lacks the index (moov) that is written when all sound is");
  return std::nullopt;
}

bool is_of_boxes(std::string_view magic) {
  constexpr std::array<std::string_view, 7> first_types = {"ftyp", "moov", "mdat", "free",
                                                           "skip", "wide", "pnot"};
  return magic.size() >= 8 && std::ranges::find(first_types, magic.substr(4, 4)) != first_types.end();
}

std::optional<Promise> promised(std::ifstream& file, std::uint64_t file_size, const fs::path& path) {
  const std::string magic = bytes_at(file, path, 0, 12);
  if (is_of_boxes(magic)) return promised_by_boxes(file, file_size, path);
  if (magic.starts_with("RIFF") && magic.ends_with("AVI ")) {
    return Promise{8, number(std::string_view(magic).substr(4, 4), Order::little), "sound and pictures"};
  }
  for (const ChunkLayout& layout : layouts) {
    if (magic.starts_with(layout.magic)) return promised_by_chunks(file, layout, path);
  }
  if (magic.starts_with(".snd") || magic.starts_with("dns.")) {  // AU
    const Order order = magic[0] == '.' ? Order::big : Order::little;
    return Promise{number(std::string_view(magic).substr(4, 4), order),
                   number(std::string_view(magic).substr(8, 4), order), "sound"};
  }
  return std::nullopt;
}

bool says_nothing(std::uint64_t size) {
  constexpr std::uint64_t near = 1U << 16;
  constexpr std::uint64_t aiff_of_sox = 0x7f000000;
  const auto is_next_to = [&](std::uint64_t limit) { return size >= limit - near && size <= limit + near; };
  return size == 0 || is_next_to(std::uint64_t{1} << 31) || is_next_to(std::uint64_t{1} << 32) ||
         is_next_to(aiff_of_sox) || size >= std::uint64_t{1} << 48;
}

}  // namespace

void check_sound_header(const fs::path& path) {
  constexpr std::uint64_t tolerance = 128;  // bytes: a header that was counted in
  std::error_code error;
  const std::uint64_t file_size = fs::file_size(path, error);
  if (error) fail_of_system("cannot be opened", path, error.value());
  if (file_size == 0) fail_sound(path, "is an empty file");
  data::refuse_placeholder(path);
  std::ifstream file = data::open_to_read(path);
  const std::optional<Promise> sound = promised(file, file_size, path);
  if (!sound || says_nothing(sound->size)) return;
  const std::uint64_t held = file_size - std::min(file_size, sound->position);
  if (sound->size <= held + tolerance) return;
  fail_sound(path, "is cut off: its header promises " + std::to_string(sound->size) + " bytes of " +
                       sound->what + ", it holds " + std::to_string(held));
}

}  // namespace musicmem::features
