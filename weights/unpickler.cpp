// SPDX-License-Identifier: GPL-3.0-or-later
#include "weights/unpickler.h"

#include "config/error.h"
#include "weights/pickle_calls.h"

#include <bit>
#include <cstring>
#include <functional>
#include <unordered_map>

namespace musicmem::weights {
namespace {

constexpr std::size_t most_values = 4'000'000;
// What calls copy out of other values, in sizes of the pickle: a state dict needs less than one.
constexpr std::size_t copies_allowed = 64;
constexpr const char* damaged_advice = "fetch or save the file again";

}  // namespace

// The stack machine that a pickle is a program for (Python's Lib/pickletools.py describes the operations).
class Unpickler {
 public:
  Unpickler(std::string_view bytes, const std::string& origin) : bytes_(bytes), origin_(origin) {}

  PickleDocument run() {
    while (!stopped_) step(static_cast<unsigned char>(take(1)[0]));
    return std::move(document_);
  }

 private:
  [[noreturn]] void fail(const std::string& problem) const {
    throw Error("its pickle is damaged: " + problem + " at byte " + std::to_string(position_), origin_,
                damaged_advice);
  }

  std::string_view take(std::uint64_t count) {
    if (count > bytes_.size() - position_) fail("it ends too early");
    const std::string_view part = bytes_.substr(position_, count);
    position_ += count;
    return part;
  }

  template <class T>
  T number() {
    T value;
    std::memcpy(&value, take(sizeof value).data(), sizeof value);
    return value;
  }

  std::string line() {
    const std::size_t end = bytes_.find('\n', position_);
    if (end == std::string_view::npos) fail("a line does not end");
    const std::string_view text = take(end + 1 - position_);
    return std::string(text.substr(0, text.size() - 1));
  }

  PickleValue& make(PickleKind kind) {
    if (document_.values_.size() == most_values) fail("more than " + std::to_string(most_values) + " values");
    PickleValue& value = document_.values_.emplace_back();
    value.kind = kind;
    return value;
  }

  PickleValue& push(PickleKind kind) {
    PickleValue& value = make(kind);
    stack_.push_back(&value);
    return value;
  }

  void push_integer(std::int64_t number) { push(PickleKind::integer).integer = number; }
  void push_text(std::uint64_t size) { push(PickleKind::text).text = take(size); }
  void push_bytes(std::uint64_t size) { push(PickleKind::bytes).text = take(size); }

  std::size_t bottom() const { return marks_.empty() ? 0 : marks_.back(); }

  PickleValue* pop() {
    if (stack_.size() <= bottom()) fail("a value is missing");
    PickleValue* value = stack_.back();
    stack_.pop_back();
    return value;
  }

  PickleValue& top(PickleKind kind) {
    if (stack_.size() <= bottom() || stack_.back()->kind != kind) fail("a value of another kind is needed");
    return *stack_.back();
  }

  std::vector<const PickleValue*> pop_to_mark() {
    if (marks_.empty()) fail("a mark is missing");
    std::vector<const PickleValue*> items(stack_.begin() + static_cast<std::ptrdiff_t>(marks_.back()),
                                          stack_.end());
    stack_.resize(marks_.back());
    marks_.pop_back();
    return items;
  }

  void push_items(PickleKind kind, std::vector<const PickleValue*> items) {
    if (kind == PickleKind::dict && items.size() % 2 != 0) fail("a key has no value");
    push(kind).items = std::move(items);
  }

  void push_tuple(std::size_t size) {
    std::vector<const PickleValue*> items(size);
    for (std::size_t i = size; i > 0; --i) items[i - 1] = pop();
    push_items(PickleKind::tuple, std::move(items));
  }

  void append(PickleKind kind, const std::vector<const PickleValue*>& items) {
    PickleValue& target = top(kind);
    if (kind == PickleKind::dict && items.size() % 2 != 0) fail("a key has no value");
    target.items.insert(target.items.end(), items.begin(), items.end());
  }

