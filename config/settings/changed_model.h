// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace musicmem::config {

struct Conflict;
struct ModelSpec;

// The settings of a model that a search may change: numbers and words that its fits follow from, but not what it learns
// from.
std::vector<std::string> searchable_settings(const ModelSpec& model);

// Whether the setting takes whole numbers only.
bool takes_whole_numbers(const ModelSpec& model, const std::string& key);

// The model with one of those settings as `value` is typed in YAML. Throws Error for what it cannot be.
ModelSpec changed_model(const ModelSpec& model, const std::string& key, const std::string& value);

// What of the model's search cannot be: a setting that it has not, a value that the setting does not take.
std::optional<Conflict> conflict_of_search(const ModelSpec& model);

}  // namespace musicmem::config
