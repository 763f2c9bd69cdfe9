// SPDX-License-Identifier: GPL-3.0-or-later
#include "data/files/known_files.h"

#include "data/files/durable_file.h"
#include "data/files/file_reading.h"
#include "data/files/hash.h"

#include <algorithm>
#include <chrono>
#include <fstream>
#include <utility>

#include <sys/stat.h>

namespace musicmem::data {
namespace {

namespace fs = std::filesystem;

std::string key_of(const fs::path& file) {
  return fs::absolute(file).lexically_normal().string();
}

std::int64_t in_nanoseconds(const timespec& time) {
  constexpr std::int64_t per_second = 1'000'000'000;
  return std::int64_t{time.tv_sec} * per_second + time.tv_nsec;
}

// Of a file's bytes, which may be more than fit into memory.
std::string checksum_of(const fs::path& file, const std::optional<FileStamp>& stamp) {
  constexpr std::uint64_t large = std::uint64_t{1} << 26;
  if (!stamp || stamp->size < large) return data::checksum(read_file(file));
  std::ifstream stream = open_to_read(file);
  std::string hash = data::checksum(stream);
  require_no_failure(stream, file);
  return hash;
}

std::optional<FileStamp> stamp(const struct stat& status) {
  if (!S_ISREG(status.st_mode)) return std::nullopt;
  return FileStamp{static_cast<std::uint64_t>(status.st_size), in_nanoseconds(status.st_mtim),
                   in_nanoseconds(status.st_ctim), static_cast<std::uint64_t>(status.st_ino)};
}

// Whether every later write would give the file another stamp.
bool is_settled(const FileStamp& stamp) {
  using namespace std::chrono;
  constexpr nanoseconds clock_step = 2s;
  const nanoseconds now = system_clock::now().time_since_epoch();
  return nanoseconds(std::max(stamp.written, stamp.changed)) + clock_step < now;
}

}  // namespace

std::optional<FileStamp> stamp_of(const fs::path& file) {
  struct stat status {};
  return ::stat(file.c_str(), &status) == 0 ? stamp(status) : std::nullopt;
}

std::optional<FileStamp> stamp_of(int descriptor) {
  struct stat status {};
  return ::fstat(descriptor, &status) == 0 ? stamp(status) : std::nullopt;
}

std::string KnownFiles::checksum(const fs::path& file) {
  const std::optional<FileStamp> stamp = stamp_of(file);
  const auto known = stamp ? entries_.find(key_of(file)) : entries_.end();
  if (known != entries_.end() && known->second.stamp == *stamp) return known->second.hash;
  const bool is_kept = stamp && is_settled(*stamp);
  std::string hash = checksum_of(file, stamp);
  if (is_kept) learn(file, *stamp, hash);
  return hash;
}

SealState KnownFiles::seal_state(const fs::path& file, std::string_view kind, std::string_view work_hash) {
  const std::optional<FileStamp> stamp = stamp_of(file);
  if (is_known(file, stamp, work_hash)) return SealState::good;
  const SealState state = check_seal(file, kind, work_hash);
  if (state == SealState::good && stamp) learn(file, *stamp, std::string(work_hash));
  return state;
}

SealState KnownFiles::seal_state(int descriptor, const fs::path& file, std::string_view kind,
                                 std::string_view work_hash) {
  const std::optional<FileStamp> stamp = stamp_of(descriptor);
  if (is_known(file, stamp, work_hash)) return SealState::good;
  const SealState state = check_seal(descriptor, file, kind, work_hash);
  if (state == SealState::good && stamp) learn(file, *stamp, std::string(work_hash));
  return state;
}

void KnownFiles::add_sealed(const fs::path& file, std::string_view work_hash) {
  if (const auto stamp = stamp_of(file)) learn(file, *stamp, std::string(work_hash));
}

void KnownFiles::add(const Entries& entries) {
  for (const auto& [file, entry] : entries) entries_.insert_or_assign(file, entry);
}

KnownFiles::Entries KnownFiles::take_news() {
  return std::exchange(news_, {});
}

bool KnownFiles::is_known(const fs::path& file, const std::optional<FileStamp>& stamp,
                          std::string_view hash) const {
  if (!stamp) return false;
  const auto known = entries_.find(key_of(file));
  return known != entries_.end() && known->second.stamp == *stamp && known->second.hash == hash;
}

void KnownFiles::learn(const fs::path& file, const FileStamp& stamp, std::string hash) {
  const Entry entry{stamp, std::move(hash)};
  entries_.insert_or_assign(key_of(file), entry);
  news_.insert_or_assign(key_of(file), entry);
}

}  // namespace musicmem::data