  void append_popped(PickleKind kind, std::size_t count) {
    std::vector<const PickleValue*> items(count);
    for (std::size_t i = count; i > 0; --i) items[i - 1] = pop();
    append(kind, items);
  }

  void remember(std::uint64_t index) {
    if (stack_.size() <= bottom()) fail("there is nothing to remember");
    memo_[index] = stack_.back();
  }

  void recall(std::uint64_t index) {
    const auto found = memo_.find(index);
    if (found == memo_.end()) fail("a value that was not remembered is recalled");
    stack_.push_back(found->second);
  }

  // A whole number of any length; those beyond 64 bits, such as states of generators, are of no interest.
  void push_long(std::uint64_t size) {
    const std::string_view digits = take(size);
    if (size > sizeof(std::int64_t)) {
      push(PickleKind::other);
      return;
    }
    const bool negative = size > 0 && (static_cast<unsigned char>(digits.back()) & 0x80U) != 0;
    std::uint64_t value = negative ? ~std::uint64_t{0} : 0;
    std::memcpy(&value, digits.data(), size);
    push_integer(static_cast<std::int64_t>(value));
  }

  void push_real() {
    std::uint64_t bits = 0;
    for (const char c : take(sizeof bits)) bits = bits << 8 | static_cast<unsigned char>(c);
    push(PickleKind::real).real = std::bit_cast<double>(bits);
  }

  void push_callable(const std::string& module, const std::string& name) {
    PickleValue& value = push(PickleKind::callable);
    name_callable(value, module, name, origin_);
  }

  void push_stacked_callable() {
    const PickleValue* name = pop();
    const PickleValue* module = pop();
    if (name->kind != PickleKind::text || module->kind != PickleKind::text) fail("a class has no name");
    push_callable(module->text, name->text);
  }

  void call() {
    const PickleValue* arguments = pop();
    const PickleValue* callable = pop();
    if (callable->kind != PickleKind::callable || arguments->kind != PickleKind::tuple) {
      fail("what is called is no function");
    }
    PickleValue& result = push(PickleKind::other);
    if (!call_pickled(result, *callable, arguments->items))
      fail("'" + callable->text + "' has wrong arguments");
    copied_ += result.text.size() +
               sizeof(void*) * (result.items.size() + result.shape.size() + result.strides.size());
    if (copied_ > copies_allowed * bytes_.size()) fail("it repeats itself without end");
  }

  // The persistent id of a storage: ('storage', type, key, location, elements). The location does not matter:
  // what lay on a GPU is read like the rest.
  void push_storage() {
    const PickleValue* id = pop();
    PickleValue& storage = push(PickleKind::storage);
    if (!describe_storage(storage, *id)) fail("a storage is not described as PyTorch does it");
  }

  // Attributes of a dict (`_metadata`) or a parameter do not matter; of numpy's
  // dtype only the byte order does.
  void build() {
    const PickleValue* state = pop();
    if (stack_.size() <= bottom()) fail("a value is missing");
    if (!accepts_state(*stack_.back(), *state)) fail("a value has a state that it cannot have");
  }

  void step(unsigned char operation);
  void step_container(unsigned char operation);
  void step_other(unsigned char operation);

