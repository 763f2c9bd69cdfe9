// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "models/protocol/model_kind.h"
#include "models/ssast/reading.h"

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace musicmem::models {

// Every kind of model that the program has.
const std::vector<ModelKind>& model_kinds();

// Throws Error with `where` for a name that is none.
const ModelKind& kind_of(std::string_view name, const std::string& where = "");

// A fit's weights, in whichever form its kind leaves them: `bytes` of `file`, whose extension says which.
std::unique_ptr<Predictor> load_predictor(std::string bytes, const std::filesystem::path& file);

// Any file of weights: of a fit, or a checkpoint from elsewhere, read with these answers. Throws Error where
// it holds no model that predicts.
std::unique_ptr<Predictor> read_predictor(const std::filesystem::path& file,
                                          const SsastAnswers& answers = {});

}  // namespace musicmem::models
