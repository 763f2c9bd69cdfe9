// SPDX-License-Identifier: GPL-3.0-or-later
#include "data/files/npy_array.h"

#include "config/error.h"

#include <bit>
#include <charconv>
#include <cmath>
#include <cstring>
#include <limits>
#include <optional>

#include <fmt/ranges.h>

namespace musicmem::data {
namespace {

constexpr std::string_view magic = "\x93NUMPY";
constexpr const char* save_again = "save it with numpy.save as float16, float32 or float64";

// What the header, a literal of a Python dictionary, says.
struct Header {
  std::string type;  // "<f4"
  bool columns_first = false;
  std::vector<std::uint64_t> shape;
};

// Reads {'descr': '<f4', 'fortran_order': False, 'shape': (3, 768), } with its keys in any order.
class HeaderParser {
 public:
  HeaderParser(std::string_view text, const std::string& name) : text_(text), name_(name) {}

  Header parse() {
    Header header;
    expect('{');
    while (!take('}')) {
      const std::string key = quoted();
      expect(':');
      if (key == "descr") {
        if (peek() != '\'') throw Error("holds records of several fields, not numbers", name_, save_again);
        header.type = quoted();
      } else if (key == "fortran_order") {
        header.columns_first = truth();
      } else if (key == "shape") {
        header.shape = tuple();
      } else {
        refuse();
      }
      if (!take(',') && peek() != '}') refuse();
    }
    if (header.type.empty()) refuse();
    return header;
  }

 private:
  [[noreturn]] void refuse() const {
    throw Error("its header is not one that numpy writes", name_, save_again);
  }
  void skip_blanks() {
    while (text_.starts_with(' ') || text_.starts_with('\n')) text_.remove_prefix(1);
  }
  char peek() {
    skip_blanks();
    return text_.empty() ? '\0' : text_.front();
  }
  bool take(char expected) {
    if (peek() != expected) return false;
    text_.remove_prefix(1);
    return true;
  }
  void expect(char expected) {
    if (!take(expected)) refuse();
  }
  std::string quoted() {
    expect('\'');
    const std::size_t end = text_.find('\'');
    if (end == std::string_view::npos) refuse();
    const std::string word(text_.substr(0, end));
    text_.remove_prefix(end + 1);
    return word;
  }
  bool truth() {
    skip_blanks();
    for (const auto& [word, value] : {std::pair{"True", true}, {"False", false}}) {
      if (!text_.starts_with(word)) continue;
      text_.remove_prefix(std::strlen(word));
      return value;
    }
    refuse();
  }
  std::vector<std::uint64_t> tuple() {
    std::vector<std::uint64_t> items;
    expect('(');
    while (!take(')')) {
      skip_blanks();
      std::uint64_t item = 0;
      const auto read = std::from_chars(text_.data(), text_.data() + text_.size(), item);
      if (read.ec != std::errc()) refuse();
      text_.remove_prefix(static_cast<std::size_t>(read.ptr - text_.data()));
      items.push_back(item);
      if (!take(',') && peek() != ')') refuse();
    }
    return items;
  }

