// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "config/torch_library.h"

#include <utility>

namespace musicmem {

template <class Signature>
class LateFunction;

// A function that computes with LibTorch, for callers that a program without LibTorch loads: the first call
// opens the library that has it. It is set while that library is loaded, or before main() in programs that
// hold all in one.
template <class Result, class... Arguments>
class LateFunction<Result(Arguments...)> {
 public:
  using Function = Result (*)(Arguments...);

  void is(Function function) { function_ = function; }

  // Throws Error where the library cannot be opened, and as the function does.
  Result operator()(Arguments... arguments) const {
    if (function_ == nullptr) open_torch_library();
    return function_(std::forward<Arguments>(arguments)...);
  }

 private:
  Function function_ = nullptr;
};

}  // namespace musicmem
