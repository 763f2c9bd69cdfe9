// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "weights/unpickler.h"

#include <string>
#include <vector>

// The classes and functions that a pickle of weights may name, and what they make.
namespace musicmem::weights {

// Fills a callable by its Python name. Throws Error that names it where it is not on the list.
void name_callable(PickleValue& callable, const std::string& module, const std::string& name,
                   const std::string& origin);

// Fills `result` with what the call gives; false where the arguments are not those of the function.
bool call_pickled(PickleValue& result, const PickleValue& callable,
                  const std::vector<const PickleValue*>& arguments);

// Fills a storage from its persistent id; false where that is none.
bool describe_storage(PickleValue& storage, const PickleValue& id);

// Whether `target` can be given this state, and takes note of it.
bool accepts_state(PickleValue& target, const PickleValue& state);

}  // namespace musicmem::weights
