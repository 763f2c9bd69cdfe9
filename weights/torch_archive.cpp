// SPDX-License-Identifier: GPL-3.0-or-later
#include "weights/torch_archive.h"

#include "config/error.h"

#include <algorithm>
#include <fstream>
#include <sstream>
#include <system_error>
#include <utility>

#include <c10/util/Exception.h>
#include <caffe2/serialize/inline_container.h>
#include <zlib.h>

namespace musicmem::weights {
namespace {

namespace fs = std::filesystem;

constexpr const char* resave_advice =
    "open it in Python and save it again: torch.save(torch.load(FILE, map_location='cpu'), NEW)";

constexpr std::uint64_t largest_remark = 4096;  // a version, a byte order

bool starts_with(std::string_view text, std::string_view start) {
  return text.substr(0, start.size()) == start;
}

// Says what a file is that is no zip archive, from its first bytes.
[[noreturn]] void refuse_other_file(std::string_view head, const std::string& origin) {
  using namespace std::string_view_literals;
  if (head.empty()) throw Error("is empty", origin);
  // The pickled magic number 0x1950a86a20f9469cfc6c that torch.save began with before version 1.6.
  if (starts_with(head, "\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19"sv)) {
    throw Error("is a PyTorch file of the old format, from before version 1.6", origin, resave_advice);
  }
  if (starts_with(head, "\x80"sv)) {
    throw Error("is a bare Python pickle, not a checkpoint of torch.save", origin, resave_advice);
  }
  if (starts_with(head, "\x89HDF\r\n\x1a\n"sv))
    throw Error("is an HDF5 file, not a PyTorch checkpoint", origin);
  throw Error("is no PyTorch checkpoint: it is not a zip archive", origin,
              "give a .pth file written by torch.save or by musicmem export-weights");
}

std::string first_line(const c10::Error& error) {
  const std::string text = error.what_without_backtrace();
  return text.substr(0, text.find('\n'));
}

// LibTorch inflates these when it opens an archive.
void refuse_large_remarks(const std::map<std::string, ZipRecord>& records, const std::string& origin) {
  for (const char* record : {"version", "byteorder", ".data/serialization_id"}) {
    const auto found = records.find(record);
    if (found == records.end() || found->second.size <= largest_remark) continue;
    throw Error("is damaged: record '" + std::string(record) + "' has " + std::to_string(found->second.size) +
                    " bytes",
                origin, "fetch or copy the file again");
  }
}

std::unique_ptr<std::istream> open_file(const fs::path& path) {
  std::error_code ignored;
  if (fs::is_directory(path, ignored)) throw Error("is a directory, not a file", path.string());
  if (fs::is_fifo(path, ignored))
    throw Error("is a pipe, where places are looked up", path.string(), "save it as a file");
  auto file = std::make_unique<std::ifstream>(path, std::ios::binary);
  if (!*file) throw Error("cannot be opened", path.string(), "check the path");
  return file;
}

// Returns its size.
std::uint64_t require_zip(std::istream& file, const std::string& origin) {
  std::string head(16, '\0');
  file.read(head.data(), static_cast<std::streamsize>(head.size()));
  head.resize(static_cast<std::size_t>(file.gcount()));
  if (!starts_with(head, "PK")) refuse_other_file(head, origin);
  file.clear();
  file.seekg(0, std::ios::end);
  return static_cast<std::uint64_t>(file.tellg());
}

}  // namespace

struct ArchiveReader::State {
  explicit State(std::istream* file) : reader(file) {}
  // Its methods are not const, though reading changes nothing that a caller could see.
  caffe2::serialize::PyTorchStreamReader reader;
};

ArchiveReader::ArchiveReader(const fs::path& path) : ArchiveReader(open_file(path), path.string()) {}

ArchiveReader::ArchiveReader(std::string bytes, std::string name)
    : ArchiveReader(std::make_unique<std::istringstream>(std::move(bytes)), std::move(name)) {}

ArchiveReader::ArchiveReader(std::unique_ptr<std::istream> file, std::string name)
    : origin_(std::move(name)), file_(std::move(file)) {
  file_bytes_ = require_zip(*file_, origin_);
  records_ = zip_records(*file_);
  refuse_large_remarks(records_, origin_);
  try {
    file_->clear();
    state_ = std::make_unique<State>(file_.get());
  } catch (const c10::Error& error) {
    const std::string reason = first_line(error);
    if (reason.find("central directory") != std::string::npos) {
      throw Error("is truncated: the directory at its end is missing", origin_,
                  "fetch or copy the file again");
    }
    throw Error(
        "is a zip archive but no PyTorch checkpoint (it has no data.pkl that could be found): " + reason,
        origin_);
  }
  if (has("constants.pkl")) {
    throw Error("is a TorchScript archive, not a checkpoint", origin_,
                "in Python: torch.save(torch.jit.load(FILE).state_dict(), NEW)");
  }
  if (!has("data.pkl"))
    throw Error("is a zip archive but no PyTorch checkpoint: it has no data.pkl", origin_);
  if (has("byteorder") && read("byteorder", largest_remark) != "little") {
    throw Error("was written on a big-endian machine", origin_, resave_advice);
  }
}

ArchiveReader::~ArchiveReader() = default;

bool ArchiveReader::has(const std::string& record) const {
  try {
    return state_->reader.hasRecord(record);
  } catch (const c10::Error& error) {
    throw Error("is damaged: " + first_line(error), origin_, "fetch or copy the file again");
  }
}

std::string ArchiveReader::read(const std::string& record, std::uint64_t largest) const {
  const auto declared = records_.find(record);
  if (!has(record) || declared == records_.end())
    throw Error("is damaged: record '" + record + "' is missing", origin_, "fetch the file again");
  if (declared->second.size > largest) {
    throw Error("is damaged: record '" + record + "' has " + std::to_string(declared->second.size) +
                    " bytes where at most " + std::to_string(largest) + " are needed",
                origin_, "fetch or copy the file again");
  }
  std::string bytes;
  try {
    const auto [data, size] = state_->reader.getRecord(record);
    bytes.assign(static_cast<const char*>(data.get()), size);
  } catch (const c10::Error& error) {
    throw Error("is damaged: record '" + record + "' cannot be read: " + first_line(error), origin_,
                "fetch or copy the file again");
  }
  // LibTorch does not look at it.
  const std::uint32_t wanted = declared->second.checksum;
  if (wanted != 0 && wanted != ::crc32_z(0, reinterpret_cast<const Bytef*>(bytes.data()), bytes.size())) {
    throw Error("is damaged: record '" + record + "' is not what its checksum says", origin_,
                "fetch or copy the file again");
  }
  return bytes;
}

}  // namespace musicmem::weights
