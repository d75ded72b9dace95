// SPDX-License-Identifier: Apache-2.0
#pragma once
// Goes through the sections of a module and fills a ModuleInfo; for the files of this room.
//
// Keeps one number a function and one type a type of the file, each paid for by bytes of it.
#include <cstdint>
#include <optional>
#include <vector>

#include "warrant/wasm/code.h"
#include "warrant/wasm/cursor.h"
#include "warrant/wasm/module_info.h"
#include "warrant/wasm/types.h"

namespace warrant::wasm {

class ModuleReader {
 public:
  ModuleReader(ReadDepth depth, const ReadLimits& limits, ModuleInfo& info)
      : depth_(depth),
        limits_(limits),
        info_(info),
        features_(info.features),
        walker_(limits, features_) {}
  // Everything behind the preamble.
  bool read(Cursor& file);

 private:
  enum class Mutability : std::uint8_t { kConstant, kVariable };
  struct Type {
    bool is_function = false;
    FuncType function;
  };

  bool section(Cursor& file);
  bool begin(Cursor& in, std::uint8_t id);
  bool known_section(Cursor& in, std::uint8_t id);
  bool custom_section(Cursor& in);
  bool component_section(Cursor& in, std::uint8_t id);
  bool type_section(Cursor& in);
  bool recursive_types(Cursor& in);
  bool subtype(Cursor& in);
  bool import_section(Cursor& in);
  bool import_entry(Cursor& in, Import& import);
  bool function_section(Cursor& in);
  bool table_section(Cursor& in);
  bool table_entry(Cursor& in);
  bool memory_section(Cursor& in);
  bool tag_section(Cursor& in);
  bool global_section(Cursor& in);
  bool export_section(Cursor& in);
  bool export_entry(Cursor& in, Export& entry);
  bool start_section(Cursor& in);
  bool element_section(Cursor& in);
  bool element_entry(Cursor& in);
  bool data_count_section(Cursor& in);
  bool code_section(Cursor& in);
  bool data_section(Cursor& in);
  bool data_entry(Cursor& in);
  bool finish(Cursor& in);

  bool count(Cursor& in, std::uint32_t& value, std::uint64_t before, std::string_view key,
             std::uint64_t limit);
  bool function_type(Cursor& in, std::uint32_t& index);
  bool add_type(Cursor& in, Type type);
  bool add_table(Cursor& in);
  bool add_memory(Cursor& in, MemoryType& type);
  bool add_tag(Cursor& in, std::uint32_t& type);
  bool add_global(Cursor& in, Mutability& mutability);

  ReadDepth depth_;
  const ReadLimits& limits_;
  ModuleInfo& info_;
  Features features_;
  CodeWalker walker_;
  std::uint8_t last_order_ = 0;
  std::uint64_t custom_bytes_ = 0;
  std::vector<Type> types_;
  std::vector<std::uint32_t> functions_;  // index of the type
  std::vector<Mutability> globals_;
  std::uint32_t imported_functions_ = 0;
  std::uint32_t tags_ = 0;
  std::uint32_t bodies_ = 0;
  std::uint32_t data_segments_ = 0;
  std::optional<std::uint32_t> data_count_;
};

}  // namespace warrant::wasm
