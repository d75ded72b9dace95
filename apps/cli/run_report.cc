// SPDX-License-Identifier: Apache-2.0
#include "apps/cli/run_report.h"

#include <unistd.h>

#include <algorithm>

#include "apps/cli/commands.h"
#include "apps/cli/denials.h"
#include "apps/cli/lacks.h"
#include "warrant/codec/text.h"
#include "warrant/host/advice.h"
#include "warrant/host/limit_reason.h"

namespace warrant::cli {
namespace {

constexpr std::size_t kMaxDenialsShown = 5;
constexpr std::size_t kMaxFramesShown = 16;
constexpr std::size_t kMaxNameShown = 120;

void report_end(const RunSubject& subject, const host::Exit& exit, Voice& voice) {
  const std::string name = codec::escape_text(subject.request.file);
  switch (exit.kind) {
    case host::ExitKind::kExited:
    case host::ExitKind::kSignalled:
      return;
    case host::ExitKind::kCancelled:
      voice.note(name + ": " + exit.message);
      return;
    case host::ExitKind::kLimited:
    case host::ExitKind::kTrapped:
    case host::ExitKind::kRefused:
    case host::ExitKind::kAuditFailed:
    case host::ExitKind::kBug:
      break;
  }
  std::vector<std::string> frames;
  for (const wasm::Frame& frame : exit.backtrace) {
    if (frames.size() == kMaxFramesShown) break;
    frames.push_back("at " + (frame.function.empty()
                                  ? "function " + std::to_string(frame.index)
                                  : codec::escape_text(frame.function, kMaxNameShown)));
  }
  voice.error(name + ": " + exit.message, frames, exit.hint);
}

std::string limit_text(const RunSubject& subject, policy::LimitKey key) {
  return std::string(policy::row_of(key).word) + " = " +
         policy::print_limit(key, subject.terms.limits.get(key));
}

bool wants_denials(const RunSubject& subject, const RunResult& result, const Voice& voice) {
  if (subject.request.denials == When::kNever) return false;
  if (subject.request.denials == When::kAlways) return true;
  const bool failed = result.exit.kind != host::ExitKind::kExited || result.exit.code != 0;
  return failed || voice.is_terminal();
}

// Limits that bent the run; one that ended it has been told already.
void report_limits(const RunSubject& subject, const RunResult& result, Voice& voice) {
  for (const policy::LimitKey key : result.limits_hit) {
    if (result.exit.limit == key) continue;
    const auto events = subject.ledger.events();
    const auto own = std::find_if(events.begin(), events.end(), [&](const audit::Event& event) {
      return host::limit_of(event.reason) == key && host::own_quota(event, subject.terms, key);
    });
    if (own != events.end()) {
      const host::Advice advice = host::advise(*own, subject.terms);
      voice.note(advice.why + (advice.flag.empty() ? "" : "; " + advice.flag));
      continue;
    }
    voice.note("the limit " + limit_text(subject, key) + " was met; " +
               host::how_to_raise(key, subject.terms.limits));
  }
}

void print_denials(const RunSubject& subject, const RunResult& result, DenialRows& ranked,
                   Voice& voice) {
  auto& rows = ranked.rows;
  const std::size_t all = rows.size();
  if (subject.request.denials == When::kAuto) rows.resize(std::min(all, kMaxDenialsShown));
  voice.note("denied " + std::to_string(result.denials) +
             (result.denials == 1 ? " call" : " calls"));
  std::string text = print_columns(rows);
  if (all > rows.size()) {
    text += "  and " + std::to_string(all - rows.size()) + " more: " +
            (subject.request.no_log ? "--denials=always shows them\n"
                                    : "`warrant audit show " + result.run + "` lists them\n");
  }
  text.pop_back();
  voice.line(text);
}

// What a guest that failed may have lacked without a call that was refused.
void report_lacks(const RunSubject& subject, const RunResult& result, const DenialRows& ranked,
                  Voice& voice) {
  // A path that was refused is a cause; others need no guess.
  const std::string paths = ranked.of_files ? std::string() : lacked_paths(subject, result);
  if (!paths.empty()) voice.note(paths);
  const std::string library = lacked_encodings(subject, result);
  if (!library.empty()) voice.note(library);
  const bool listens = imports_call(subject.info, "sock_accept");
  const bool other = !library.empty() || !paths.empty() || ranked.of_causes;
  if (listens && !other && !is_go(subject.info) && subject.terms.listen.empty()) {
    voice.note("it can accept connections and was granted no listener: --listen 127.0.0.1:8080");
  }
}

// Some programs end with 0 whatever they could not open.
bool asks_after_lacks(const RunSubject& subject, const RunResult& result) {
  return subject.request.denials == When::kAlways || result.denials != 0;
}

void report_denials(const RunSubject& subject, const RunResult& result, Voice& voice) {
  const bool wanted = wants_denials(subject, result, voice);
  if (!wanted) report_limits(subject, result, voice);
  if (result.denials == 0 && !wanted) return;
  const Merge merge = subject.request.denials == When::kAlways ? Merge::kLike : Merge::kByFlag;
  DenialRows ranked = rank_denials(subject, result.exit.limit, merge);
  if (!wanted) {
    if (subject.request.denials == When::kNever || !ranked.of_files) return;
    voice.note(std::to_string(result.denials) +
               (result.denials == 1 ? " call was refused; --denials=always shows it"
                                    : " calls were refused; --denials=always shows them"));
    return;
  }
  if (!ranked.rows.empty()) print_denials(subject, result, ranked, voice);
  const bool exited = result.exit.kind == host::ExitKind::kExited;
  if (exited && result.exit.code != 0) {
    report_lacks(subject, result, ranked, voice);
  } else if (exited && subject.terms.directories.empty() && asks_after_lacks(subject, result)) {
    if (const std::string paths = lacked_paths(subject, result); !paths.empty()) voice.note(paths);
  }
}

void report_drops(const RunSubject& subject, const RunResult& result, Voice& voice) {
  const auto tell = [&](policy::LimitKey key, std::uint64_t dropped) {
    if (dropped == 0) return;
    voice.note(std::to_string(dropped) + " bytes beyond the limit " + limit_text(subject, key) +
               " were dropped; " + host::how_to_raise(key, subject.terms.limits));
  };
  tell(policy::LimitKey::kStdout, result.output_dropped);
  tell(policy::LimitKey::kStderr, result.error_output_dropped);
}

std::string milliseconds(Nanoseconds time) {
  const std::uint64_t micros = count(time) / 1'000;
  std::string fraction = std::to_string(micros % 1'000);
  fraction.insert(0, 3 - fraction.size(), '0');
  return std::to_string(micros / 1'000) + "." + fraction + " ms";
}

void report_time(const RunSubject& subject, const RunResult& result, Voice& voice) {
  const host::Timings& times = result.timings;
  std::vector<std::vector<std::string>> rows = {
      {"engine", milliseconds(times.engine)},
      {times.from_store ? "load" : "compile",
       milliseconds(times.from_store ? times.load : times.compile)},
      {"link", milliseconds(times.link)},
      {"start to guest", milliseconds(saturating_sub(times.until_guest, subject.process_start))},
      {"run", milliseconds(times.run)}};
  std::string text = print_columns(rows);
  text.pop_back();
  voice.note("time");
  voice.line(text);
}

}  // namespace

void report_run(const RunSubject& subject, const RunResult& result, Voice& voice) {
  report_end(subject, result.exit, voice);
  report_drops(subject, result, voice);
  report_denials(subject, result, voice);
  if (subject.request.show_time) report_time(subject, result, voice);
}

}  // namespace warrant::cli
