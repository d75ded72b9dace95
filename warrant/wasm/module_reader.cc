// SPDX-License-Identifier: Apache-2.0
#include "warrant/wasm/module_reader.h"

#include <array>
#include <utility>

namespace warrant::wasm {
namespace {

struct SectionKind {
  std::string_view name;
  std::uint8_t order;  // sections stand in rising order, each once
};

// By id.
constexpr std::array<SectionKind, 14> kSections{{{"custom", 0},
                                                 {"type", 1},
                                                 {"import", 2},
                                                 {"function", 3},
                                                 {"table", 4},
                                                 {"memory", 5},
                                                 {"global", 7},
                                                 {"export", 8},
                                                 {"start", 9},
                                                 {"element", 10},
                                                 {"code", 12},
                                                 {"data", 13},
                                                 {"data count", 11},
                                                 {"tag", 6}}};

}  // namespace

bool ModuleReader::read(Cursor& file) {
  while (!file.done()) {
    if (!section(file)) return false;
  }
  return info_.kind == BinaryKind::kComponent || finish(file);
}

bool ModuleReader::section(Cursor& file) {
  const std::size_t start = file.offset();
  std::uint8_t id = 0;
  std::uint32_t size = 0;
  if (!file.byte(id) || !file.u32(size)) return false;
  const bool is_module = info_.kind == BinaryKind::kModule;
  const std::string_view name = !is_module              ? id == 0 ? "custom" : "component"
                                : id < kSections.size() ? kSections[id].name
                                                        : "unknown";
  if (size > file.left()) {
    return file.fail(Diagnosis::Kind::kTruncated,
                     "section " + std::to_string(id) + " (" + std::string(name) + ") ends after " +
                         std::to_string(file.left()) + " of " + std::to_string(size) + " bytes");
  }
  const std::size_t header = file.offset() - start;
  Cursor in = file.take_part(size);
  in.place() = {name, id, {}, 0};
  if (id == 0) {
    custom_bytes_ += header + size;
    return custom_section(in);
  }
  if (!is_module) return component_section(in, id);
  return begin(in, id) && known_section(in, id) &&
         (in.done() || in.malformed(std::to_string(in.left()) + " bytes too many"));
}

bool ModuleReader::begin(Cursor& in, std::uint8_t id) {
  if (id >= kSections.size()) return in.malformed("no such section");
  if (kSections[id].order == last_order_) return in.malformed("stands twice");
  if (kSections[id].order < last_order_) return in.malformed("stands in the wrong place");
  last_order_ = kSections[id].order;
  return true;
}

bool ModuleReader::known_section(Cursor& in, std::uint8_t id) {
  switch (id) {
    case 1:
      return type_section(in);
    case 2:
      return import_section(in);
    case 3:
      return function_section(in);
    case 4:
      return table_section(in);
    case 5:
      return memory_section(in);
    case 6:
      return global_section(in);
    case 7:
      return export_section(in);
    case 8:
      return start_section(in);
    case 9:
      return element_section(in);
    case 10:
      return code_section(in);
    case 11:
      return data_section(in);
    case 12:
      return data_count_section(in);
    default:
      return tag_section(in);
  }
}

bool ModuleReader::custom_section(Cursor& in) {
  CustomSection& custom = info_.custom_sections.emplace_back();
  custom.size = in.left();
  if (!in.name(custom.name, limits_.name_bytes)) return false;
  return custom_bytes_ <= limits_.custom_bytes ||
         in.above("custom-bytes", custom_bytes_, limits_.custom_bytes);
}

// A vector's length, where `before` of its kind are there already.
bool ModuleReader::count(Cursor& in, std::uint32_t& value, std::uint64_t before,
                         std::string_view key, std::uint64_t limit) {
  if (!in.u32(value)) return false;
  return before + value <= limit || in.above(key, before + value, limit);
}

bool ModuleReader::type_section(Cursor& in) {
  std::uint32_t groups = 0;
  if (!count(in, groups, 0, "types", limits_.types)) return false;
  in.place().item = "type";
  for (std::uint32_t n = 0; n < groups; ++n) {
    in.place().index = n;
    if (!recursive_types(in)) return false;
  }
  return true;
}

bool ModuleReader::recursive_types(Cursor& in) {
  std::uint8_t form = 0;
  if (!in.peek(form)) return false;
  if (form != 0x4e) return subtype(in);
  features_.add(Feature::kGc);
  std::uint32_t members = 0;
  if (!in.skip(1) || !count(in, members, types_.size(), "types", limits_.types)) return false;
  for (std::uint32_t n = 0; n < members; ++n) {
    if (!subtype(in)) return false;
  }
  return true;
}

bool ModuleReader::subtype(Cursor& in) {
  std::uint8_t form = 0;
  if (!in.byte(form)) return false;
  if (form == 0x50 || form == 0x4f) {  // sub, sub final: the supertypes come first
    features_.add(Feature::kGc);
    std::uint32_t supertypes = 0;
    if (!count(in, supertypes, 0, "types", limits_.types)) return false;
    for (std::uint32_t n = 0; n < supertypes; ++n) {
      std::uint32_t ignored = 0;
      if (!in.u32(ignored)) return false;
    }
    if (!in.byte(form)) return false;
  }
  Type type;
  type.is_function = form == 0x60;
  if (type.is_function) {
    if (!read_function_type(in, limits_, features_, type.function)) return false;
  } else if (form == 0x5f || form == 0x5e) {
    if (!skip_aggregate_type(in, form, features_)) return false;
  } else if (form == 0x5d) {
    return in.unsupported("stack switching");
  } else {
    return in.malformed("unknown form of type " + std::to_string(form));
  }
  return add_type(in, std::move(type));
}

bool ModuleReader::add_type(Cursor& in, Type type) {
  types_.push_back(std::move(type));
  return types_.size() <= limits_.types || in.above("types", types_.size(), limits_.types);
}

// The index of a type that is a function's.
bool ModuleReader::function_type(Cursor& in, std::uint32_t& index) {
  if (!in.u32(index)) return false;
  if (index >= types_.size()) return in.malformed("there is no type " + std::to_string(index));
  return types_[index].is_function ||
         in.malformed("type " + std::to_string(index) + " is not a function's");
}

bool ModuleReader::function_section(Cursor& in) {
  std::uint32_t total = 0;
  if (!count(in, total, imported_functions_, "functions", limits_.functions)) return false;
  in.place().item = "function";
  for (std::uint32_t n = 0; n < total; ++n) {
    in.place().index = n;
    std::uint32_t type = 0;
    if (!function_type(in, type)) return false;
    functions_.push_back(type);
  }
  info_.functions = static_cast<std::uint32_t>(functions_.size());
  return true;
}

bool ModuleReader::start_section(Cursor& in) {
  std::uint32_t index = 0;
  if (!in.u32(index)) return false;
  info_.start = index;
  return index < functions_.size() || in.malformed("there is no function " + std::to_string(index));
}

bool ModuleReader::data_count_section(Cursor& in) {
  std::uint32_t value = 0;
  if (!count(in, value, 0, "segments", limits_.data_segments)) return false;
  data_count_ = value;
  features_.add(Feature::kBulkMemory);
  return true;
}

bool ModuleReader::code_section(Cursor& in) {
  if (!in.u32(bodies_)) return false;
  if (bodies_ != functions_.size() - imported_functions_) {
    return in.malformed(std::to_string(bodies_) + " bodies for " +
                        std::to_string(functions_.size() - imported_functions_) + " functions");
  }
  in.place().item = "body";
  for (std::uint32_t n = 0; n < bodies_; ++n) {
    in.place().index = n;
    std::uint32_t size = 0;
    if (!in.u32(size)) return false;
    if (size > limits_.function_bytes) {
      return in.above("function-bytes", size, limits_.function_bytes);
    }
    if (size > in.left()) return in.malformed("the body is longer than the section");
    Cursor body = in.take_part(size);
    if (depth_ == ReadDepth::kDeep && !walker_.body(body)) return false;
  }
  return true;
}

bool ModuleReader::data_section(Cursor& in) {
  if (!count(in, data_segments_, 0, "segments", limits_.data_segments)) return false;
  in.place().item = "segment";
  for (std::uint32_t n = 0; n < data_segments_; ++n) {
    in.place().index = n;
    if (!data_entry(in)) return false;
  }
  return true;
}

bool ModuleReader::data_entry(Cursor& in) {
  std::uint32_t flags = 0;
  std::uint32_t number = 0;
  if (!in.u32(flags)) return false;
  if (flags > 2) return in.malformed("unknown kind of segment " + std::to_string(flags));
  if (flags == 1) features_.add(Feature::kBulkMemory);
  if (flags == 2 && !in.u32(number)) return false;  // the memory
  if (flags != 1 && !walker_.expression(in)) return false;
  return in.u32(number) && in.skip(number);
}

bool ModuleReader::finish(Cursor& in) {
  if (bodies_ != functions_.size() - imported_functions_) {
    return in.fail(Diagnosis::Kind::kTruncated, "the file ends before the code section");
  }
  if (data_count_.value_or(data_segments_) != data_segments_) {
    return data_segments_ == 0
               ? in.fail(Diagnosis::Kind::kTruncated, "the file ends before the data section")
               : in.malformed("the data section has " + std::to_string(data_segments_) +
                              " segments, " + std::to_string(*data_count_) + " were announced");
  }
  // Both forms of exceptions have tags and throw; only the older one has more of its own.
  const bool throws = tags_ != 0 || walker_.has_throw();
  if (throws && !features_.has(Feature::kLegacyExceptions)) features_.add(Feature::kExceptions);
  return true;
}

}  // namespace warrant::wasm
