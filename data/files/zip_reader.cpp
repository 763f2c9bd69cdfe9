// SPDX-License-Identifier: GPL-3.0-or-later
#include "data/files/zip_reader.h"

#include "config/error.h"
#include "config/io_error.h"

#include <algorithm>
#include <cerrno>
#include <limits>
#include <new>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zip.h>

namespace musicmem::data {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t unlimited = std::numeric_limits<std::uint64_t>::max();

// A file, on disk or in memory, from which libzip reads. libzip's own loses the cause where a read fails halfway.
class ZipFile {
 public:
  explicit ZipFile(const fs::path& path) : path_(path) {
    std::error_code ignored;
    if (fs::is_directory(path, ignored)) throw Error("is a directory, not a file", path.string());
    if (fs::is_fifo(path, ignored))
      throw Error("is a pipe, where places are looked up", path.string(), "save it as a file");
    descriptor_ = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (descriptor_ < 0) fail_of_system("cannot be opened", path, errno);
    struct stat status {};
    if (::fstat(descriptor_, &status) != 0) failure_ = errno;
    size_ = static_cast<std::uint64_t>(status.st_size);
    ::zip_error_init(&error_);
  }
  ZipFile(std::string bytes, fs::path name)
      : path_(std::move(name)), memory_(std::move(bytes)), size_(memory_.size()) {
    ::zip_error_init(&error_);
  }
  ~ZipFile() {
    ::zip_error_fini(&error_);
    if (descriptor_ >= 0) ::close(descriptor_);
  }
  ZipFile(const ZipFile&) = delete;
  ZipFile& operator=(const ZipFile&) = delete;

  std::uint64_t size() const { return size_; }
  const fs::path& path() const { return path_; }
  void throw_if_disk_failed() const {
    if (failure_ != 0) fail_of_system("cannot be read", path_, failure_);
  }

  // `size` bytes from `place` on, less at the file's end.
  std::string bytes(std::uint64_t place, std::uint64_t size) {
    std::string found(size, '\0');
    place_ = place;
    const zip_int64_t count = read(found.data(), size);
    throw_if_disk_failed();
    found.resize(static_cast<std::size_t>(count));
    return found;
  }

  // libzip reads the directory again for every mark of an end, of which a file can hold thousands.
  void allow_libzip(std::uint64_t bytes) { allowance_ = bytes; }

  // What libzip calls; `self` is the file.
  static zip_int64_t serve(void* self, void* bytes, zip_uint64_t size, zip_source_cmd_t command) {
    return static_cast<ZipFile*>(self)->serve(bytes, size, command);
  }

 private:
  // The number of bytes that were read, less than `size` at the file's end; -1 where the disk fails.
  zip_int64_t read(char* bytes, std::uint64_t size) {
    std::uint64_t done = 0;
    if (descriptor_ < 0) {
      done = std::min(size, size_ - std::min(size_, place_));
      std::copy_n(memory_.begin() + static_cast<std::ptrdiff_t>(std::min(size_, place_)), done, bytes);
      place_ += done;
      return static_cast<zip_int64_t>(done);
    }
    while (done < size) {
      const ssize_t count =
          ::pread(descriptor_, bytes + done, size - done, static_cast<off_t>(place_ + done));
      if (count < 0 && errno == EINTR) continue;
      if (count < 0) {
        failure_ = errno;
        ::zip_error_set(&error_, ZIP_ER_READ, failure_);
        return -1;
      }
      if (count == 0) break;
      done += static_cast<std::uint64_t>(count);
    }
    place_ += done;
    return static_cast<zip_int64_t>(done);
  }

  zip_int64_t serve(void* bytes, zip_uint64_t size, zip_source_cmd_t command) {
    switch (command) {
      case ZIP_SOURCE_SUPPORTS:
        return ZIP_SOURCE_SUPPORTS_SEEKABLE;
      case ZIP_SOURCE_OPEN:
        place_ = 0;
        return 0;
      case ZIP_SOURCE_READ:
        if (size > allowance_) {
          ::zip_error_set(&error_, ZIP_ER_INCONS, 0);
          return -1;
        }
        allowance_ -= size;
        return read(static_cast<char*>(bytes), size);
      case ZIP_SOURCE_SEEK: {
        const zip_int64_t place = ::zip_source_seek_compute_offset(place_, size_, bytes, size, &error_);
        if (place < 0) return -1;
        place_ = static_cast<std::uint64_t>(place);
        return 0;
      }
      case ZIP_SOURCE_TELL:
        return static_cast<zip_int64_t>(place_);
      case ZIP_SOURCE_STAT: {
        auto* const status = static_cast<zip_stat_t*>(bytes);
        ::zip_stat_init(status);
        status->size = size_;
        status->valid = ZIP_STAT_SIZE;
        return sizeof *status;
      }
      case ZIP_SOURCE_ERROR:
        return ::zip_error_to_data(&error_, bytes, size);
      case ZIP_SOURCE_CLOSE:
      case ZIP_SOURCE_FREE:
        return 0;
      default:
        ::zip_error_set(&error_, ZIP_ER_OPNOTSUPP, 0);
        return -1;
    }
  }

