// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "config/settings/setting.h"

#include <utility>

namespace musicmem::config {

// A visitor that knows of the setting before it whether anything follows from it beside the others.
template <class Self>
class WeighingVisitor : public SettingVisitor<Self> {
 public:
  template <class Fields>
  void matters_if(bool holds, const char*, Fields fields) {
    const bool before = std::exchange(matters_, matters_ && holds);
    fields();
    matters_ = before;
  }

 protected:
  bool matters() const { return matters_; }

 private:
  bool matters_ = true;
};

}  // namespace musicmem::config
