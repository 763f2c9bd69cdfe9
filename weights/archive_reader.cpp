// SPDX-License-Identifier: GPL-3.0-or-later
#include "config/error.h"
#include "data/files/zip_reader.h"
#include "weights/torch_archive.h"

#include <charconv>
#include <string_view>
#include <utility>
#include <vector>

namespace musicmem::weights {
namespace {

constexpr const char* resave_advice =
    "open it in Python and save it again: torch.save(torch.load(FILE, map_location='cpu'), NEW)";

constexpr std::uint64_t largest_remark = 4096;  // a version, a byte order

// Says what a file is that is no zip archive, from its first bytes.
[[noreturn]] void refuse_other_file(std::string_view head, const std::string& origin) {
  using namespace std::string_view_literals;
  if (head.empty()) throw Error("is empty", origin);
  // The pickled magic number 0x1950a86a20f9469cfc6c that torch.save began with before version 1.6.
  if (head.starts_with("\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19"sv)) {
    throw Error("is a PyTorch file of the old format, from before version 1.6", origin, resave_advice);
  }
  if (head.starts_with("\x80"sv)) {
    throw Error("is a bare Python pickle, not a checkpoint of torch.save", origin, resave_advice);
  }
  if (head.starts_with("\x89HDF\r\n\x1a\n"sv))
    throw Error("is an HDF5 file, not a PyTorch checkpoint", origin);
  throw Error("is no PyTorch checkpoint: it is not a zip archive", origin,
              "give a .pth file written by torch.save or by musicmem export-weights");
}

[[noreturn]] void refuse_other_zip(const std::string& problem, const std::string& origin) {
  throw Error("is a zip archive but no PyTorch checkpoint: " + problem, origin);
}

}  // namespace

ArchiveReader::ArchiveReader(const std::filesystem::path& path)
    : ArchiveReader(std::make_unique<data::ZipReader>(path), path.string()) {}

ArchiveReader::ArchiveReader(std::string bytes, std::string name)
    : ArchiveReader(std::make_unique<data::ZipReader>(std::move(bytes), name), name) {}

ArchiveReader::ArchiveReader(std::unique_ptr<data::ZipReader> zip, std::string name)
    : origin_(std::move(name)), zip_(std::move(zip)), file_bytes_(zip_->file_bytes()) {
  const std::string head = zip_->first_bytes(16);
  if (!head.starts_with("PK")) refuse_other_file(head, origin_);
  list_records();
  require_version();
  if (has("constants.pkl")) {
    throw Error("is a TorchScript archive, not a checkpoint", origin_,
                "in Python: torch.save(torch.jit.load(FILE).state_dict(), NEW)");
  }
  if (!has("data.pkl")) refuse_other_zip("it has no data.pkl", origin_);
  if (has("byteorder") && read("byteorder", largest_remark) != "little") {
    throw Error("was written on a big-endian machine", origin_, resave_advice);
  }
}

ArchiveReader::~ArchiveReader() = default;

// PyTorch looks into the folder of the first record, whatever its name, and nowhere else.
void ArchiveReader::list_records() {
  const std::vector<data::ZipRecord> records = zip_->open_directory();
  if (records.empty()) refuse_other_zip("it is empty", origin_);
  const std::string& first = records.front().name;
  const std::size_t slash = first.find('/');
  if (slash == std::string::npos)
    refuse_other_zip("its first record '" + first + "' lies in no folder", origin_);
  const std::string folder = first.substr(0, slash + 1);
  for (std::size_t i = 0; i < records.size(); ++i) {
    if (!records[i].name.starts_with(folder)) continue;
    const std::string name = records[i].name.substr(folder.size());
    if (!records_.try_emplace(name, Record{i, records[i].size}).second) {
      throw Error("is damaged: record '" + name + "' is there twice", origin_, data::fetch_again);
    }
  }
}

void ArchiveReader::require_version() const {
  constexpr unsigned newest = 10;
  const char* const record = has(".data/version") ? ".data/version" : "version";
  if (!has(record)) refuse_other_zip("it has no version", origin_);
  const std::string text = read(record, largest_remark);
  unsigned version = 0;
  const auto number = std::from_chars(text.data(), text.data() + text.size(), version);
  if (number.ec != std::errc() || version < 1 || version > newest) {
    refuse_other_zip("its version is none of 1 to " + std::to_string(newest), origin_);
  }
}

bool ArchiveReader::has(const std::string& record) const {
  return records_.contains(record);
}

std::string ArchiveReader::read(const std::string& record, std::uint64_t largest) const {
  const auto found = records_.find(record);
  if (found == records_.end())
    throw Error("is damaged: record '" + record + "' is missing", origin_, "fetch the file again");
  const auto [place, size] = found->second;
  if (size > largest) {
    throw Error("is damaged: record '" + record + "' has " + std::to_string(size) + " bytes where at most " +
                    std::to_string(largest) + " are needed",
                origin_, data::fetch_again);
  }
  return zip_->read(place);
}

}  // namespace musicmem::weights
