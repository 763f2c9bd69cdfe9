// SPDX-License-Identifier: GPL-3.0-or-later
#include "config/error.h"
#include "data/files/csv.h"
#include "data/files/durable_file.h"
#include "data/files/hash.h"
#include "launcher/report/report.h"

#include <fstream>
#include <map>

namespace musicmem::launcher {
namespace {

namespace fs = std::filesystem;

constexpr const char* header = "model,variant,seed,fold,track,group,label,prediction\n";

using GroupOf = std::map<std::string, std::string>;  // of each track

std::string rows_of(const FitGroup& group, const FinishedFit& fit, const GroupOf& group_of) {
  const std::string bytes = data::read_file(fit.predictions);
  if (data::checksum(bytes) != fit.record.predictions_checksum) {
    throw Error("was changed while the report was written", fit.plan.directory + "/predictions.csv",
                "run the same command again");
  }
  const std::string of_fit = data::csv_field(group.model) + "," + data::csv_field(group.variant) + "," +
                             data::csv_field(fit.plan.seed) + "," + std::to_string(fit.plan.fold) + ",";
  std::string text;
  for (const PredictionRow& row : read_predictions(fit.predictions, bytes)) {
    const auto track_group = group_of.find(row.track);
    text += of_fit + data::csv_field(row.track) + "," +
            (track_group == group_of.end() ? "" : data::csv_field(track_group->second)) + "," +
            data::format_number(row.label) + "," + data::format_number(row.prediction) + "\n";
  }
  return text;
}

// A file that is written and then read back part by part, so that it need not fit into memory.
class PartedFile {
 public:
  explicit PartedFile(fs::path path) : path_(std::move(path)), stream_(path_, std::ios::binary) {}

  void append(const std::string& part) {
    stream_ << part;
    if (!stream_) throw Error("cannot be written", path_.string(), "check the disk's space");
    parts_.emplace_back(part.size(), data::checksum(part));
  }

  // Throws Error where it does not hold what was appended.
  void close() {
    stream_.close();
    bool whole = !stream_.fail();
    std::ifstream written(path_, std::ios::binary);
    std::string part;
    for (const auto& [size, checksum] : parts_) {
      part.resize(size);
      written.read(part.data(), static_cast<std::streamsize>(size));
      whole &= written && data::checksum(part) == checksum;
    }
    if (!whole) data::fail_to_read_back(path_);
  }

 private:
  fs::path path_;
  std::ofstream stream_;
  std::vector<std::pair<std::size_t, std::string>> parts_;  // size and checksum
};

}  // namespace

void write_predictions(const RunResults& results, const fs::path& file) {
  data::TemporaryFile temporary(file);
  PartedFile parts(temporary.name());
  parts.append(header);
  GroupOf group_of;
  for (const PlannedTrack& track : results.plan.tracks) group_of.emplace(track.name, track.group);
  for (const FitGroup& group : results.groups) {
    for (const FinishedFit& fit : group.fits) parts.append(rows_of(group, fit, group_of));
  }
  parts.close();
  temporary.commit();
}

}  // namespace musicmem::launcher
