// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/statistics/partial_correlation.h"

#include "models/statistics/resampling.h"

#include <cassert>
#include <cmath>
#include <limits>

namespace musicmem::models {
namespace {

constexpr double undefined = std::numeric_limits<double>::quiet_NaN();

// Shares of a variable's squares that are rounding alone.
constexpr double rounding = 1e-10;

// Lists that were sorted once, and the ranks of their resamples less the mean rank, list after list.
class ResampledRanks {
 public:
  ResampledRanks(const std::vector<SortedOnce>& lists, std::size_t items)
      : lists_(lists), ranks_(lists.size(), std::vector<double>(items)) {}

  void resample(Counts counts) {
    const auto drawn = static_cast<double>(std::accumulate(counts.begin(), counts.end(), std::uint64_t{0}));
    const double mean = 0.5 * (drawn + 1.0);
    for (std::size_t list = 0; list < lists_.size(); ++list) {
      lists_[list].for_each_group(counts, [&](auto first, auto last, double, double rank) {
        for (auto place = first; place < last; ++place) ranks_[list][lists_[list].item(place)] = rank - mean;
      });
    }
    counts_ = counts;
  }

  double product(std::size_t a, std::size_t b) const {
    double sum = 0.0;
    for (std::size_t i = 0; i < counts_.size(); ++i) sum += counts_[i] * ranks_[a][i] * ranks_[b][i];
    return sum;
  }

 private:
  const std::vector<SortedOnce>& lists_;
  std::vector<std::vector<double>> ranks_;
  Counts counts_;
};

// Lists in the order: covariates, labels, predictions. A Cholesky factor of the products of the covariates, without
// the rows of those that follow from earlier ones, takes them out of the others.
class PartialCorrelation {
 public:
  PartialCorrelation(const std::vector<SortedOnce>& lists, std::size_t covariates, std::size_t items)
      : ranks_(lists, items), covariates_(covariates), lists_(lists.size()) {}

  // Mean over the predictions where it is defined.
  double operator()(Counts counts) {
    ranks_.resample(counts);
    factorise();
    const Rest labels = rest_of(covariates_);
    double sum = 0.0;
    double defined = 0.0;
    for (std::size_t list = covariates_ + 1; list < lists_; ++list) {
      const Rest predictions = rest_of(list);
      if (!(labels.squares > 0.0 && predictions.squares > 0.0)) continue;
      double product = ranks_.product(covariates_, list);
      for (std::size_t i = 0; i < kept_.size(); ++i)
        product -= labels.coordinates[i] * predictions.coordinates[i];
      sum += std::clamp(product / std::sqrt(labels.squares * predictions.squares), -1.0, 1.0);
      ++defined;
    }
    return defined == 0.0 ? undefined : sum / defined;
  }

 private:
  // A list in the coordinates of the covariates, and the squares of what they leave of it, 0 for nothing.
  struct Rest {
    std::vector<double> coordinates;
    double squares = 0.0;
  };

  Rest rest_of(std::size_t list) const {
    Rest rest;
    const double all = ranks_.product(list, list);
    rest.squares = all;
    for (std::size_t i = 0; i < kept_.size(); ++i) {
      double value = ranks_.product(list, kept_[i]);
      for (std::size_t j = 0; j < i; ++j) value -= factor_[i][j] * rest.coordinates[j];
      rest.coordinates.push_back(value / factor_[i][i]);
      rest.squares -= rest.coordinates[i] * rest.coordinates[i];
    }
    if (rest.squares <= rounding * all) rest.squares = 0.0;
    return rest;
  }

  void factorise() {
    kept_.clear();
    factor_.clear();
    for (std::size_t covariate = 0; covariate < covariates_; ++covariate) {
      Rest rest = rest_of(covariate);
      if (!(rest.squares > 0.0)) continue;
      rest.coordinates.push_back(std::sqrt(rest.squares));
      factor_.push_back(std::move(rest.coordinates));
      kept_.push_back(covariate);
    }
  }

  ResampledRanks ranks_;
  std::size_t covariates_;
  std::size_t lists_;
  std::vector<std::size_t> kept_;            // covariates that do not follow from earlier ones
  std::vector<std::vector<double>> factor_;  // a row each
};

std::vector<SortedOnce> sorted_lists(const Covariates& covariates, std::span<const double> labels,
                                     const std::vector<std::vector<double>>& predictions) {
  std::vector<SortedOnce> lists;
  for (const std::vector<double>& covariate : covariates) {
    assert(covariate.size() == labels.size());
    lists.emplace_back(covariate);
  }
  lists.emplace_back(labels);
  for (const std::vector<double>& list : predictions) {
    assert(list.size() == labels.size());
    lists.emplace_back(list);
  }
  return lists;
}

}  // namespace

std::optional<double> partial_spearman(std::span<const double> x, std::span<const double> y,
                                       const Covariates& covariates) {
  if (x.size() < 3) return std::nullopt;
  const std::vector<SortedOnce> lists = sorted_lists(covariates, x, {{y.begin(), y.end()}});
  const std::vector<std::uint32_t> once(x.size(), 1U);
  const double value = PartialCorrelation(lists, covariates.size(), x.size())(once);
  return std::isnan(value) ? std::nullopt : std::optional(value);
}

Replicates resampled_partial_spearman(std::span<const double> labels,
                                      const std::vector<std::vector<double>>& predictions,
                                      const Covariates& covariates, const BootstrapSettings& settings,
                                      std::span<const int> groups) {
  if (predictions.empty() || labels.size() < 3) return {};
  const std::vector<SortedOnce> lists = sorted_lists(covariates, labels, predictions);
  return replicate(labels.size(), groups, settings,
                   [&] { return PartialCorrelation(lists, covariates.size(), labels.size()); });
}

}  // namespace musicmem::models
