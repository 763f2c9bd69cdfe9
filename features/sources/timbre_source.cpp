// SPDX-License-Identifier: GPL-3.0-or-later
#include "features/sources/timbre_source.h"

#include "features/sources/stem_directory.h"

#include <utility>

namespace musicmem::features {
namespace {

class ApproximateTimbre : public TimbreSource {
 public:
  void open(const PitchVariants&) override {}

  ClipTimbre levels(std::size_t, const ClipSpectrum& spectrum) override {
    return clip_timbre(separator_.separate(spectrum));
  }

 private:
  ApproximateSeparator separator_;
};

}  // namespace

std::unique_ptr<TimbreSource> make_timbre_source(const config::Stems& settings, int gpu) {
  switch (settings.source) {
    case config::Stems::Source::directory:
      return std::make_unique<StemDirectory>(settings.path);
    case config::Stems::Source::torchscript:
      return open_separator_late(settings, gpu);
    case config::Stems::Source::approximate:
      break;
  }
  return std::make_unique<ApproximateTimbre>();
}

ClipTimbre clip_timbre(Stems stems) {
  const Stems sources = decibels(std::move(stems));
  ClipTimbre levels{};
  for (std::size_t segment = 0; segment < levels.size(); ++segment) {
    const std::size_t begin = segment * segment_hop;
    levels[segment] = timbre(sources, begin, begin + segment_samples);
  }
  return levels;
}

}  // namespace musicmem::features
