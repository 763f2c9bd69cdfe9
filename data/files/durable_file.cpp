// SPDX-License-Identifier: GPL-3.0-or-later
#include "data/files/durable_file.h"

#include "config/io_error.h"
#include "data/files/names.h"
#include "data/files/process.h"

#include <cerrno>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <optional>
#include <system_error>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace musicmem::data {
namespace {

namespace fs = std::filesystem;

// A file descriptor that is closed when its owner goes.
class Descriptor {
 public:
  Descriptor(const fs::path& path, int flags)
      : path_(path), fd_(::open(path.c_str(), flags | O_CLOEXEC, 0666)) {
    if (fd_ < 0) fail_of_system("cannot be opened", path, errno);
  }
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return fd_; }
  void close() {
    const int fd = fd_;
    fd_ = -1;
    if (::close(fd) != 0) fail_of_system("cannot be written", path_, errno);
  }

 private:
  fs::path path_;
  int fd_;
};

void write_all(int fd, std::string_view bytes, const fs::path& path) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(fd, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) fail_of_system("cannot be written", path, errno);
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
}

void sync(int fd, const fs::path& path) {
  // EINVAL: a file system without sync, such as some FUSE mounts.
  if (::fsync(fd) != 0 && errno != EINVAL) fail_of_system("cannot be synced to disk", path, errno);
}

void sync_directory(const fs::path& directory) {
  const Descriptor descriptor(directory.empty() ? fs::path(".") : directory, O_RDONLY | O_DIRECTORY);
  sync(descriptor.get(), directory);
}

struct Maker {
  std::string host;
  pid_t pid;
};

// Of a file named by temporary_name(); empty for any other.
std::optional<Maker> maker_of(const std::string& name) {
  const std::string marker = ".tmp.";
  const auto begin = name.rfind(marker);
  const auto dot = name.rfind('.');
  if (begin == std::string::npos || dot < begin + marker.size()) return std::nullopt;
  const std::string host = name.substr(begin + marker.size(), dot - begin - marker.size());
  pid_t pid = 0;
  const char* const end = name.data() + name.size();
  const auto number = std::from_chars(name.data() + dot + 1, end, pid);
  if (number.ec != std::errc() || number.ptr != end || pid <= 0) return std::nullopt;
  return Maker{host, pid};
}

// What the file system under `directory` takes for the time; empty where it cannot be asked.
std::optional<fs::file_time_type> time_of_file_system(const fs::path& directory) {
  const fs::path probe = temporary_name(directory / "clock");
  std::error_code error;
  try {
    write_file(probe, "");
  } catch (const Error&) {
    error = std::make_error_code(std::errc::io_error);
  }
  const auto time = error ? fs::file_time_type() : fs::last_write_time(probe, error);
  ::unlink(probe.c_str());
  if (error) return std::nullopt;
  return time;
}

}  // namespace

std::string read_file(const fs::path& path) {
  std::error_code ignored;
  if (fs::is_directory(path, ignored)) throw Error("is a directory, not a file", path.string());
  const Descriptor descriptor(path, O_RDONLY);
  std::string bytes;
  struct stat status {};
  const bool is_known = ::fstat(descriptor.get(), &status) == 0;
  if (is_known && (S_ISCHR(status.st_mode) || S_ISBLK(status.st_mode)))
    throw Error("is a device, not a file", path.string());
  if (is_known && status.st_size > 0) {
    bytes.reserve(static_cast<std::size_t>(status.st_size));
  }
  char buffer[1 << 16];
  for (;;) {
    const ssize_t count = ::read(descriptor.get(), buffer, sizeof buffer);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) fail_of_system("cannot be read", path, errno);
    if (count == 0) return bytes;
    bytes.append(buffer, static_cast<std::size_t>(count));
  }
}

void write_file(const fs::path& path, std::string_view bytes) {
  Descriptor file(path, O_WRONLY | O_CREAT | O_TRUNC);
  write_all(file.get(), bytes, path);
  file.close();
}

void append_to_file(const fs::path& path, std::string_view bytes) {
  Descriptor file(path, O_WRONLY | O_CREAT | O_APPEND);
  write_all(file.get(), bytes, path);
  file.close();
}

void fail_to_read_back(const fs::path& path) {
  throw IoError("does not read back as it was written", path.string(), advice_on(EIO));
}

