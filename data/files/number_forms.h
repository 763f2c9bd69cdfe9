// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <string_view>

// How people and spreadsheets write numbers.
namespace musicmem::data {

// The number with a decimal comma as one with a point: "-0,5" is "-0.5". Empty for any other text.
std::string with_point(std::string_view text);

// What stands before the sign of a percentage; empty for any other text.
std::string_view before_percent(std::string_view text);

// Whether the comma may separate thousands as well as decimals: "1,234", but not "0,234" or "12,34".
bool may_be_thousands(std::string_view text);

// Whether the number can only be read with separators of thousands: "1,234.5", "1.234.567", "1 234".
bool has_thousands(std::string_view text);

// Whether the text, without the blanks around it, is a number in any of these forms, or a plain one.
bool is_number_in_any_form(std::string_view text);

}  // namespace musicmem::data
