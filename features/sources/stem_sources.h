// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "features/sources/stems.h"

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

  // "has stems that do not add up to it ..." where the difference lies less than 12 dB below the clip, else
  // "". So far below it lies for music (five clips split by filters, and for pink noise):
  //
  //   harmless  lossy stems of 24 to 128 kbit/s: 21 to 28 dB (pink noise: 10 to 25); late by one sample at
  //             44.1 kHz: 23 to 25 dB (11), at 16 kHz: 15 to 17 dB (4); 0.9 times as loud: 20 dB
  //   wrong     0.7 times as loud, which moves every level by 3 dB: 10.5 dB; each stem brought to full scale:
  //             1 to 6 dB; a main source missing: 2 to 5 dB; an encoder's delay, another moment or another
  //             clip: 1 to 5 dB above the clip
  //
  // Separators leave 15 dB and more over. A source that lies 12 dB below the clip may be missing unnoticed.
  std::string anomaly() const;

 private:
  double squares_of_mix_ = 0.0;
  double squares_of_rest_ = 0.0;
};

}  // namespace musicmem::features
