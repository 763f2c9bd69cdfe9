// SPDX-License-Identifier: GPL-3.0-or-later
#include "features/sources/timbre_source.h"

#include "features/sources/stem_directory.h"

#include <utility>

namespace musicmem::features {
namespace {

class ApproximateTimbre : public TimbreSource {
 public:
  explicit ApproximateTimbre(const Segments& segments) : segments_(segments) {}

  void open(const PitchVariants&) override {}

  ClipTimbre levels(std::size_t, const ClipSpectrum& spectrum) override {
    return clip_timbre(separator_.separate(spectrum), segments_);
  }

 private:
  Segments segments_;
  ApproximateSeparator separator_;
};

}  // namespace

std::unique_ptr<TimbreSource> make_timbre_source(const config::Features& settings, int gpu) {
  switch (settings.ehc.stems.source) {
    case config::Stems::Source::directory:
      return std::make_unique<StemDirectory>(settings.ehc.stems.path, settings.clip);
    case config::Stems::Source::torchscript:
      return open_separator_late(settings, gpu);
    case config::Stems::Source::approximate:
      break;
  }
  return std::make_unique<ApproximateTimbre>(Segments(settings.clip));
}

ClipTimbre clip_timbre(Stems stems, const Segments& segments) {
  const Stems sources = decibels(std::move(stems));
  ClipTimbre levels;
  for (std::size_t segment = 0; segment < segments.count; ++segment) {
    const std::size_t begin = segments.begin(segment);
    levels.push_back(timbre(sources, begin, begin + segments.samples));
  }
  return levels;
}

}  // namespace musicmem::features
