// SPDX-License-Identifier: GPL-3.0-or-later
#include "distributed/wire.h"

#include <stdexcept>

namespace musicmem::distributed {

const char* WireReader::advance(std::size_t count) {
  if (count > bytes_.size() - position_) throw std::out_of_range("a message between ranks is too short");
  const char* at = bytes_.data() + position_;
  position_ += count;
  return at;
}

}  // namespace musicmem::distributed
