// The same work with simdjson's On-Demand: `id` as an integer, the other thirteen members
// reachable as text, lengths summed. Compiled once per kernel (see build.rs): KERNEL names the
// functions, and the namespace `simdjson` is renamed so that both fit into one program.

#include "simdjson.h"
#include "simdjson.cpp"

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <new>
#include <string_view>

using namespace simdjson;

#define PASTE_(a, b) a##b
#define PASTE(a, b) PASTE_(a, b)
#define NAME(name) PASTE(PASTE(on_demand_, KERNEL), name)
#define TEXT_(a) #a
#define TEXT(a) TEXT_(a)

namespace {

constexpr size_t MEMBERS = 14;
constexpr std::string_view NAMES[MEMBERS] = {
    "id",    "user", "origin_ip", "credential",    "device",  "protocol", "proxy", "session_id",
    "start", "end",  "time",      "prevent_purge", "request", "ITSM",
};
constexpr std::string_view ALIASES[MEMBERS] = {"", "", "", "credencial", "dispositivo", "", "", "", "", "", "", "", "", ""};

struct Sum {
  uint64_t items = 0, ids = 0, text = 0;
};

simdjson_inline error_code add_id(ondemand::value value, Sum &sum) {
  uint64_t id;
  ondemand::json_type type;
  if (auto error = value.type().get(type)) { return error; }
  auto error = type == ondemand::json_type::string ? value.get_uint64_in_string().get(id) : value.get_uint64().get(id);
  if (error) { return error; }
  sum.ids += id;
  return SUCCESS;
}

// The token as simdjson hands it out lasts up to the next structural byte.
simdjson_inline size_t token_length(std::string_view token) {
  size_t length = token.size();
  while (uint8_t(token[length - 1]) <= ' ') { length--; }
  return length;
}

template <bool unescape> simdjson_inline error_code add_text(ondemand::value value, Sum &sum) {
  if (unescape) {
    std::string_view text;
    auto error = value.get_string().get(text);
    if (!error) {
      sum.text += text.size();
      return SUCCESS;
    }
    if (error != INCORRECT_TYPE) { return error; }
  }
  std::string_view token = value.raw_json_token();
  switch (token[0]) {
  case '"': sum.text += token_length(token) - 2; return SUCCESS;
  case 'n': return SUCCESS;
  case '{': case '[': return INCORRECT_TYPE;
  default: sum.text += token_length(token); return SUCCESS;
  }
}

// Members in the order of the document, by `find_field`: On-Demand's fastest way when the order
// is known and no member is missing before the last one that is present.
template <bool unescape> struct Documented {
  template <size_t place> static simdjson_inline error_code member(ondemand::object &item, Sum &sum) {
    if constexpr (place < MEMBERS) {
      ondemand::value value;
      auto error = item.find_field(NAMES[place]).get(value);
      if (error == NO_SUCH_FIELD) { return place == 0 ? error : SUCCESS; }
      if (error) { return error; }
      if constexpr (place == 0) { error = add_id(value, sum); } else { error = add_text<unescape>(value, sum); }
      if (error) { return error; }
      return member<place + 1>(item, sum);
    }
    return SUCCESS;
  }
  static simdjson_inline error_code read(ondemand::object &item, const uint8_t *, Sum &sum) { return member<0>(item, sum); }
};

// The same for an order that the caller has learned.
template <bool unescape> struct Ordered {
  static simdjson_inline error_code read(ondemand::object &item, const uint8_t *order, Sum &sum) {
    for (size_t i = 0; i < MEMBERS; i++) {
      ondemand::value value;
      auto error = item.find_field(NAMES[order[i]]).get(value);
      if (error == NO_SUCH_FIELD) { return SUCCESS; }
      if (!error) { error = order[i] == 0 ? add_id(value, sum) : add_text<unescape>(value, sum); }
      if (error) { return error; }
    }
    return SUCCESS;
  }
};

// Any order: `find_field_unordered`, the documented default (`object["name"]`).
template <bool unescape> struct Unordered {
  static simdjson_inline error_code read(ondemand::object &item, const uint8_t *, Sum &sum) {
    for (size_t place = 0; place < MEMBERS; place++) {
      ondemand::value value;
      auto error = item.find_field_unordered(NAMES[place]).get(value);
      if (error == NO_SUCH_FIELD && !ALIASES[place].empty()) {
        error = item.find_field_unordered(ALIASES[place]).get(value);
      }
      if (error == NO_SUCH_FIELD && place > 0) { continue; }
      if (!error) { error = place == 0 ? add_id(value, sum) : add_text<unescape>(value, sum); }
      if (error) { return error; }
    }
    return SUCCESS;
  }
};

// -1: unknown.
simdjson_inline int place_of(std::string_view name) {
  auto is = [&](int place) { return std::memcmp(name.data(), NAMES[place].data(), name.size()) == 0 ? place : -1; };
  auto one_of = [&](int first, int second) { return is(first) >= 0 ? first : is(second); };
  switch (name.size()) {
  case 2: return is(0);
  case 3: return is(9);
  case 4: return name[0] == 'u' ? is(1) : one_of(10, 13);
  case 5: return one_of(6, 8);
  case 6: return is(4);
  case 7: return is(12);
  case 8: return is(5);
  case 9: return is(2);
  case 10: return name == ALIASES[3] ? 3 : one_of(3, 7);
  case 11: return name == ALIASES[4] ? 4 : -1;
  case 13: return is(11);
  default: return -1;
  }
}

// Any order: each field in the order sent, names told apart by hand.
template <bool unescape> struct Each {
  static simdjson_inline error_code read(ondemand::object &item, const uint8_t *, Sum &sum) {
    for (auto result : item) {
      ondemand::field field;
      if (auto error = std::move(result).get(field)) { return error; }
      int place = place_of(field.escaped_key());
      if (place < 0) { continue; }
      auto error = place == 0 ? add_id(field.value(), sum) : add_text<unescape>(field.value(), sum);
      if (error) { return error; }
    }
    return SUCCESS;
  }
};

template <class Way>
error_code items(ondemand::parser &parser, padded_string_view json, const uint8_t *order, Sum &sum) {
  ondemand::document document;
  ondemand::array list;
  if (auto error = parser.iterate(json).get(document)) { return error; }
  if (auto error = document.find_field("remote_sessions").get_array().get(list)) { return error; }
  for (auto result : list) {
    ondemand::object item;
    if (auto error = result.get_object().get(item)) { return error; }
    if (auto error = Way::read(item, order, sum)) { return error; }
    sum.items++;
  }
  return SUCCESS;
}

template <bool unescape>
error_code read(ondemand::parser &parser, padded_string_view json, int way, const uint8_t *order, Sum &sum) {
  switch (way) {
  case 0: return items<Documented<unescape>>(parser, json, order, sum);
  case 1: return items<Ordered<unescape>>(parser, json, order, sum);
  case 2: return items<Unordered<unescape>>(parser, json, order, sum);
  case 3: return items<Each<unescape>>(parser, json, order, sum);
  default: return UNEXPECTED_ERROR;
  }
}

} // namespace

