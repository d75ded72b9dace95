// SPDX-License-Identifier: Apache-2.0
// The sections of things that can be imported or exported, and the segments of tables.
#include <limits>

#include "warrant/wasm/module_reader.h"

namespace warrant::wasm {
namespace {

// As the engine has it.
constexpr std::uint32_t kMaxTables = 100;
constexpr std::uint32_t kMaxMemories = 100;

}  // namespace

bool ModuleReader::import_section(Cursor& in) {
  std::uint32_t total = 0;
  if (!count(in, total, 0, "imports", limits_.imports)) return false;
  in.place().item = "import";
  for (std::uint32_t n = 0; n < total; ++n) {
    in.place().index = n;
    if (!import_entry(in, info_.imports.emplace_back())) return false;
  }
  imported_functions_ = static_cast<std::uint32_t>(functions_.size());
  info_.functions = imported_functions_;
  return true;
}

bool ModuleReader::import_entry(Cursor& in, Import& import) {
  std::uint8_t kind = 0;
  std::uint32_t type = 0;
  Mutability mutability{};
  if (!in.name(import.module, limits_.name_bytes) || !in.name(import.name, limits_.name_bytes) ||
      !in.byte(kind)) {
    return false;
  }
  if (kind == 0x7e || kind == 0x7f) return in.unsupported("the compact form of imports");
  if (kind > 4) return in.malformed("unknown kind of import " + std::to_string(kind));
  import.kind = static_cast<ExternKind>(kind);
  switch (import.kind) {
    case ExternKind::kFunction:
      if (!function_type(in, type)) return false;
      import.type = types_[type].function;
      functions_.push_back(type);
      return functions_.size() <= limits_.functions ||
             in.above("functions", functions_.size(), limits_.functions);
    case ExternKind::kTable:
      return add_table(in);
    case ExternKind::kMemory:
      return add_memory(in, import.memory);
    case ExternKind::kGlobal:
      if (!add_global(in, mutability)) return false;
      if (mutability == Mutability::kVariable) features_.add(Feature::kMutableGlobals);
      return true;
    case ExternKind::kTag:
      if (!add_tag(in, type)) return false;
      import.type = types_[type].function;
      return true;
  }
  return false;
}

bool ModuleReader::table_section(Cursor& in) {
  std::uint32_t total = 0;
  if (!count(in, total, info_.tables, "tables", kMaxTables)) return false;
  in.place().item = "table";
  for (std::uint32_t n = 0; n < total; ++n) {
    in.place().index = n;
    if (!table_entry(in)) return false;
  }
  return true;
}

bool ModuleReader::table_entry(Cursor& in) {
  std::uint8_t form = 0;
  if (!in.peek(form)) return false;
  if (form != 0x40) return add_table(in);
  std::uint8_t zero = 0;
  if (!in.skip(1) || !in.byte(zero)) return false;
  if (zero != 0) return in.malformed("unknown form of table");
  features_.add(Feature::kGc);
  return add_table(in) && walker_.expression(in);
}

bool ModuleReader::add_table(Cursor& in) {
  ValType type{};
  Limits limits;
  if (!read_reference_type(in, features_, type)) return false;
  // A table of functions is as old as the format; anything else, and a second one, is not.
  if (type != ValType::kFuncRef || info_.tables > 0) features_.add(Feature::kReferenceTypes);
  if (!read_limits(in, features_, limits)) return false;
  if (limits.shared) return in.unsupported("shared tables");
  if (++info_.tables > kMaxTables) return in.above("tables", info_.tables, kMaxTables);
  const std::uint64_t room = std::numeric_limits<std::uint64_t>::max() - info_.table_elements;
  info_.table_elements += limits.minimum < room ? limits.minimum : room;
  return info_.table_elements <= limits_.table_elements ||
         in.above("table", info_.table_elements, limits_.table_elements);
}

bool ModuleReader::memory_section(Cursor& in) {
  std::uint32_t total = 0;
  if (!count(in, total, info_.memories.size(), "memories", kMaxMemories)) return false;
  in.place().item = "memory";
  for (std::uint32_t n = 0; n < total; ++n) {
    in.place().index = n;
    MemoryType type;
    if (!add_memory(in, type)) return false;
  }
  return true;
}

bool ModuleReader::add_memory(Cursor& in, MemoryType& type) {
  if (!read_memory_type(in, features_, type)) return false;
  info_.memories.push_back(type);
  if (info_.memories.size() > 1) features_.add(Feature::kMultiMemory);
  return info_.memories.size() <= kMaxMemories ||
         in.above("memories", info_.memories.size(), kMaxMemories);
}

bool ModuleReader::tag_section(Cursor& in) {
  std::uint32_t total = 0;
  if (!count(in, total, tags_, "tags", limits_.tags)) return false;
  in.place().item = "tag";
  for (std::uint32_t n = 0; n < total; ++n) {
    in.place().index = n;
    std::uint32_t type = 0;
    if (!add_tag(in, type)) return false;
  }
  return true;
}

bool ModuleReader::add_tag(Cursor& in, std::uint32_t& type) {
  std::uint8_t attribute = 0;
  if (!in.byte(attribute)) return false;
  if (attribute != 0) return in.malformed("unknown kind of tag");
  if (!function_type(in, type)) return false;
  ++tags_;
  return tags_ <= limits_.tags || in.above("tags", tags_, limits_.tags);
}

bool ModuleReader::global_section(Cursor& in) {
  std::uint32_t total = 0;
  if (!count(in, total, globals_.size(), "globals", limits_.globals)) return false;
  in.place().item = "global";
  for (std::uint32_t n = 0; n < total; ++n) {
    in.place().index = n;
    Mutability mutability{};
    if (!add_global(in, mutability) || !walker_.expression(in)) return false;
  }
  return true;
}

bool ModuleReader::add_global(Cursor& in, Mutability& mutability) {
  ValType type{};
  std::uint8_t flags = 0;
  if (!read_value_type(in, features_, type) || !in.byte(flags)) return false;
  if (flags == 2 || flags == 3) return in.unsupported("shared globals");
  if (flags > 1) return in.malformed("mutability is " + std::to_string(flags));
  mutability = flags == 0 ? Mutability::kConstant : Mutability::kVariable;
  globals_.push_back(mutability);
  return globals_.size() <= limits_.globals ||
         in.above("globals", globals_.size(), limits_.globals);
}

bool ModuleReader::export_section(Cursor& in) {
  std::uint32_t total = 0;
  if (!count(in, total, 0, "exports", limits_.exports)) return false;
  in.place().item = "export";
  for (std::uint32_t n = 0; n < total; ++n) {
    in.place().index = n;
    if (!export_entry(in, info_.exports.emplace_back())) return false;
  }
  return true;
}

bool ModuleReader::export_entry(Cursor& in, Export& entry) {
  std::uint8_t kind = 0;
  if (!in.name(entry.name, limits_.name_bytes) || !in.byte(kind) || !in.u32(entry.index)) {
    return false;
  }
  if (kind > 4) return in.malformed("unknown kind of export " + std::to_string(kind));
  entry.kind = static_cast<ExternKind>(kind);
  std::uint64_t there = 0;
  switch (entry.kind) {
    case ExternKind::kFunction:
      there = functions_.size();
      if (entry.index < there) entry.type = types_[functions_[entry.index]].function;
      break;
    case ExternKind::kTable:
      there = info_.tables;
      break;
    case ExternKind::kMemory:
      there = info_.memories.size();
      if (entry.index < there) entry.memory = info_.memories[entry.index];
      break;
    case ExternKind::kGlobal:
      there = globals_.size();
      if (entry.index < there && globals_[entry.index] == Mutability::kVariable) {
        features_.add(Feature::kMutableGlobals);
      }
      break;
    case ExternKind::kTag:
      there = tags_;
      break;
  }
  return entry.index < there ||
         in.malformed("there is nothing with the index " + std::to_string(entry.index));
}

bool ModuleReader::element_section(Cursor& in) {
  std::uint32_t total = 0;
  if (!count(in, total, 0, "segments", limits_.element_segments)) return false;
  in.place().item = "segment";
  for (std::uint32_t n = 0; n < total; ++n) {
    in.place().index = n;
    if (!element_entry(in)) return false;
  }
  return true;
}

// Bit 0: not active. Bit 1: a table or a declaration, and a type. Bit 2: expressions, not indexes.
bool ModuleReader::element_entry(Cursor& in) {
  std::uint32_t flags = 0;
  std::uint32_t number = 0;
  if (!in.u32(flags)) return false;
  if (flags > 7) return in.malformed("unknown kind of segment " + std::to_string(flags));
  const bool is_active = (flags & 1U) == 0;
  const bool has_type = (flags & 3U) != 0;
  const bool has_expressions = (flags & 4U) != 0;
  if (!is_active) features_.add(Feature::kBulkMemory);
  if (is_active && (flags & 2U) != 0 && !in.u32(number)) return false;
  if (is_active && !walker_.expression(in)) return false;
  if (has_type && has_expressions) {
    ValType type{};
    if (!read_reference_type(in, features_, type)) return false;
  } else if (has_type) {
    std::uint8_t kind = 0;
    if (!in.byte(kind)) return false;
    if (kind != 0) return in.malformed("unknown kind of elements " + std::to_string(kind));
  }
  std::uint32_t elements = 0;
  if (!in.u32(elements)) return false;
  for (std::uint32_t n = 0; n < elements; ++n) {
    if (has_expressions ? !walker_.expression(in) : !in.u32(number)) return false;
  }
  return true;
}

}  // namespace warrant::wasm
