// SPDX-License-Identifier: GPL-3.0-or-later
#include "config/setting_differences.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace musicmem::config {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(SettingDifferences, are_named_by_path_with_models_by_their_labels) {
  const std::string a =
      "cross_validation:\n  folds: 10\n  seeds: [1, 2]\n"
      "models:\n  - label: svr\n    C: 1\n  - label: mlp\n    hidden: [100, 32]\n";
  const std::string b =
      "cross_validation:\n  folds: 5\n  seeds: [1, 2]\n"
      "models:\n  - label: mlp\n    hidden: [100]\n  - label: svr\n    C: 1\n    epsilon: 0.1\n";

  EXPECT_THAT(setting_differences(a, b),
              ElementsAre(SettingDifference{"cross_validation.folds", "10", "5"},
                          SettingDifference{"models.mlp.hidden", "[100, 32]", "[100]"},
                          SettingDifference{"models.svr.epsilon", "", "0.1"}));
}

TEST(SettingDifferences, a_model_that_only_one_has_is_one_difference) {
  const std::string a = "models:\n  - {label: svr, C: 1}\n  - {label: mlp, dropout: 0.5, batch: 16}\n";
  const std::string b = "models:\n  - {label: svr, C: 1}\n  - {label: ssast, size: tiny, batch: 2}\n";

  EXPECT_THAT(setting_differences(a, b), ElementsAre(SettingDifference{"models.mlp", "given", ""},
                                                     SettingDifference{"models.ssast", "", "given"}));
}

TEST(SettingDifferences, are_none_between_equal_settings_and_where_one_is_not_known) {
  EXPECT_THAT(setting_differences("a: 1\n", "a: 1\n"), IsEmpty());
  EXPECT_THAT(setting_differences("a: 1\n", ""), IsEmpty());
}

}  // namespace
}  // namespace musicmem::config
