// SPDX-License-Identifier: GPL-3.0-or-later
#include "features/sources/array_rows.h"

#include "config/error.h"
#include "data/feature_value.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include <fmt/format.h>

namespace musicmem::features {
namespace {

using config::TimePool;

// [time, dim] within the array; time is 1 of an array [dim].
struct Frames {
  const double* values;
  std::size_t count;
  std::size_t dim;

  double operator()(std::size_t t, std::size_t d) const { return values[t * dim + d]; }
};

class ArrayReader {
 public:
  ArrayReader(const data::NumberArray& array, const config::ArrayReading& reading, const std::string& place)
      : array_(array), reading_(reading), place_(place) {
    check_shape();
  }

  ArrayRows rows() const {
    ArrayRows rows;
    for (std::size_t r = 0; is_per_segment() && r < frames(); ++r)
      rows.segments.push_back(static_cast<int>(r) + 1);
    if (!is_per_segment()) rows.segments = {0};
    const std::vector<std::size_t> layers = chosen_layers();
    if (reading_.layer.mean) {
      const std::vector<double> mean = mean_of_layers(layers);
      append(rows, Frames{mean.data(), frames(), dim()}, "");
      return rows;
    }
    for (std::size_t i = 0; i < layers.size(); ++i) {
      const Frames part{array_.values.data() + layers[i] * frames() * dim(), frames(), dim()};
      append(rows, part, layers.size() > 1 ? "layer" + std::to_string(reading_.layer.indices[i]) + "." : "");
    }
    return rows;
  }

 private:
  std::size_t dim() const { return array_.shape.back(); }
  std::size_t frames() const { return array_.shape.size() < 2 ? 1 : array_.shape[array_.shape.size() - 2]; }
  std::size_t layers() const { return array_.shape.size() < 3 ? 1 : array_.shape[0]; }
  bool asks_for_layers() const { return reading_.layer.mean || !reading_.layer.indices.empty(); }
  bool is_per_segment() const { return reading_.per == config::RowsPer::segment; }

  [[noreturn]] void refuse(const std::string& problem, const std::string& advice) const {
    throw Error(problem + ": its shape is " + data::shape_text(array_.shape), place_, advice);
  }

  void check_shape() const {
    const std::size_t dimensions = array_.shape.size();
    if (dimensions < 1 || dimensions > 3 || array_.values.empty())
      refuse("is no array [dim], [time, dim] or [layers, time, dim]", "save one of these");
    if (dimensions == 3 && !asks_for_layers())
      refuse("has layers, and none is chosen", "set layer: an index or mean");
    if (dimensions < 3 && asks_for_layers())
      refuse("has no layers, and one is chosen",
             "leave out layer, or save [layers, time, dim] (time may be 1)");
    if (dimensions < 2 && is_per_segment())
      refuse("has no segments, and per is segment", "save [segments, dim], or leave out per");
    for (std::size_t i = 0; i < array_.values.size(); ++i) {
      const double value = array_.values[i];
      if (!data::is_feature(value))
        throw Error(fmt::format("value {} {}", i, data::fault_of_feature(value)), place_,
                    "make the array again");
    }
  }

  std::vector<std::size_t> chosen_layers() const {
    std::vector<std::size_t> chosen;
    if (!asks_for_layers()) return {0};
    const auto count = static_cast<long>(layers());
    for (long layer = 0; reading_.layer.mean && layer < count; ++layer)
      chosen.push_back(static_cast<std::size_t>(layer));
    for (const int index : reading_.layer.indices) {
      const long layer = index < 0 ? index + count : index;
      if (layer < 0 || layer >= count)
        refuse("has no layer " + std::to_string(index), "choose one of " + std::to_string(count));
      if (std::ranges::find(chosen, static_cast<std::size_t>(layer)) != chosen.end())
        refuse("has layer " + std::to_string(index) + " chosen twice", "take it once");
      chosen.push_back(static_cast<std::size_t>(layer));
    }
    return chosen;
  }

  std::vector<double> mean_of_layers(const std::vector<std::size_t>& layers) const {
    const std::size_t size = frames() * dim();
    std::vector<double> mean(size, 0.0);
    for (const std::size_t layer : layers) {
      for (std::size_t i = 0; i < size; ++i) mean[i] += array_.values[layer * size + i];
    }
    for (double& value : mean) value /= static_cast<double>(layers.size());
    return mean;
  }

  // Joins the columns of a part to those before it.
  void append(ArrayRows& rows, const Frames& part, const std::string& prefix) const {
    const bool with_deviation = !is_per_segment() && reading_.pool == TimePool::mean_std;
    for (const char* statistic : {"", "std."}) {
      if (*statistic != '\0' && !with_deviation) continue;
      for (std::size_t d = 0; d < part.dim; ++d)
        rows.columns.push_back(prefix + statistic + std::to_string(d));
    }
    const std::size_t count = is_per_segment() ? part.count : 1;
    data::Matrix joined;
    for (std::size_t r = 0; r < count; ++r) {
      std::vector<double> row;
      if (rows.values.rows() > 0) row.assign(rows.values.row(r).begin(), rows.values.row(r).end());
      for (std::size_t d = 0; d < part.dim; ++d)
        row.push_back(is_per_segment() ? part(r, d) : pooled(part, d));
      for (std::size_t d = 0; with_deviation && d < part.dim; ++d) row.push_back(deviation(part, d));
      joined.append_row(row);
    }
    rows.values = std::move(joined);
  }

  double pooled(const Frames& part, std::size_t d) const {
    if (reading_.pool == TimePool::max) {
      double largest = -std::numeric_limits<double>::infinity();
      for (std::size_t t = 0; t < part.count; ++t) largest = std::max(largest, part(t, d));
      return largest;
    }
    return mean(part, d);
  }

  static double mean(const Frames& part, std::size_t d) {
    double sum = 0.0;
    for (std::size_t t = 0; t < part.count; ++t) sum += part(t, d);
    return sum / static_cast<double>(part.count);
  }

  static double deviation(const Frames& part, std::size_t d) {
    const double centre = mean(part, d);
    double squares = 0.0;
    for (std::size_t t = 0; t < part.count; ++t) squares += (part(t, d) - centre) * (part(t, d) - centre);
    return std::sqrt(squares / static_cast<double>(part.count));
  }

  const data::NumberArray& array_;
  const config::ArrayReading& reading_;
  const std::string& place_;
};

}  // namespace

ArrayRows rows_of_array(const data::NumberArray& array, const config::ArrayReading& reading,
                        const std::string& place) {
  return ArrayReader(array, reading, place).rows();
}

}  // namespace musicmem::features