  std::string_view text_;
  const std::string& name_;
};

template <class Bits>
Bits bits_at(const char* bytes, bool swap) {
  unsigned char ordered[sizeof(Bits)];
  for (std::size_t i = 0; i < sizeof(Bits); ++i) {
    ordered[swap ? sizeof(Bits) - 1 - i : i] = static_cast<unsigned char>(bytes[i]);
  }
  return std::bit_cast<Bits>(ordered);
}

// IEEE 754 binary16.
double half_value(std::uint16_t bits) {
  const int exponent = bits >> 10U & 0x1FU;
  const int fraction = bits & 0x3FFU;
  double magnitude = 0.0;
  if (exponent == 0x1F) {
    magnitude =
        fraction == 0 ? std::numeric_limits<double>::infinity() : std::numeric_limits<double>::quiet_NaN();
  } else if (exponent == 0) {
    magnitude = std::ldexp(fraction, -24);
  } else {
    magnitude = std::ldexp(fraction + 0x400, exponent - 25);
  }
  return (bits & 0x8000U) != 0 ? -magnitude : magnitude;
}

// Of a real type: "<f2", "<f4", "<f8", or ">..." of the other byte order.
std::size_t size_of(const std::string& type, const std::string& name) {
  if (type.find('O') != std::string::npos)
    throw Error("holds pickled objects, which are not read", name, save_again);
  const bool is_real = type.size() == 3 && (type[0] == '<' || type[0] == '>') && type[1] == 'f';
  if (is_real && (type[2] == '2' || type[2] == '4' || type[2] == '8'))
    return static_cast<std::size_t>(type[2] - '0');
  throw Error("holds values of type '" + type + "'", name, save_again);
}

double value_at(const char* bytes, std::size_t size, bool swap) {
  if (size == 2) return half_value(bits_at<std::uint16_t>(bytes, swap));
  if (size == 4) return std::bit_cast<float>(bits_at<std::uint32_t>(bytes, swap));
  return std::bit_cast<double>(bits_at<std::uint64_t>(bytes, swap));
}

// How many values the shape has, if so many can be in `most` bytes.
std::optional<std::uint64_t> count_of(const std::vector<std::uint64_t>& shape, std::uint64_t most) {
  std::uint64_t count = 1;
  for (const std::uint64_t length : shape) {
    if (length != 0 && count > most / length) return std::nullopt;
    count *= length;
  }
  return count;
}

std::vector<double> in_row_order(const std::vector<double>& values, const std::vector<std::uint64_t>& shape) {
  std::vector<double> ordered(values.size());
  std::vector<std::uint64_t> index(shape.size(), 0);
  for (const double value : values) {
    std::uint64_t place = 0;
    for (std::size_t d = 0; d < shape.size(); ++d) place = place * shape[d] + index[d];
    ordered[place] = value;
    for (std::size_t d = 0; d < shape.size() && ++index[d] == shape[d]; ++d) index[d] = 0;
  }
  return ordered;
}

// The header's text; `bytes` is left with what follows it.
std::string_view take_header(std::string_view& bytes, const std::string& name) {
  constexpr std::size_t most = 65536;
  if (!bytes.starts_with(magic)) throw Error("is no numpy array", name, save_again);
  const bool is_short = bytes.size() > magic.size() && bytes[magic.size()] == 1;
  const std::size_t begin = magic.size() + (is_short ? 4 : 6);
  if (bytes.size() < begin) throw Error("is cut off within its header", name, save_again);
  std::size_t length = 0;
  for (std::size_t i = begin; i > magic.size() + 2; --i) {
    length = length << 8U | static_cast<unsigned char>(bytes[i - 1]);
  }
  if (length > most) throw Error("its header is not one that numpy writes", name, save_again);
  if (bytes.size() - begin < length) throw Error("is cut off within its header", name, save_again);
  const std::string_view header = bytes.substr(begin, length);
  bytes.remove_prefix(begin + length);
  return header;
}

}  // namespace

std::string shape_text(const std::vector<std::uint64_t>& shape) {
  return fmt::format("[{}]", fmt::join(shape, ", "));
}

NumberArray parse_npy(std::string_view bytes, const std::string& name) {
  const Header header = HeaderParser(take_header(bytes, name), name).parse();
  const std::size_t size = size_of(header.type, name);
  const std::optional<std::uint64_t> count = count_of(header.shape, bytes.size() / size);
  if (!count || *count * size != bytes.size()) {
    throw Error("holds " + std::to_string(bytes.size()) + " bytes where its shape " +
                    shape_text(header.shape) + " of " + header.type + " promises " +
                    (count ? std::to_string(*count * size) : "more"),
                name, "save or copy the file again");
  }
  const bool swap = (header.type[0] == '<') != (std::endian::native == std::endian::little);
  NumberArray array{header.shape, {}};
  array.values.reserve(*count);
  for (std::uint64_t i = 0; i < *count; ++i)
    array.values.push_back(value_at(bytes.data() + i * size, size, swap));
  if (header.columns_first) array.values = in_row_order(array.values, header.shape);
  return array;
}

}  // namespace musicmem::data
