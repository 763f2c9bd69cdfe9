// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/ssast/reading.h"

#include "config/error.h"
#include "config/exact_text.h"
#include "data/files/csv.h"
#include "data/recorded_clip.h"

#include <array>
#include <cmath>
#include <utility>

#include <fmt/ranges.h>

namespace musicmem::models {
namespace {

using weights::PthFile;

// A grid of at most so many frames is that of one-second segments.
constexpr std::int64_t longest_segment = 100;

constexpr std::array text_names = {"pooling", "input", "segments", "control"};
constexpr std::array number_names = {"fbank_mean", "fbank_deviation"};
constexpr std::array integer_names = {"stride", "frames"};

std::optional<std::string> text_of(const PthFile& file, const std::string& name) {
  if (const auto found = file.remarks.texts.find(name); found != file.remarks.texts.end())
    return found->second;
  if (const auto found = file.settings.find(name); found != file.settings.end()) return found->second;
  return std::nullopt;
}

std::optional<double> number_of(const PthFile& file, const std::string& name) {
  if (const auto found = file.remarks.numbers.find(name); found != file.remarks.numbers.end())
    return found->second;
  if (const auto found = file.remarks.integers.find(name); found != file.remarks.integers.end())
    return static_cast<double>(found->second);
  const auto text = text_of(file, name);
  if (!text) return std::nullopt;
  const std::optional<double> value = data::parse_number(*text);
  if (!value || !std::isfinite(*value)) {
    throw Error("its " + name + " is '" + *text + "', which is no number", file.tensors.origin);
  }
  return value;
}

std::optional<std::int64_t> count_of(const PthFile& file, const std::string& name) {
  const auto value = number_of(file, name);
  if (!value) return std::nullopt;
  constexpr double largest = 1e6;
  if (*value != std::floor(*value) || *value < 1.0 || *value > largest) {
    throw Error("its " + name + " is " + data::format_number(*value) + ", which is no count",
                file.tensors.origin);
  }
  return static_cast<std::int64_t>(*value);
}

template <class Choice, std::size_t n>
std::optional<Choice> choice_of(const PthFile& file, const std::string& name,
                                const std::array<Choice, n>& choices) {
  const auto text = text_of(file, name);
  if (!text) return std::nullopt;
  std::vector<std::string> known;
  for (const Choice choice : choices) {
    known.push_back(to_string(choice));
    if (known.back() == *text) return choice;
  }
  throw Error(fmt::format("its {} is '{}', which is not {}", name, *text, fmt::join(known, " or ")),
              file.tensors.origin);
}

// What the user said, else what the file says, else `otherwise`.
template <class Value>
std::pair<Value, SsastSource> settled(const std::optional<Value>& user, const std::optional<Value>& file,
                                      Value otherwise, SsastSource otherwise_from = SsastSource::nowhere) {
  if (user) return {*user, SsastSource::user};
  if (file) return {*file, SsastSource::file};
  return {otherwise, otherwise_from};
}

// What the grid of a model tells by itself.
config::SsastInput input_of(const SsastShape& shape) {
  const std::int64_t frames_seen = (shape.grid_frames() - 1) * shape.stride_frames + shape.patch_frames;
  return frames_seen <= longest_segment ? config::SsastInput::segment : config::SsastInput::clip;
}

GridHints hints_of(const PthFile& file, const SsastAnswers& answers) {
  GridHints hints = answers.grid;
  // A length of the user's is not to be crossed by a stride of the file, nor the other way round.
  if (!hints.stride && !hints.frames) hints = {count_of(file, "stride"), count_of(file, "frames")};
  return hints;
}

SsastSource grid_source(const SsastReading& reading, const SsastAnswers& answers, const GridHints& hints) {
  if (reading.found.grids.size() != 1) return SsastSource::nowhere;
  if (answers.grid.stride || answers.grid.frames) return SsastSource::user;
  return hints.stride || hints.frames || reading.found.is_pretraining ? SsastSource::file
                                                                      : SsastSource::positions;
}

void settle_grid(SsastReading& reading, const SsastAnswers& answers, const GridHints& hints) {
  SsastRecognition& found = reading.found;
  if (answers.of_own_fit && found.grids.size() > 1) {
    SsastShape own = found.shape;
    set_patches(own, own.patch_frames == 2 ? config::SsastPatches::frame : config::SsastPatches::patch);
    const auto is_own = [&](const SsastGrid& grid) { return grid.stride == own.stride_frames; };
    std::erase_if(found.grids, std::not_fn(is_own));
    if (found.grids.size() == 1) {
      own.target_length = found.grids.front().shortest;
      found.shape = own;
    }
  }
  std::vector<SsastGrid> shown = found.grids;
  if (shown.size() == 1 && hints.frames) shown.front().shortest = shown.front().longest = *hints.frames;
  reading.settings.push_back({"grid", to_string(shown), grid_source(reading, answers, hints)});
}

void settle_statistics(SsastReading& reading, const PthFile& file, const SsastAnswers& answers) {
  SpectrogramStatistics& statistics = reading.statistics;
  const auto [mean, mean_source] = settled(answers.mean, number_of(file, "fbank_mean"), statistics.mean);
  const auto [deviation, deviation_source] =
      settled(answers.deviation, number_of(file, "fbank_deviation"), statistics.deviation);
  if (!(deviation > 0.0)) {
    throw Error("its fbank_deviation is not positive", file.tensors.origin, "give one with --std");
  }
  statistics = {mean, deviation};
  const std::string mean_text = "mean " + data::format_number(mean);
  const std::string deviation_text = "std " + data::format_number(deviation);
  if (mean_source == deviation_source) {
    reading.settings.push_back({"normalisation", mean_text + ", " + deviation_text, mean_source});
  } else {
    reading.settings.push_back({"normalisation", mean_text, mean_source});
    reading.settings.push_back({"normalisation", deviation_text, deviation_source});
  }
}

config::ClipGeometry clip_in(const PthFile& file) {
  std::map<std::string, std::string> texts;
  for (const std::string& name : data::clip_record_names()) {
    if (const auto value = number_of(file, name)) texts[name] = exact_text(*value);
  }
  return data::clip_recorded_in(texts, file.tensors.origin);
}

void settle(SsastReading& reading, const PthFile& file, const SsastAnswers& answers, const GridHints& hints) {
  using config::Pooling;
  using config::SsastInput;
  using config::SsastPooling;
  settle_grid(reading, answers, hints);
  const bool is_given = !(answers.clip == config::ClipChoice{});
  reading.clip = answers.clip.over(clip_in(file));
  if (is_given || !(reading.clip == config::ClipGeometry{})) {
    reading.settings.push_back(
        {"clips of", data::describe(reading.clip), is_given ? SsastSource::user : SsastSource::file});
  }
  reading.shape = reading.found.shape;
  const auto [pooling, pooling_source] = settled(
      answers.pooling, choice_of(file, "pooling", std::array{SsastPooling::avgtok, SsastPooling::cls}),
      SsastPooling::avgtok);
  reading.shape.pooling = pooling;
  reading.settings.push_back({"pooling", to_string(pooling), pooling_source});
  if (reading.found.grids.size() == 1) {
    const auto [input, input_source] =
        settled(answers.input, choice_of(file, "input", std::array{SsastInput::clip, SsastInput::segment}),
                input_of(reading.shape));
    reading.input = input;
    reading.settings.push_back({"input", to_string(input), input_source});
  }
  if (reading.input == SsastInput::segment) {
    const auto [segments, source] =
        settled({}, choice_of(file, "segments", std::array{Pooling::mean, Pooling::max}), Pooling::mean);
    reading.segments = segments;
    reading.settings.push_back({"segments", to_string(segments), source});
  }
  settle_statistics(reading, file, answers);
  reading.is_control = text_of(file, "control") == "shuffled";
  if (reading.is_control)
    reading.settings.push_back({"control", "trained on permuted labels", SsastSource::file});
}

[[noreturn]] void ask_for_grid(const SsastRecognition& found, const std::string& origin) {
  const std::string patches = std::to_string(found.patches);
  if (found.grids.empty()) {
    throw Error("has positions of " + patches + " patches, which are not of the stride or length given",
                origin, "possible: " + to_string(possible_grids(found.shape, found.patches, {})));
  }
  throw Error("does not say how its " + patches + " patches lie: " + to_string(found.grids), origin,
              "choose with --stride N or --frames N");
}

const char* words_of(SsastSource source) {
  switch (source) {
    case SsastSource::user:
      return "as given";
    case SsastSource::file:
      return "from the file";
    case SsastSource::positions:
      return "from the number of positions";
    case SsastSource::nowhere:
      return "assumed, as the file does not say";
  }
  return "";
}

}  // namespace

std::string SsastReading::taken() const {
  std::string text = found.prefix.empty() ? "" : "prefix '" + found.prefix + "' taken off";
  std::optional<SsastSource> last;
  for (const SsastSetting& setting : settings) {
    if (last == setting.source) {
      text += ", ";
    } else {
      text += (text.empty() ? "" : "; ") + std::string(words_of(setting.source)) + ": ";
    }
    text += (setting.name == "grid" ? "" : setting.name + " ") + setting.value;
    last = setting.source;
  }
  return text;
}

std::optional<SsastReading> examine_ssast(const PthFile& file, const SsastAnswers& answers) {
  const GridHints hints = hints_of(file, answers);
  std::optional<SsastRecognition> found = recognise_ssast(file.tensors, hints);
  if (!found) return std::nullopt;
  SsastReading reading;
  reading.found = std::move(*found);
  settle(reading, file, answers, hints);
  return reading;
}

SsastReading read_ssast(const PthFile& file, const SsastAnswers& answers) {
  const SsastRecognition found = require_ssast(file.tensors);
  if (!found.has_head) {
    throw Error("is " + found.description + ": there is nothing to predict with", file.tensors.origin,
                "fine-tune it in a study: models: [{name: ssast, pretrained: FILE}]");
  }
  if (found.shape.heads == 0) {
    throw Error("is " + found.description + ": the number of attention heads is not known for this width",
                file.tensors.origin, "use a model of size nano, tiny, small or base");
  }
  SsastReading reading = *examine_ssast(file, answers);
  if (reading.found.grids.size() != 1) ask_for_grid(reading.found, file.tensors.origin);
  return reading;
}

weights::Remarks ssast_remarks(const SsastShape& shape, config::SsastInput input, config::Pooling segments,
                               const config::ClipGeometry& clip) {
  weights::Remarks remarks;
  if (shape.pooling != config::SsastPooling::avgtok) remarks.texts["pooling"] = to_string(shape.pooling);
  if (input != input_of(shape)) remarks.texts["input"] = to_string(input);
  if (input == config::SsastInput::segment && segments != config::Pooling::mean) {
    remarks.texts["segments"] = to_string(segments);
  }
  remarks.texts.merge(data::recorded_clip(clip));
  return remarks;
}

weights::Settings ssast_settings(const SsastShape& shape, config::SsastInput input, config::Pooling segments,
                                 const config::ClipGeometry& clip, bool is_control) {
  const SpectrogramStatistics audioset;
  weights::Settings settings = {{"stride", std::to_string(shape.stride_frames)},
                                {"frames", std::to_string(shape.target_length)},
                                {"pooling", to_string(shape.pooling)},
                                {"input", to_string(input)},
                                {"fbank_mean", data::format_number(audioset.mean)},
                                {"fbank_deviation", data::format_number(audioset.deviation)}};
  if (input == config::SsastInput::segment) settings["segments"] = to_string(segments);
  settings.merge(data::recorded_clip(clip));
  if (is_control) settings["control"] = "shuffled";
  return settings;
}

weights::Remarks used_remarks(const weights::Remarks& remarks) {
  weights::Remarks used;
  const auto keep = [](auto& kept, const auto& all, const std::string& name) {
    if (const auto found = all.find(name); found != all.end()) kept.insert(*found);
  };
  for (const char* name : text_names) keep(used.texts, remarks.texts, name);
  for (const char* name : number_names) keep(used.numbers, remarks.numbers, name);
  for (const char* name : integer_names) keep(used.integers, remarks.integers, name);
  for (const std::string& name : data::clip_record_names()) {
    keep(used.texts, remarks.texts, name);
    keep(used.numbers, remarks.numbers, name);
    keep(used.integers, remarks.integers, name);
  }
  return used;
}

weights::Settings used_settings(const weights::Settings& settings) {
  weights::Settings used;
  const auto keep = [&](const auto& names) {
    for (const auto& name : names) {
      if (const auto found = settings.find(name); found != settings.end()) used.insert(*found);
    }
  };
  keep(text_names);
  keep(number_names);
  keep(integer_names);
  keep(data::clip_record_names());
  return used;
}

}  // namespace musicmem::models
