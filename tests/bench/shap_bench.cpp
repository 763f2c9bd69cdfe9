// SPDX-License-Identifier: GPL-3.0-or-later
// shap_bench WEIGHTS.h5 ROWS.csv BACKGROUND.csv OUTPUT.csv [SAMPLES]: kernel SHAP values of raw feature rows
// under a trained model, and the seconds they took. compare_shap.py beside it gives the package's for the
// same files.
#include "data/files/csv.h"
#include "data/files/durable_file.h"
#include "models/protocol/trained_model.h"
#include "models/shap/shap.h"

#include <chrono>
#include <cstdio>
#include <cstdlib>

namespace {

using namespace musicmem;

data::Matrix read_matrix(const char* path) {
  const data::CsvFile csv(path);
  data::Matrix matrix(csv.rows(), csv.header().size());
  for (std::size_t r = 0; r < matrix.rows(); ++r) {
    for (std::size_t c = 0; c < matrix.columns(); ++c) matrix(r, c) = csv.number(r, c);
  }
  return matrix;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 5) {
    std::fprintf(stderr, "usage: shap_bench WEIGHTS.h5 ROWS.csv BACKGROUND.csv OUTPUT.csv [SAMPLES]\n");
    return 2;
  }
  const models::TrainedModel model(weights::read_state_file(argv[1]));
  const models::Normalisation& normalisation = *model.description().normalisation;
  const data::Matrix rows = normalisation.apply(read_matrix(argv[2]));
  models::Background background{normalisation.apply(read_matrix(argv[3])), {}};
  background.weights.assign(background.rows.rows(), 1.0 / static_cast<double>(background.rows.rows()));
  const std::size_t samples = argc > 5 ? static_cast<std::size_t>(std::atol(argv[5])) : 0;

  const auto start = std::chrono::steady_clock::now();
  const models::ShapValues shap = models::shap_values(model.regressor(), rows, background, {samples, 1});
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();

  std::string text;
  for (const std::string& column : model.description().columns) text += (text.empty() ? "" : ",") + column;
  text += "\n";
  for (std::size_t r = 0; r < rows.rows(); ++r) {
    for (std::size_t c = 0; c < rows.columns(); ++c) {
      text += (c == 0 ? "" : ",") + data::format_number(shap.values(r, c));
    }
    text += "\n";
  }
  data::write_file(argv[4], text);
  std::printf("%zu rows, %.3f s, %.2f ms per row\n", rows.rows(), seconds,
              1000.0 * seconds / static_cast<double>(rows.rows()));
  return 0;
}
