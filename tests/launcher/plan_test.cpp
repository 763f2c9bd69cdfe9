// SPDX-License-Identifier: GPL-3.0-or-later
#include "launcher/study/plan.h"

#include <gmock/gmock.h>

namespace musicmem::launcher {
namespace {

class SsastPlan : public ::testing::Test {
 protected:
  SsastPlan() {
    config::ModelSpec model;
    model.name = model.label = "ssast";
    model.features = config::FeatureSet::fbank;
    model.variants = {config::Variant::vanilla};
    study_.experiment.models = {model};
    study_.experiment.cross_validation.folds = 2;
    study_.experiment.cross_validation.seeds = {1};
  }

  std::string hash_with(config::Precision precision, bool tf32) {
    study_.experiment.runtime.precision = precision;
    study_.experiment.runtime.tf32 = tf32;
    return plan_fits(study_, {{config::FeatureSet::fbank, {}}}).front().hash;
  }

  Study study_;
};

TEST_F(SsastPlan, fits_of_another_precision_are_other_fits) {
  const std::string bf16 = hash_with(config::Precision::bf16, true);
  const std::string fp32 = hash_with(config::Precision::fp32, false);
  const std::string tf32 = hash_with(config::Precision::fp32, true);

  EXPECT_NE(bf16, fp32);
  EXPECT_NE(bf16, tf32);
  EXPECT_NE(fp32, tf32);
  EXPECT_EQ(bf16, hash_with(config::Precision::bf16, false)) << "no product is left that tf32 would round";
}

}  // namespace
}  // namespace musicmem::launcher