extern "C" {

// A parser; its buffers are kept from response to response, as simdjson recommends. Null if
// this CPU cannot run the kernel.
void *NAME(_new)() {
  auto kernel = get_available_implementations()[TEXT(KERNEL)];
  if (kernel == nullptr || !kernel->supported_by_runtime_system()) { return nullptr; }
  return new (std::nothrow) ondemand::parser();
}

void NAME(_free)(void *parser) { delete static_cast<ondemand::parser *>(parser); }

// Reads `length` bytes, behind which `capacity - length` more are readable, at least
// SIMDJSON_PADDING. Writes items, sum of ids, sum of lengths. Returns simdjson's error code.
int NAME(_read)(void *parser, const uint8_t *json, size_t length, size_t capacity, int way, bool unescape,
                const uint8_t *order, uint64_t *tally) {
  Sum sum;
  padded_string_view view(reinterpret_cast<const char *>(json), length, capacity);
  auto &reader = *static_cast<ondemand::parser *>(parser);
  auto error = unescape ? read<true>(reader, view, way, order, sum) : read<false>(reader, view, way, order, sum);
  tally[0] = sum.items;
  tally[1] = sum.ids;
  tally[2] = sum.text;
  return error;
}

const char *NAME(_version)() { return SIMDJSON_VERSION; }

const char *NAME(_error)(int code) { return error_message(error_code(code)); }
}
