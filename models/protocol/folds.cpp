// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/protocol/folds.h"

#include "config/error.h"
#include "data/generator.h"

#include <algorithm>
#include <cassert>
#include <numeric>
#include <optional>
#include <string>

namespace musicmem::models {
namespace {

void check_settings(std::size_t tracks, const config::CrossValidation& settings) {
  if (settings.folds < 2) {
    throw Error("cross-validation needs at least 2 folds, not " + std::to_string(settings.folds), "",
                "set cross_validation.folds");
  }
  if (static_cast<std::size_t>(settings.folds) > tracks) {
    throw Error(
        "cannot cut " + std::to_string(tracks) + " tracks into " + std::to_string(settings.folds) + " folds",
        "", "lower cross_validation.folds or add tracks");
  }
  if (settings.protocol == config::Protocol::audmem && (settings.shuffle || settings.stratify)) {
    throw Error("protocol audmem keeps the published folds, it can neither shuffle nor stratify", "",
                "drop the option or set cross_validation.protocol=strict");
  }
}

std::vector<int> file_order(std::size_t tracks) {
  std::vector<int> order(tracks);
  std::iota(order.begin(), order.end(), 0);
  return order;
}

// Cuts `order` into k runs, the first n mod k of them one longer.
std::vector<int> contiguous_folds(const std::vector<int>& order, int folds) {
  const int n = static_cast<int>(order.size());
  std::vector<int> fold_of(order.size());
  int next = 0;
  for (int fold = 0; fold < folds; ++fold) {
    const int size = n / folds + (fold < n % folds ? 1 : 0);
    for (int i = 0; i < size; ++i) fold_of[order[next++]] = fold;
  }
  return fold_of;
}

std::vector<int> published_folds(std::size_t tracks, int folds) {
  const int size = static_cast<int>(tracks) / folds;
  std::vector<int> fold_of(tracks, never_tested);
  for (int track = 0; track < size * folds; ++track) fold_of[track] = track / size;
  return fold_of;
}

// Every k tracks that are neighbours in score go to k different folds: in alternating order, or in random
// order where there is a generator. The last, incomplete group is dealt the same way.
std::vector<int> stratified_folds(std::span<const double> labels, std::vector<int> order, int folds,
                                  std::optional<data::Generator> generator) {
  std::stable_sort(order.begin(), order.end(), [&](int a, int b) { return labels[a] < labels[b]; });
  std::vector<int> fold_of(order.size());
  std::vector<int> deal(folds);
  std::iota(deal.begin(), deal.end(), 0);
  for (std::size_t i = 0; i < order.size(); ++i) {
    const std::size_t place = i % deal.size();
    if (place == 0 && generator) generator->shuffle(deal);
    if (place == 0 && !generator && i > 0) std::reverse(deal.begin(), deal.end());
    fold_of[order[i]] = deal[place];
  }
  return fold_of;
}

}  // namespace

std::vector<int> assign_folds(std::span<const double> labels, const config::CrossValidation& settings) {
  check_settings(labels.size(), settings);
  if (settings.protocol == config::Protocol::audmem) return published_folds(labels.size(), settings.folds);

  std::vector<int> order = file_order(labels.size());
  std::optional<data::Generator> generator;
  if (settings.shuffle) {
    generator.emplace(*settings.shuffle);
    generator->shuffle(order);
  }
  if (settings.stratify) return stratified_folds(labels, std::move(order), settings.folds, generator);
  return contiguous_folds(order, settings.folds);
}

Split split_tracks(const std::vector<int>& fold_of, int fold, const std::vector<bool>& usable) {
  assert(fold_of.size() == usable.size());
  Split split;
  for (std::size_t track = 0; track < fold_of.size(); ++track) {
    if (!usable[track]) continue;
    (fold_of[track] == fold ? split.test : split.train).push_back(static_cast<int>(track));
  }
  return split;
}

void hold_out_validation(Split& split, std::size_t count, std::uint64_t seed) {
  std::vector<int> shuffled = split.train;
  data::Generator(seed).shuffle(shuffled);
  const auto held_out = shuffled.begin() + static_cast<long>(std::min(count, shuffled.size() / 2));
  split.validation.assign(shuffled.begin(), held_out);
  split.train.assign(held_out, shuffled.end());
  std::sort(split.validation.begin(), split.validation.end());
  std::sort(split.train.begin(), split.train.end());
}

}  // namespace musicmem::models
