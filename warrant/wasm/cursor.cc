// SPDX-License-Identifier: Apache-2.0
#include "warrant/wasm/cursor.h"

#include "warrant/base/bytes.h"
#include "warrant/base/utf8.h"

namespace warrant::wasm {

bool Cursor::name(std::string& value, std::uint32_t limit) {
  std::uint32_t size = 0;
  if (!u32(size)) return false;
  if (size > limit) return above("name-bytes", size, limit);
  if (size > left()) return fail_end("a name");
  const std::string_view text = text_of(file_.subspan(at_, size));
  if (!is_utf8(text)) return malformed("a name is not UTF-8");
  value = text;
  at_ += size;
  return true;
}

bool Cursor::fail(Diagnosis::Kind kind, const std::string& text) {
  if (why_->kind != Diagnosis::Kind::kNone) return false;
  why_->kind = kind;
  why_->offset = at_;
  why_->text.clear();
  if (!place_.section.empty()) {
    why_->text.append("section ").append(std::to_string(place_.section_id));
    why_->text.append(" (").append(place_.section).append(")");
    if (!place_.item.empty()) {
      why_->text.append(", ").append(place_.item).append(" ").append(std::to_string(place_.index));
    }
    why_->text += ": ";
  }
  why_->text += text;
  return false;
}

bool Cursor::above(std::string_view key, std::uint64_t found, std::uint64_t limit) {
  if (why_->kind == Diagnosis::Kind::kNone) why_->limit = key;
  return fail(Diagnosis::Kind::kLimit, std::to_string(found) + " is above the limit \"" +
                                           std::string(key) + "\" of " + std::to_string(limit));
}

bool Cursor::fail_end(std::string_view wanted) {
  return end_ == file_.size()
             ? fail(Diagnosis::Kind::kTruncated, "the file ends inside " + std::string(wanted))
             : malformed("its bytes end inside " + std::string(wanted));
}

}  // namespace warrant::wasm
