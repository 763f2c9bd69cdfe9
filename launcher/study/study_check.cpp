// SPDX-License-Identifier: GPL-3.0-or-later
#include "launcher/study/study_check.h"

#include "config/counted.h"
#include "config/io_error.h"
#include "data/clip_files.h"
#include "data/ehc_table.h"
#include "data/files/csv.h"
#include "data/files/durable_file.h"
#include "data/files/folder_entries.h"
#include "data/files/hash.h"
#include "data/files/names.h"
#include "data/labels.h"
#include "features/ehc.h"
#include "features/feature_set.h"
#include "features/sound/audio.h"
#include "features/sound/near_duplicates.h"
#include "features/sound/pitch_variants.h"
#include "features/sound/segments.h"
#include "features/sources/side_inputs.h"
#include "features/sources/stem_directory.h"
#include "features/store/prepare_clip.h"
#include "launcher/study/feature_sources.h"
#include "launcher/study/run_plan.h"
#include "launcher/study/study.h"
#include "models/kinds/model_kinds.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <set>

#include <fmt/ranges.h>

namespace musicmem::launcher {
namespace {

namespace fs = std::filesystem;

// Findings by class, in the order in which the classes were met.
class Findings {
 public:
  Finding& add(bool is_error, const std::string& problem, const std::string& advice, const std::string& place,
               const std::string& detail = "") {
    auto finding = std::ranges::find_if(
        findings_, [&](const Finding& f) { return f.problem == problem && f.advice == advice; });
    if (finding == findings_.end())
      finding = findings_.insert(findings_.end(), Finding{is_error, problem, advice, {}});
    if (!place.empty()) finding->places.push_back(place);
    if (!detail.empty()) finding->details.push_back(detail);
    return *finding;
  }
  // An error of one clip, which the study does without.
  void clip_error(const std::string& problem, const std::string& advice, const std::string& place) {
    add(true, problem, advice, place).costs_clips_alone = true;
  }
  void add(const Finding& finding) { findings_.push_back(finding); }
  void error(const std::string& problem, const std::string& advice, const std::string& place,
             const std::string& detail = "") {
    add(true, problem, advice, place, detail);
  }
  void note(const std::string& problem, const std::string& advice, const std::string& place) {
    add(false, problem, advice, place);
  }
  std::vector<Finding> take() {
    const auto rank = [](const Finding& f) { return f.stops_the_study() ? 0 : f.is_error ? 1 : 2; };
    std::stable_sort(findings_.begin(), findings_.end(),
                     [&](const Finding& a, const Finding& b) { return rank(a) < rank(b); });
    return std::move(findings_);
  }

