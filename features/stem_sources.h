// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "features/stems.h"

#include <span>
#include <string>

namespace musicmem::features {

// Where the sources of a separation go, the same for files and for a separator's outputs: vocals, drums, bass
// and other into the stem of their name, further sources such as guitar and piano into `other`. What holds
// sound that another source holds too has no place: the mix, and its rest beside some source (no_vocals,
// accompaniment).

// False for a name that has no place.
bool has_place(const std::string& source);

// Adds a source of `has_place` to the stem that it goes into, sample by sample; an empty stem becomes it.
void add_source(Stems& stems, const std::string& source, std::vector<float> sound);

// How far the stems of a clip are from adding up to it.
class StemsResidual {
 public:
  // `mix` is as long as the stems, or longer by less than a block.
  void add(const Stems& stems, std::span<const float> mix);

  // "has stems that do not add up to it ..." where the difference lies less than 10 dB below the clip, else
  // "". What separators leave over lies 15 dB and more below; stems of another clip lie 3 dB above, of
  // another moment about the same, and a missing source at its own level.
  std::string doubt() const;

 private:
  double squares_of_mix_ = 0.0;
  double squares_of_rest_ = 0.0;
};

}  // namespace musicmem::features
