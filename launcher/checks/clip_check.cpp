// SPDX-License-Identifier: GPL-3.0-or-later
#include "launcher/checks/clip_check.h"

#include "config/counted.h"
#include "config/io_error.h"
#include "data/files/durable_file.h"
#include "data/files/hash.h"
#include "features/sound/audio.h"
#include "features/sound/near_duplicates.h"
#include "launcher/study/run_plan.h"

#include <algorithm>
#include <map>
#include <span>
#include <utility>

#include <fmt/format.h>

namespace musicmem::launcher {
namespace {

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

}  // namespace

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

}  // namespace musicmem::launcher