 private:
  std::vector<Finding> findings_;
};

void widen(std::optional<Range>& range, double value) {
  if (!range) range = Range{value, value};
  range->least = std::min(range->least, value);
  range->most = std::max(range->most, value);
}

void add_label_faults(const std::vector<data::LabelFault>& faults, Findings& findings) {
  for (const data::LabelFault& fault : faults) {
    const bool is_named = fault.who.empty() || fault.detail.find(fault.who) != std::string::npos;
    findings.error(fault.problem, fault.advice, is_named ? fault.place : fault.place + " (" + fault.who + ")",
                   fault.detail);
  }
}

// The clips of the rows that are in order. Audio that another row names, LabelFault::who, is not without a
// label: that row has the finding.
data::LabelledClips match_good_labels(const data::LabelTable& table, const fs::path& audio) {
  data::LabelledClips clips = data::match_labels(table.labels, audio);
  if (table.faults.empty()) return clips;
  data::ClipFolders files(audio);
  std::set<std::string> named;
  for (const data::LabelFault& fault : table.faults) named.insert(files.name_of(files.find(fault.who).file));
  std::erase_if(clips.unlabelled, [&](const std::string& name) { return named.contains(name); });
  return clips;
}

void check_sound(const features::ClipAudio& audio, const std::string& track, Findings& findings) {
  if (audio.source_rate < features::study_rate) {
    findings.note("clip has a lower rate than the study's 16000 Hz", "use a better source if there is one",
                  track + " " + std::to_string(audio.source_rate) + " Hz");
  }
  if (!audio.anomaly.empty()) {
    findings.note("clip has sound that cannot be meant", "listen to it; replace the file or remove its label",
                  track + " " + audio.anomaly);
  }
}

// Of a label without audio: what FoundClip::problem says, which may be nothing.
std::pair<std::string, std::string> cause_and_advice(const std::string& problem) {
  const std::size_t end = problem.find("; ");
  if (end == std::string::npos) return {problem, "add the file to data.audio or remove the label"};
  return {problem.substr(0, end), problem.substr(end + 2)};
}

// Clips whose bytes could be read; a print is empty where they are no sound.
struct HeardClips {
  std::vector<std::string> tracks;
  std::vector<std::string> groups;  // as the labels have them
  std::vector<std::string> checksums;
  std::vector<features::SoundPrint> prints;
};

// Pairs of other bytes that sound the same, of other groups.
void look_for_near_duplicates(const HeardClips& heard, Findings& findings) {
  const bool has_groups = std::ranges::none_of(heard.groups, &std::string::empty);
  const auto groups =
      has_groups ? std::span<const std::string>(heard.groups) : std::span<const std::string>();
  for (const features::NearDuplicate& pair : features::near_duplicates(heard.prints, groups)) {
    if (heard.checksums[pair.first] == heard.checksums[pair.second]) continue;
    findings.note("clip sounds nearly the same as another, of which folds would learn it",
                  has_groups ? "keep one of them, or give both one group"
                             : "keep one of them, or give both one group in a column group",
                  fmt::format("{} and {} (correlation {:.2f})", heard.tracks[pair.first],
                              heard.tracks[pair.second], pair.correlation));
  }
}

void check_audio(const data::LabelledClips& clips, const config::ClipGeometry& clip, CheckDepth depth,
                 StudyCheck& check, Findings& findings) {
  std::optional<Range> seconds;
  std::map<std::string, int> rates;
  HeardClips heard;
  std::vector<AdjustedClip> adjusted;
  for (std::size_t i = 0; i < clips.labels.size(); ++i) {
    const std::string& track = clips.labels[i].track;
    if (clips.audio[i].empty()) {
      const auto [cause, advice] = cause_and_advice(clips.problems[i]);
      findings.clip_error("label has no audio file", advice, cause.empty() ? track : track + ": " + cause);
      continue;
    }
    if (depth == CheckDepth::names) continue;
    const auto unusable = [&](const Error& error) {
      findings.clip_error("clip cannot be used", error.advice(), track + " " + error.problem());
    };
    try {
      heard.checksums.push_back(data::checksum(data::read_file(clips.audio[i])));
      heard.tracks.push_back(track);
      heard.groups.push_back(clips.labels[i].group);
      heard.prints.emplace_back();
    } catch (const IoError&) {
      throw;
    } catch (const Error& error) {
      unusable(error);
      continue;
    }
    try {
      const features::ClipAudio audio = features::read_clip(clips.audio[i], features::part_of(clip));
      check_sound(audio, track, findings);
      heard.prints.back() = features::sound_print(audio.samples);
      if (const std::string text = audio.adjustment(); !text.empty()) adjusted.push_back({track, text});
      widen(seconds, audio.source_seconds);
      ++rates[std::to_string(audio.source_rate) + " Hz, " +
              counted(static_cast<std::uint64_t>(audio.source_channels), "channel")];
    } catch (const Error& error) {  // an IoError too: in a start it is that of the clip's task
      unusable(error);
    }
  }
  if (const auto equal = find_equal_clips(heard.tracks, heard.checksums)) findings.add(*equal);
  look_for_near_duplicates(heard, findings);
  for (const Finding& finding : find_adjusted_clips(adjusted, clips.labels.size(), clip))
    findings.add(finding);
  if (depth == CheckDepth::sound && rates.empty())
    findings.error("no clip can be used", "the findings on single clips say why", "");
  for (const std::string& name : clips.unlabelled) {
    findings.note("audio file has no label and is left out", "add its score to the labels", name);
  }
  check.seconds = seconds.value_or(Range{});
  for (const auto& [rate, count] : rates)
    check.rates.push_back(rate + ": " + counted(static_cast<std::uint64_t>(count), "clip"));
}

// Reads the stems of a clip's original pitch and holds them against it.
void check_stems(features::StemDirectory& stems, const features::SoundPart& part, const std::string& track,
                 const fs::path& audio, Findings& findings) {
  features::PitchVariants clip;
  try {
    clip = features::original_only(track, features::read_clip(audio, part));
  } catch (const IoError&) {
    throw;
  } catch (const Error&) {
    return;  // the clip has its own finding
  }
  stems.open(clip);
  stems.levels(0, {});
  if (stems.anomaly().empty()) return;
  findings.note("clip has stems that may not be its own", "separate this very clip, with no stem made louder",
                track + " " + stems.anomaly());
}

// What the explainable features take from beside the audio.
void check_sources(const config::Experiment& experiment, const data::LabelledClips& clips, CheckDepth depth,
                   Findings& findings) {
  if (!has_side_inputs(experiment)) return;
  const config::ClipGeometry& clip = experiment.features.clip;
  const features::SideInputs beside(experiment.features.ehc, clip);
  if (depth == CheckDepth::sound) {  // its separator and emotion model open
    const features::EhcExtractor opens(experiment.features, /*gpu=*/-1);
  }
  const config::Stems& stems = experiment.features.ehc.stems;
  std::optional<features::StemDirectory> folders;  // whose files are read
  if (depth == CheckDepth::sound && stems.source == config::Stems::Source::directory)
    folders.emplace(stems.path, clip);
  for (std::size_t i = 0; i < clips.names.size(); ++i) {
    try {
      beside.require(clips.names[i], experiment.augment.pitch_semitones);
      if (folders && !clips.audio[i].empty())
        check_stems(*folders, features::part_of(clip), clips.names[i], clips.audio[i], findings);
    } catch (const IoError&) {
      throw;
    } catch (const Error& error) {
      const std::string file = fs::path(error.where()).filename().string();
      const bool names_clip = error.problem().find("'" + data::stem_of(clips.names[i])) != std::string::npos;
      findings.clip_error(
          "clip has no stems, tempo or emotion that can be used", error.advice(),
          names_clip ? error.problem()
                     : clips.labels[i].track + ": " + (file.empty() ? "" : file + " ") + error.problem());
    }
  }
}

void check_scores(const std::vector<double>& scores, StudyCheck& check, Findings& findings) {
  std::optional<Range> range;
  for (const double score : scores) widen(range, score);
  check.scores = range.value_or(Range{});
  check.tracks = scores.size();
  if (range && range->least == range->most && scores.size() > 1) {
    findings.error("all scores are the same, " + data::format_number(range->least),
                   "there is nothing to predict", "");
  }
}

void check_models(const config::Experiment& experiment, StudyCheck& check, Findings& findings) {
  for (const config::ModelSpec& model : experiment.models) {
    const models::ModelKind& kind = models::kind_of(model.name);
    if (kind.check == nullptr) continue;
    const models::ModelCheck found = kind.check(experiment, model);
    check.pretrained.insert(check.pretrained.end(), found.taken.begin(), found.taken.end());
    for (const std::string& warning : found.warnings) findings.note(warning, "", "");
  }
}

}  // namespace

std::string Finding::text() const {
  std::string line = details.size() == 1 ? details.front() : problem;
  if (places.size() == 1) line += " (" + places.front() + ")";
  if (places.size() > 1) {
    line += " (" + std::to_string(places.size()) + (among > 0 ? " of " + std::to_string(among) : "") +
            ", such as " + place_text(0) + ")";
  }
  return advice.empty() ? line : line + "; " + advice;
}

std::string Finding::place_text(std::size_t index) const {
  return index < details.size() ? places[index] + ": " + details[index] : places[index];
}

bool StudyCheck::can_run() const {
  return std::none_of(findings.begin(), findings.end(),
                      [](const Finding& finding) { return finding.stops_the_study(); });
}

bool StudyCheck::costs_clips() const {
  return std::any_of(findings.begin(), findings.end(),
                     [](const Finding& finding) { return finding.costs_clips_alone; });
}

std::optional<Finding> find_equal_clips(const std::vector<std::string>& tracks,
                                        const std::vector<std::string>& checksums) {
  Finding finding{false, "clip has the same bytes as another", "keep one of them: folds would share it", {}};
  std::map<std::string, std::string> first;
  for (std::size_t i = 0; i < tracks.size(); ++i) {
    if (checksums[i].empty()) continue;
    const auto [known, is_new] = first.emplace(checksums[i], tracks[i]);
    if (!is_new) finding.places.push_back(tracks[i] + " and " + known->second);
  }
  return finding.places.empty() ? std::nullopt : std::optional(finding);
}

std::vector<Finding> find_adjusted_clips(const std::vector<AdjustedClip>& clips, std::size_t all,
                                         const config::ClipGeometry& geometry) {
  const std::string end = fmt::format("{} s", features::part_of(geometry).end());
  const std::string part =
      geometry.offset > 0.0 ? fmt::format("{} s to {} of it", geometry.offset, end) : "its first " + end;
  Findings findings;
  for (const auto& [track, adjustment] : clips) {
    const bool is_padded = adjustment.starts_with("padded");
    findings
        .add(false,
             is_padded ? "clip is shorter than " + end + " and is padded with silence"
                       : "clip is longer than " + end + " and is trimmed to " + part,
             is_padded ? "cut it again from its source" : "cut it as the listeners heard it",
             track + " " + adjustment)
        .among = all;
  }
  return findings.take();
}

StudyCheck check_study(const config::Experiment& experiment, CheckDepth depth) {
  StudyCheck check;
  Findings findings;
  try {
    if (experiment.data.from_table()) {
      const data::SegmentTable table =
          data::read_segment_table(experiment.data.table, nullptr, track_columns(experiment));
      check_scores(table.labels, check, findings);
    } else {
      const data::LabelTable table = data::scan_labels(experiment.data.labels, track_columns(experiment));
      if (depth == CheckDepth::sound && !table.ignored.empty()) {
        findings.note(fmt::format("columns of the labels that nothing is read from: {}",
                                  fmt::join(table.ignored, ", ")),
                      "", "");
      }
      add_label_faults(table.faults, findings);
      std::vector<double> scores;
      for (const data::Label& label : table.labels) scores.push_back(label.score);
      check_scores(scores, check, findings);
      if (is_from_audio(experiment)) {
        const data::LabelledClips clips = match_good_labels(table, experiment.data.audio);
        check_audio(clips, experiment.features.clip, depth, check, findings);
        check_sources(experiment, clips, depth, findings);
      }
    }
    // What only the whole can tell: folds against tracks, variants that have nothing to train on.
    const Study study = load_study(experiment);
    check.folds = count_folds(study);
    for (const StudyWarning& warning : study.warnings) {
      if (warning.kind != WarningKind::unlabelled) findings.note(warning.text, "", "");
    }
    if (depth == CheckDepth::sound) {
      for (const std::string& set : sets_from_files(experiment)) open_set(study, set).read();
      for (const config::AudioSet& set : feature_sets(experiment)) {
        if (features::kind_of(set).computes_with_torch)
          features::ClipPreparer(experiment.features, /*gpu=*/-1).open_sources(set);
      }
    }
    check_models(experiment, check, findings);
  } catch (const Error& error) {
    // The single rows have said so already, with all others like them.
    std::vector<Finding> known = findings.take();
    const bool is_known =
        std::any_of(known.begin(), known.end(), [](const Finding& f) { return f.stops_the_study(); });
    if (!is_known) {
      known.insert(known.begin(), {true, error.problem(), error.advice(), {}});
      if (!error.where().empty()) known.front().places.push_back(error.where());
    }
    check.findings = std::move(known);
    return check;
  }
  check.findings = findings.take();
  return check;
}

StudyNeeds estimate_needs(const config::Experiment& experiment, std::size_t tracks, int folds) {
  const std::uint64_t segments = features::Segments(experiment.features.clip).count;
  const config::ClipGeometry published;  // whose clips FeatureSetKind::bytes are of
  const double growth =
      std::max(experiment.features.clip.seconds / published.seconds,
               static_cast<double>(segments) / static_cast<double>(features::Segments(published).count));
  const std::uint64_t variants = experiment.augment.pitch_semitones.size() + 1;
  StudyNeeds needs;
  std::uint64_t largest = 0;
  for (const config::AudioSet& set : feature_sets(experiment)) {
    constexpr std::uint64_t copies = 2;  // shards, and the file compacted from them
    const auto bytes = static_cast<std::uint64_t>(
        growth * static_cast<double>(tracks * variants * features::kind_of(set).bytes));
    if (!experiment.data.from_table()) needs.feature_bytes += copies * bytes;
    largest = std::max(largest, bytes);
  }
  constexpr std::uint64_t usual_embedding = 1024;  // columns
  std::uint64_t largest_fit = 0;
  for (const config::ModelSpec& model : experiment.models) {
    std::uint64_t columns = 0;
    for (const std::string& name : model.features.sets) {
      const auto set = config::built_in_set(name);
      columns += set ? features::kind_of(*set).columns : usual_embedding;
    }
    for (const config::Variant variant : model.variants) {
      const std::uint64_t rows = tracks * segments * (uses_augmented_rows(variant) ? variants : 1);
      const models::FitCosts costs = models::kind_of(model.name).costs(model, rows, columns);
      const std::uint64_t fits = experiment.cross_validation.seeds.size() *
                                 static_cast<std::uint64_t>(folds * experiment.cross_validation.repeats);
      needs.run_bytes += fits * (costs.weight_bytes + tracks * (segments + 1) * 80);
      largest_fit = std::max(largest_fit, costs.memory_bytes);
    }
  }
  constexpr std::uint64_t program = 200ULL << 20;  // libraries and the sound of one clip in all its variants
  needs.memory_per_rank = program + largest + largest_fit;
  return needs;
}

}  // namespace musicmem::launcher