  std::string_view bytes_;
  const std::string& origin_;
  std::size_t position_ = 0;
  bool stopped_ = false;
  std::size_t copied_ = 0;  // bytes
  PickleDocument document_;
  std::vector<PickleValue*> stack_;
  std::vector<std::size_t> marks_;  // heights of the stack
  std::unordered_map<std::uint64_t, PickleValue*> memo_;
};

void Unpickler::step(unsigned char operation) {
  switch (operation) {
    case 'N':
      push(PickleKind::none);
      return;
    case 0x88:
      push(PickleKind::boolean).integer = 1;
      return;
    case 0x89:
      push(PickleKind::boolean).integer = 0;
      return;
    case 'K':
      return push_integer(number<std::uint8_t>());
    case 'M':
      return push_integer(number<std::uint16_t>());
    case 'J':
      return push_integer(number<std::int32_t>());
    case 0x8a:
      return push_long(number<std::uint8_t>());
    case 0x8b:
      return push_long(number<std::uint32_t>());
    case 'G':
      return push_real();
    case 'X':
      return push_text(number<std::uint32_t>());
    case 0x8c:
      return push_text(number<std::uint8_t>());
    case 0x8d:
      return push_text(number<std::uint64_t>());
    case 'U':
      return push_text(number<std::uint8_t>());  // of Python 2
    case 'T':
      return push_text(number<std::uint32_t>());  // of Python 2
    case 'C':
      return push_bytes(number<std::uint8_t>());
    case 'B':
      return push_bytes(number<std::uint32_t>());
    case 0x8e:
      return push_bytes(number<std::uint64_t>());
    default:
      return step_container(operation);
  }
}

void Unpickler::step_container(unsigned char operation) {
  switch (operation) {
    case '(':
      marks_.push_back(stack_.size());
      return;
    case ')':
      push(PickleKind::tuple);
      return;
    case 't':
      return push_items(PickleKind::tuple, pop_to_mark());
    case 0x85:
      return push_tuple(1);
    case 0x86:
      return push_tuple(2);
    case 0x87:
      return push_tuple(3);
    case ']':
      push(PickleKind::list);
      return;
    case 'l':
      return push_items(PickleKind::list, pop_to_mark());
    case 'a':
      return append_popped(PickleKind::list, 1);
    case 'e':
      return append(PickleKind::list, pop_to_mark());
    case '}':
      push(PickleKind::dict);
      return;
    case 'd':
      return push_items(PickleKind::dict, pop_to_mark());
    case 's':
      return append_popped(PickleKind::dict, 2);
    case 'u':
      return append(PickleKind::dict, pop_to_mark());
    case '0':
      pop();
      return;
    case '1':
      pop_to_mark();
      return;
    case '2': {
      PickleValue* value = pop();
      stack_.insert(stack_.end(), 2, value);
      return;
    }
    default:
      return step_other(operation);
  }
}

void Unpickler::step_other(unsigned char operation) {
  constexpr unsigned last_protocol = 4;
  switch (operation) {
    case 0x80: {
      const unsigned protocol = number<std::uint8_t>();
      if (protocol > last_protocol) {
        throw Error("is pickled by protocol " + std::to_string(protocol) + ", which is not 2, 3 or 4",
                    origin_, "save it again with torch.save(..., pickle_protocol=2)");
      }
      return;
    }
    case 0x95:
      take(sizeof(std::uint64_t));
      return;  // the size of a frame, which only helps streaming
    case 'q':
      return remember(number<std::uint8_t>());
    case 'r':
      return remember(number<std::uint32_t>());
    case 0x94:
      return remember(memo_.size());
    case 'h':
      return recall(number<std::uint8_t>());
    case 'j':
      return recall(number<std::uint32_t>());
    case 'c': {
      const std::string module = line();
      return push_callable(module, line());
    }
    case 0x93:
      return push_stacked_callable();
    case 'R':
    case 0x81:
      return call();
    case 'Q':
      return push_storage();
    case 'b':
      return build();
    case '.':
      document_.root_ = pop();
      stopped_ = true;
      return;
    default:
      throw Error("its pickle uses operation " + std::to_string(operation) + ", which weights never need",
                  origin_, "save only the tensors: torch.save(model.state_dict(), FILE)");
  }
}

const PickleValue* PickleValue::find(std::string_view key) const {
  if (kind != PickleKind::dict) return nullptr;
  for (std::size_t i = items.size(); i >= 2; i -= 2) {
    if (items[i - 2]->kind == PickleKind::text && items[i - 2]->text == key) return items[i - 1];
  }
  return nullptr;
}

PickleDocument unpickle(std::string_view bytes, const std::string& origin) {
  return Unpickler(bytes, origin).run();
}

}  // namespace musicmem::weights
