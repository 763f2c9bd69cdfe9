// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/protocol/folds.h"

#include "config/counted.h"
#include "config/error.h"
#include "data/files/hash.h"
#include "data/generator.h"
#include "models/protocol/group_folds.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <numeric>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>

namespace musicmem::models {
namespace {

using By = config::Folds::By;

std::size_t distinct(std::span<const std::string> groups) {
  return std::unordered_set<std::string_view>(groups.begin(), groups.end()).size();
}

// Of each track, the number of its group by first appearance.
std::vector<int> group_numbers(std::span<const std::string> groups) {
  std::unordered_map<std::string_view, int> number;
  std::vector<int> numbers;
  for (const std::string& group : groups)
    numbers.push_back(number.try_emplace(group, static_cast<int>(number.size())).first->second);
  return numbers;
}

void check_count(const FoldTracks& tracks, int folds) {
  if (folds < 2) {
    throw Error("cross-validation needs at least 2 folds, not " + std::to_string(folds), "",
                "set cross_validation.folds");
  }
  const auto refuse = [&](std::size_t count, const std::string& what, const std::string& advice) {
    if (static_cast<std::size_t>(folds) <= count) return;
    throw Error("cannot cut " + counted(count, what) + " into " + std::to_string(folds) + " folds", "",
                "lower cross_validation.folds or " + advice);
  };
  refuse(tracks.labels.size(), "track", "add tracks");
  if (!tracks.groups.empty())
    refuse(distinct(tracks.groups), "group", "set cross_validation.groups: ignore if groups may be parted");
}

void check_protocol(const FoldTracks& tracks, const config::CrossValidation& settings) {
  if (settings.protocol != config::Protocol::audmem) return;
  if (settings.shuffle || settings.stratify) {
    throw Error("protocol audmem keeps the published folds, it can neither shuffle nor stratify", "",
                "drop the option or set cross_validation.protocol=strict");
  }
  if (!tracks.groups.empty()) {
    throw Error("protocol audmem cuts folds by rows, it cannot keep groups together", "",
                "set cross_validation.groups: ignore or cross_validation.protocol=strict");
  }
}

// Throws Error where the given folds leave a gap or part a group.
void check_given(const FoldTracks& tracks, int folds) {
  std::vector<bool> seen(static_cast<std::size_t>(folds), false);
  for (const int fold : tracks.given) seen[static_cast<std::size_t>(fold)] = true;
  const auto gap = std::find(seen.begin(), seen.end(), false);
  if (gap != seen.end()) {
    throw Error("no track has fold " + std::to_string(gap - seen.begin()) + ", but one has fold " +
                    std::to_string(folds - 1),
                "", "number the folds from 0 without a gap");
  }
  std::unordered_map<std::string_view, int> fold_of;
  for (std::size_t i = 0; i < tracks.groups.size(); ++i) {
    const int known = fold_of.try_emplace(tracks.groups[i], tracks.given[i]).first->second;
    if (known == tracks.given[i]) continue;
    throw Error("group '" + tracks.groups[i] + "' stands in the given folds " + std::to_string(known) +
                    " and " + std::to_string(tracks.given[i]),
                "", "give its tracks one fold, or set cross_validation.groups: ignore");
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

// Tracks that stay together, in an order that `seed` draws.
std::vector<std::vector<int>> drawn_units(const std::vector<int>& tracks, std::span<const std::string> groups,
                                          std::uint64_t seed) {
  std::vector<std::vector<int>> units;  // by first appearance
  std::unordered_map<std::string_view, std::size_t> unit_of;
  for (const int track : tracks) {
    const auto i = static_cast<std::size_t>(track);
    const std::size_t unit =
        groups.empty() ? units.size() : unit_of.try_emplace(groups[i], units.size()).first->second;
    if (unit == units.size()) units.emplace_back();
    units[unit].push_back(track);
  }
  data::Generator(seed).shuffle(units);
  return units;
}

}  // namespace

FoldTracks fold_tracks(const data::SegmentTable& table) {
  return {table.labels, table.groups, table.given_folds};
}

int count_folds(const FoldTracks& tracks, const config::CrossValidation& settings) {
  switch (settings.folds.by) {
    case By::groups:
      if (!tracks.groups.empty()) return static_cast<int>(distinct(tracks.groups));
      throw Error("folds by groups need the groups of the tracks", "",
                  "add a column group, name another by cross_validation.groups, or give the number of folds");
    case By::given:
      assert(tracks.given.size() == tracks.labels.size());
      return tracks.given.empty() ? 0 : *std::max_element(tracks.given.begin(), tracks.given.end()) + 1;
    case By::number:
      break;
  }
  return settings.folds.number;
}

std::vector<int> assign_folds(const FoldTracks& tracks, const config::CrossValidation& settings, int repeat) {
  const int folds = count_folds(tracks, settings);
  check_count(tracks, folds);
  check_protocol(tracks, settings);
  if (settings.protocol == config::Protocol::audmem) return published_folds(tracks.labels.size(), folds);
  if (settings.folds.by == By::given) {
    check_given(tracks, folds);
    return {tracks.given.begin(), tracks.given.end()};
  }
  std::optional<data::Generator> generator;
  if (repeat > 0) {
    generator.emplace(
        data::seed_from({"repeat", std::to_string(settings.shuffle.value_or(0)), std::to_string(repeat)}));
  } else if (settings.shuffle) {
    generator.emplace(*settings.shuffle);
  }
  if (!tracks.groups.empty()) {
    const std::vector<int> groups = group_numbers(tracks.groups);
    if (settings.folds.by == By::groups) return groups;
    if (!settings.stratify) return balanced_group_folds(groups, folds, generator);
    constexpr std::size_t most_bins = 10;
    const std::size_t bins = std::min(most_bins, std::max<std::size_t>(2, distinct(tracks.groups) / 2));
    return stratified_group_folds(quantile_bins(tracks.labels, bins), groups, folds, generator);
  }
  std::vector<int> order = file_order(tracks.labels.size());
  if (generator) generator->shuffle(order);
  if (settings.stratify) return stratified_folds(tracks.labels, std::move(order), folds, generator);
  return contiguous_folds(order, folds);
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

std::uint64_t share_seed(int fold, int repeat) {
  return data::seed_from({"share", std::to_string(fold), std::to_string(repeat)});
}

void keep_share(Split& split, double share, std::uint64_t seed, std::span<const std::string> groups) {
  const double wanted = std::max(1.0, std::floor(share * static_cast<double>(split.train.size())));
  const std::vector<std::vector<int>> units = drawn_units(split.train, groups, seed);
  split.train.clear();
  for (const std::vector<int>& unit : units) {
    const double lacking = wanted - static_cast<double>(split.train.size());
    const bool overshoots = static_cast<double>(unit.size()) - lacking >= lacking;
    if (!split.train.empty() && (lacking <= 0.0 || overshoots)) break;
    split.train.insert(split.train.end(), unit.begin(), unit.end());
  }
  std::sort(split.train.begin(), split.train.end());
}

void hold_out_validation(Split& split, std::size_t count, std::uint64_t seed,
                         std::span<const std::string> groups) {
  const std::size_t wanted = std::min(count, split.train.size() / 2);
  const std::vector<int> tracks = std::move(split.train);
  split.train.clear();
  split.validation.clear();
  const std::vector<std::vector<int>> units = drawn_units(tracks, groups, seed);
  std::vector<bool> is_held_out(units.size(), false);
  std::size_t held_out = 0;
  for (std::size_t unit = 0; unit < units.size(); ++unit) {
    if (held_out + units[unit].size() > wanted) continue;
    is_held_out[unit] = true;
    held_out += units[unit].size();
  }
  if (held_out == 0 && wanted > 0 && units.size() > 1) {
    const auto smaller = [](const auto& a, const auto& b) { return a.size() < b.size(); };
    is_held_out[static_cast<std::size_t>(std::min_element(units.begin(), units.end(), smaller) -
                                         units.begin())] = true;
  }
  for (std::size_t unit = 0; unit < units.size(); ++unit) {
    std::vector<int>& part = is_held_out[unit] ? split.validation : split.train;
    part.insert(part.end(), units[unit].begin(), units[unit].end());
  }
  std::sort(split.validation.begin(), split.validation.end());
  std::sort(split.train.begin(), split.train.end());
}

}  // namespace musicmem::models
