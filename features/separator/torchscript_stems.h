// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "features/sources/stem_sources.h"
#include "features/sources/timbre_source.h"

#include <memory>
#include <vector>

namespace musicmem::features {

// A source separator exported as TorchScript: maps [clips, channels, samples] to [clips, sources, channels,
// samples] at its own rate. The mono clip is resampled and repeated on every channel; of what comes back the
// channels are averaged and resampled to the study's rate, and each goes where stem_sources.h says.
//
// The variants of a clip go through in batches of settings.batch, one by one where the module accepts no
// more than one (it was traced so). It runs on a GPU where LibTorch sees one. One object serves one thread.
class TorchScriptStems : public TimbreSource {
 public:
  // Throws Error if the file is missing or is no TorchScript module, and for a source that has no place.
  TorchScriptStems(const config::Stems& settings, int gpu, const Segments& segments = {});
  ~TorchScriptStems() override;

  // Separates all variants. Throws Error if the module fails, or returns something else (says what was
  // expected and what came) or sound that is not finite.
  void open(const PitchVariants& variants) override;
  ClipTimbre levels(std::size_t variant, const ClipSpectrum& spectrum) override;
  std::string anomaly() const override { return residual_.anomaly(); }

  // The stems of clips of one length; what open() computes for all variants.
  std::vector<Stems> separate(const std::vector<std::vector<float>>& clips);

 private:
  struct Module;
  std::unique_ptr<Module> module_;
  Segments segments_;
  std::vector<ClipTimbre> levels_;
  StemsResidual residual_;  // over the variants
};

std::unique_ptr<TimbreSource> open_torchscript_stems(const config::Features& settings, int gpu);

}  // namespace musicmem::features
