// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "models/statistics/bootstrap.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

// Numbers and names as reports print them.
namespace musicmem::launcher {

// "0.123"; "-" where there is none.
std::string rounded(const std::optional<double>& value, int digits = 3);
std::string rounded(const std::optional<models::Interval>& interval);  // "0.010 to 0.200"
// Digits after the point of a number that is uncertain by `error`, so that the error shows two; 3 where there is none.
int digits_for(const std::optional<double>& error);
std::string p_text(const std::optional<double>& p);  // "0.012", "< 0.001"
std::string with_minus(std::string number);          // "−0.123": with the sign that is as wide as +
std::string with_thousands(int number);              // "10,000"
// "2,000 to 10,000", or one number: of resamples, which are models::usual_resamples where none were drawn.
std::string resamples_text(const std::vector<int>& numbers);

// Names from files, made harmless where they are put.
std::string markdown_escaped(std::string_view text);
std::string html_escaped(std::string_view text);

// For LaTeX with latex_letters() before it: what is not ASCII or Latin-1 becomes
// \musicmemletter{it}{its code}.
std::string latex_escaped(std::string_view text);
// Defines that command: the letter itself where the document's encoding or font has it, and [U+0416] where
// not, since TeX would stop or, worse, leave the letter out.
std::string latex_letters();

std::string gnuplot_quoted(std::string_view text);  // with its quotes
std::string gnuplot_tic(std::string_view text);     // the same for the label of a tic, which is a format

}  // namespace musicmem::launcher