TemporaryFile::TemporaryFile(fs::path path) : path_(std::move(path)), name_(temporary_name(path_)) {}

TemporaryFile::~TemporaryFile() {
  if (!name_.empty()) ::unlink(name_.c_str());
}

void TemporaryFile::commit() {
  sync_file(name_);
  put_in_place();
}

void TemporaryFile::put_in_place() {
  replace();
  sync_directory(path_.parent_path());
}

void TemporaryFile::replace() {
  if (::rename(name_.c_str(), path_.c_str()) != 0) fail_of_system("cannot be put in place", path_, errno);
  name_.clear();
}

void write_file_durably(const fs::path& path, std::string_view bytes) {
  TemporaryFile temporary(path);
  Descriptor file(temporary.name(), O_WRONLY | O_CREAT | O_TRUNC);
  write_all(file.get(), bytes, path);
  sync(file.get(), path);
  file.close();
  if (read_file(temporary.name()) != bytes) fail_to_read_back(path);
  temporary.put_in_place();
}

void replace_file(const fs::path& path, std::string_view bytes) {
  TemporaryFile temporary(path);
  write_file(temporary.name(), bytes);
  temporary.replace();
}

void sync_file(const fs::path& path) {
  const Descriptor file(path, O_RDONLY);
  sync(file.get(), path);
}

void make_directories(const fs::path& path) {
  std::error_code error;
  fs::create_directories(path, error);
  if (!error && !fs::is_directory(path)) error = std::make_error_code(std::errc::not_a_directory);
  if (error) fail_of_system("directory cannot be made", path, error.value());
}

void require_writable_directory(const fs::path& path) {
  make_directories(path);
  const fs::path probe = temporary_name(path / "probe");
  try {
    Descriptor file(probe, O_WRONLY | O_CREAT | O_TRUNC);
  } catch (const Error&) {
    fail_of_system("directory cannot be written", path, errno);
  }
  ::unlink(probe.c_str());
}

bool publish_directory(const fs::path& attempt, const fs::path& target) {
  for (const auto& entry : fs::directory_iterator(attempt)) sync_file(entry.path());
  sync_directory(attempt);
  make_directories(target.parent_path());
  // Some file systems know no RENAME_NOREPLACE; there a plain rename still
  // refuses a target that is not empty.
  int result = ::renameat2(AT_FDCWD, attempt.c_str(), AT_FDCWD, target.c_str(), RENAME_NOREPLACE);
  if (result != 0 && errno == EINVAL) result = ::rename(attempt.c_str(), target.c_str());
  if (result == 0) {
    sync_directory(target.parent_path());
    return true;
  }
  const int error = errno;
  std::error_code ignored;
  fs::remove_all(attempt, ignored);
  if (error == EEXIST || error == ENOTEMPTY) return false;
  fail_of_system("cannot be put in place", target, error);
}

fs::path temporary_name(const fs::path& path) {
  const std::string suffix = ".tmp." + host_name() + "." + std::to_string(::getpid());
  return path.parent_path() / file_name(path.filename().string(), suffix);
}

bool is_maker_at_work(const fs::path& temporary) {
  const auto maker = maker_of(temporary.filename().string());
  if (!maker) return false;
  if (maker->host == host_name()) return is_at_work(maker->pid);
  std::error_code unknown;
  const auto changed = fs::last_write_time(temporary, unknown);
  if (unknown) return false;  // removed meanwhile
  const auto now = time_of_file_system(temporary.parent_path());
  return !now || *now - changed <= std::chrono::minutes(10);
}

int remove_stale_temporaries(const fs::path& directory, StaleMakers makers) {
  if (!fs::is_directory(directory)) return 0;
  std::vector<fs::path> stale;
  auto entry = fs::recursive_directory_iterator(directory);
  for (; entry != fs::recursive_directory_iterator(); ++entry) {
    const auto maker = maker_of(entry->path().filename().string());
    if (!maker) continue;
    if (entry->is_directory()) entry.disable_recursion_pending();
    const bool is_own = maker->host == host_name() && maker->pid == ::getpid();
    if (makers == StaleMakers::all || is_own || !is_maker_at_work(entry->path()))
      stale.push_back(entry->path());
  }
  for (const fs::path& path : stale) fs::remove_all(path);
  return static_cast<int>(stale.size());
}

}  // namespace musicmem::data
