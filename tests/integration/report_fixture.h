// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/integration/study_fixture.h"

#include <filesystem>

namespace musicmem::testing_support {

// One small study, trained once for all tests of this suite, whichever file they stand in.
class Report : public SmallStudy {
 protected:
  void SetUp() override {
    SmallStudy::SetUp();
    take_finished_study();
  }
  std::filesystem::path report() const { return directory_ / "run/report"; }
};

}  // namespace musicmem::testing_support