  fs::path path_;
  std::string memory_;  // all of it, where there is no descriptor
  int descriptor_ = -1;
  std::uint64_t size_ = 0;
  std::uint64_t place_ = 0;
  std::uint64_t allowance_ = unlimited;  // bytes that libzip may still read
  int failure_ = 0;                      // the system's error number of a read that failed
  zip_error_t error_{};
};

// Whether the mark is there with which an archive's directory ends; a comment of 64 KiB may follow it.
bool has_directory_end(ZipFile& file) {
  constexpr std::uint64_t end_bytes = 22;
  constexpr std::uint64_t longest_end = end_bytes + 65535;
  const std::uint64_t place = file.size() - std::min(file.size(), longest_end);
  const std::string tail = file.bytes(place, longest_end);
  const std::size_t mark = tail.rfind("PK\5\6");
  return mark != std::string::npos && tail.size() - mark >= end_bytes;
}

struct CloseArchive {
  void operator()(zip_t* archive) const { ::zip_discard(archive); }
};

struct CloseRecord {
  void operator()(zip_file_t* record) const { ::zip_fclose(record); }
};

using OpenRecord = std::unique_ptr<zip_file_t, CloseRecord>;

}  // namespace

struct ZipReader::State {
  explicit State(const fs::path& path) : file(path) {}
  State(std::string bytes, const std::string& name) : file(std::move(bytes), name) {}

  std::string name(std::size_t record) const {
    const char* const found = ::zip_get_name(archive.get(), record, ZIP_FL_ENC_RAW);
    return found == nullptr ? "" : found;
  }

  // Without its folder, which torch.save calls after the file.
  std::string name_in_folder(std::size_t record) const {
    const std::string whole = name(record);
    return whole.substr(whole.find('/') + 1);
  }

  [[noreturn]] void refuse(std::size_t record, const std::string& problem) const {
    throw Error("is no PyTorch checkpoint: record '" + name_in_folder(record) + "' is " + problem,
                file.path().string());
  }

  [[noreturn]] void fail(std::size_t record, const std::string& problem) const {
    file.throw_if_disk_failed();
    throw Error("is damaged: record '" + name_in_folder(record) + "' " + problem, file.path().string(),
                fetch_again);
  }

  [[noreturn]] void fail(std::size_t record, const zip_error_t& error) const {
    switch (::zip_error_code_zip(&error)) {
      case ZIP_ER_CRC:
        fail(record, "is not what its checksum says");
      case ZIP_ER_EOF:
        fail(record, "is cut off");
      case ZIP_ER_ZLIB:
      case ZIP_ER_COMPRESSED_DATA:
        fail(record, "cannot be inflated");
      case ZIP_ER_MEMORY:
        throw std::bad_alloc();
      default:
        fail(record, "does not lie where the archive's directory says");
    }
  }

  zip_stat_t status(std::size_t record) const {
    zip_stat_t status;
    ::zip_stat_init(&status);
    if (::zip_stat_index(archive.get(), record, 0, &status) != 0)
      fail(record, *::zip_get_error(archive.get()));
    return status;
  }

  ZipFile file;
  std::unique_ptr<zip_t, CloseArchive> archive;
};

ZipReader::ZipReader(const fs::path& path) : state_(std::make_unique<State>(path)) {}

ZipReader::ZipReader(std::string bytes, const std::string& name)
    : state_(std::make_unique<State>(std::move(bytes), name)) {}

ZipReader::~ZipReader() = default;

std::uint64_t ZipReader::file_bytes() const {
  return state_->file.size();
}

std::string ZipReader::first_bytes(std::size_t size) const {
  return state_->file.bytes(0, size);
}

std::vector<ZipRecord> ZipReader::open_directory() {
  zip_source_t* const source = ::zip_source_function_create(&ZipFile::serve, &state_->file, nullptr);
  if (source == nullptr) throw std::bad_alloc();
  constexpr std::uint64_t tail = std::uint64_t{1} << 17;
  state_->file.allow_libzip(2 * state_->file.size() + tail);
  state_->archive.reset(::zip_open_from_source(source, ZIP_RDONLY, nullptr));
  state_->file.allow_libzip(unlimited);
  if (!state_->archive) ::zip_source_free(source);
  state_->file.throw_if_disk_failed();
  if (!state_->archive) {
    throw Error(has_directory_end(state_->file) ? "is damaged: the directory at its end cannot be read"
                                                : "is truncated: the directory at its end is missing",
                state_->file.path().string(), fetch_again);
  }
  std::vector<ZipRecord> records(static_cast<std::size_t>(::zip_get_num_entries(state_->archive.get(), 0)));
  for (std::size_t i = 0; i < records.size(); ++i) records[i] = {state_->name(i), state_->status(i).size};
  return records;
}

std::string ZipReader::read(std::size_t record) {
  const zip_stat_t status = state_->status(record);
  if (status.encryption_method != ZIP_EM_NONE) state_->refuse(record, "encrypted");
  if (status.comp_method != ZIP_CM_STORE && status.comp_method != ZIP_CM_DEFLATE)
    state_->refuse(record, "compressed by another method than deflate");
  const OpenRecord open(::zip_fopen_index(state_->archive.get(), record, 0));
  if (!open) state_->fail(record, *::zip_get_error(state_->archive.get()));
  std::string bytes(status.size, '\0');
  for (std::uint64_t done = 0; done < status.size;) {
    const zip_int64_t count = ::zip_fread(open.get(), bytes.data() + done, status.size - done);
    if (count < 0) state_->fail(record, *::zip_file_get_error(open.get()));
    if (count == 0) state_->fail(record, "is shorter than it says");
    done += static_cast<std::uint64_t>(count);
  }
  // libzip looks at the checksum where it meets the record's end.
  char surplus = 0;
  const zip_int64_t count = ::zip_fread(open.get(), &surplus, 1);
  if (count > 0) state_->fail(record, "is longer than it says");
  const zip_error_t& error = *::zip_file_get_error(open.get());
  const bool lacks_checksum = status.crc == 0 && ::zip_error_code_zip(&error) == ZIP_ER_CRC;
  if (count < 0 && !lacks_checksum) state_->fail(record, error);
  return bytes;
}

}  // namespace musicmem::data
