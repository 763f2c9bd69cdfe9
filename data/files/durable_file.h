// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

// Files that are either whole or absent: written under a temporary name, synced, then renamed.
// Every failure throws Error with the path and the system's reason: IoError, but where a path is wrong or
// permission is missing.
namespace musicmem::data {

// Reads a whole file, or a pipe to its end. Throws Error for a device, which may have none.
std::string read_file(const std::filesystem::path& path);

// Writes a file in a directory that is not published yet: whole, but not synced
// (publish_directory does that).
void write_file(const std::filesystem::path& path, std::string_view bytes);

// Adds bytes to the end of a file, which is made where it is missing; not synced. What a failed write left of
// them stays.
void append_to_file(const std::filesystem::path& path, std::string_view bytes);

// Throws what a file is whose content is not what was written to it.
[[noreturn]] void fail_to_read_back(const std::filesystem::path& path);

// A file under its temporary name (temporary_name), which its owner writes there and then puts in place. On
// failure the temporary file is removed and what was at `path` stays.
class TemporaryFile {
 public:
  explicit TemporaryFile(std::filesystem::path path);
  ~TemporaryFile();
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;

  const std::filesystem::path& name() const { return name_; }

  // Syncs the file and puts it in place.
  void commit();
  // Renames the file, which is synced already, over `path` and syncs the directory.
  void put_in_place();
  // Renames the file over `path`, and syncs nothing.
  void replace();

 private:
  std::filesystem::path path_;
  std::filesystem::path name_;
};

// Writes `<path>.tmp.<host>.<pid>`, syncs it, reads it back, renames it over `path` and syncs the directory.
// On failure the temporary file is removed and what was at `path` stays.
void write_file_durably(const std::filesystem::path& path, std::string_view bytes);

// The same without syncing and reading back, for files that are written every second and are worth nothing after
// a power failure: readers find the old one or the new one whole.
void replace_file(const std::filesystem::path& path, std::string_view bytes);

// Writes a file's content through to the disk.
void sync_file(const std::filesystem::path& path);

// Creates a directory and its parents; says which one could not be made and why.
void make_directories(const std::filesystem::path& path);

// Creates `path` where it is missing and proves that a file can be written there.
void require_writable_directory(const std::filesystem::path& path);

// Syncs `attempt` and its files and renames it to `target` if nothing is there; false, with `attempt`
// removed, if something is.
bool publish_directory(const std::filesystem::path& attempt, const std::filesystem::path& target);

// `<path>.tmp.<host>.<pid>`: a name that no other process uses. Of a name that would be too long with it, the
// end gives way to a hash (file_name).
std::filesystem::path temporary_name(const std::filesystem::path& path);

// Whether the process that a temporary is named after may still be at work: on this host it is; of another
// host, the file has changed within ten minutes, by the clock of the file system. False of any other file.
bool is_maker_at_work(const std::filesystem::path& temporary);

// Whose temporaries are stale: those of every process, for none but this one may write there; or those of
// this process, which is about to make them anew, and of those that are not at work.
enum class StaleMakers { all, ended };

// Removes stale temporaries below `directory`. Returns how many.
int remove_stale_temporaries(const std::filesystem::path& directory, StaleMakers makers = StaleMakers::ended);

}  // namespace musicmem::data
