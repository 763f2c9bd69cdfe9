// SPDX-License-Identifier: GPL-3.0-or-later
// JSON as what a weights file holds: it is refused, or the model predicts a score for each row.
#include "config/error.h"
#include "models/protocol/trained_model.h"
#include "weights/state_file.h"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <functional>
#include <map>
#include <numeric>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

namespace {

using musicmem::weights::StateFile;
using nlohmann::json;

// Arrays of {"shape": [...], "values": [...]}, whose values are repeated until the shape is full.
std::map<std::string, musicmem::weights::Array<double>> arrays_of(const json& content) {
  std::map<std::string, musicmem::weights::Array<double>> arrays;
  for (const auto& [name, array] : content.items()) {
    const auto shape = array.at("shape").get<std::vector<std::uint16_t>>();
    const auto values = array.at("values").get<std::vector<double>>();
    const std::size_t count =
        std::accumulate(shape.begin(), shape.end(), std::size_t{1}, std::multiplies<>());
    if (shape.size() > 3 || count > 100000 || (values.empty() && count > 0)) continue;
    arrays[name].shape.assign(shape.begin(), shape.end());
    for (std::size_t i = 0; i < count; ++i) arrays[name].values.push_back(values[i % values.size()]);
  }
  return arrays;
}

StateFile state_of(const json& content) {
  StateFile state;
  state.texts = content.at("texts").get<std::map<std::string, std::string>>();
  state.numbers = content.at("numbers").get<std::map<std::string, double>>();
  state.lists = content.at("lists").get<std::map<std::string, std::vector<std::string>>>();
  state.doubles = arrays_of(content.at("doubles"));
  for (const auto& [name, array] : arrays_of(content.at("floats")))
    state.floats[name] = {array.shape, {array.values.begin(), array.values.end()}};
  return state;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  try {
    const StateFile state = state_of(json::parse(data, data + size));
    const musicmem::models::TrainedModel model(state);
    const musicmem::data::Matrix rows(2, model.regressor().inputs().value_or(0), 0.5);
    if (model.predict(rows).size() != rows.rows()) std::abort();
  } catch (const json::exception&) {  // no state
  } catch (const musicmem::Error&) {  // a state that is no model
  }
  return 0;
}
