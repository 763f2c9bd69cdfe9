// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "config/settings/words.h"

namespace musicmem::config {

// What a model learns from: the originals or pitch-shifted rows too; all rows alike or weighed by the density
// of their labels (LDS).
enum class Variant { vanilla, augmented, lds, augmented_lds };

constexpr Words<Variant, 4> words(Variant) {
  return {{{"vanilla", Variant::vanilla},
           {"augmented", Variant::augmented},
           {"lds", Variant::lds},
           {"augmented_lds", Variant::augmented_lds}}};
}

inline bool uses_augmented_rows(Variant v) {
  return v == Variant::augmented || v == Variant::augmented_lds;
}
inline bool uses_lds_weights(Variant v) {
  return v == Variant::lds || v == Variant::augmented_lds;
}

}  // namespace musicmem::config
