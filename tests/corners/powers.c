// SPDX-License-Identifier: Apache-2.0
// preview1.md 7.1 and 6.2: powers HOW, where HOW is `granted`, `plain` (nothing granted, not even a
// console but stdout) `words` (arguments and variables of the driver)
// or `folder` (standard input is a directory).
#include "corners.h"

static uint32_t count, bytes;
static char* words[64];
static char text[4096];

static void granted(void) {
  uint64_t first = 0, second = 0;
  row("clock_res_get | every granted clock: never 0");
  for (uint32_t id = 0; id < 4; id++) {
    first = 0;
    want(clock_res_get(id, &first), OK);
    truth(first > 0);
  }
  row("clock_* | id 4 and above");
  want(clock_res_get(4, &first), INVAL);
  want(clock_time_get(4, 0, &first), INVAL);
  want(clock_time_get(0xFFFFFFFF, 0, &first), INVAL);
  row("clock_time_get | granted id 2, 3");
  want(clock_time_get(2, 0, &first), OK);
  want(clock_time_get(3, 0, &first), OK);
  row("clock_time_get | monotonic: from one second on, never back");
  want(clock_time_get(1, 0, &first), OK);
  truth(first >= 1000000000);
  for (int i = 0; i < 1000; i++) {
    want(clock_time_get(1, 0, &second), OK);
    truth(second >= first);
    first = second;
  }
  row("random_get | length 0, long, beyond the limit of the run");
  want(random_get((void*)0xFFFFFFF0, 0), OK);
  enum { LONG = 1 << 18 };
  uint8_t* at = calloc(LONG, 1);
  want(random_get(at, LONG), OK);
  for (int from = 0; from < LONG; from += 4096) {
    int zeros = 0;
    for (int i = 0; i < 4096; i++) zeros += at[from + i] == 0;
    truth(zeros < 400);
  }
  uint32_t code = OK;
  for (int i = 0; i < 10000 && code == OK; i++) code = random_get(at, LONG);
  denied_as(code, DQUOT);
  row("sched_yield");
  want(sched_yield(), OK);
  row("proc_raise | ignored signals, 0 and cont");
  static const uint32_t ignored[] = {0, 13, 16, 17, 22, 27};
  for (int i = 0; i < 6; i++) want(proc_raise(ignored[i]), OK);
  row("proc_raise | stop signals");
  for (uint32_t signal = 18; signal < 22; signal++) want(proc_raise(signal), NOSYS);
  row("proc_raise | unknown");
  want(proc_raise(31), INVAL);
  want(proc_raise(256 + 9), INVAL);
}

static void plain(void) {
  uint64_t time = 77;
  row("args_sizes_get | no arguments given: argv[0] alone");
  want(args_sizes_get(&count, &bytes), OK);
  same("count", count, 2);  // this program's own HOW
  want(args_get(words, text), OK);
  same("bytes", bytes, strlen(words[0]) + 1 + strlen(words[1]) + 1);
  row("environ_sizes_get | none: exactly 0");
  want(environ_sizes_get(&count, &bytes), OK);
  same("count", count, 0);
  same("bytes", bytes, 0);
  row("clock_res_get, clock_time_get | not granted");
  for (uint32_t id = 0; id < 4; id++) {
    denied(clock_res_get(id, &time));
    denied(clock_time_get(id, 0, &time));
  }
  same("time untouched", time, 77);
  row("random_get | not granted");
  memset(block, '#', 16);
  denied_as(random_get(block, 16), NOSYS);
  truth(block[0] == '#');
  row("console `none` | slot closed");
  denied_as(read_from(0, 1), BADF);
  denied_as(write_to(2, "x"), BADF);
  row("fd_prestat_get, fd_prestat_dir_name | no directory: BADF, no denial");
  want(fd_prestat_get(3, block), BADF);
  want(fd_prestat_dir_name(3, (char*)block, 10), BADF);
  row("path_*, fd_readdir | no directory");
  want(open_in(3, "x", 0, CREAT, R_FILE, 0), BADF);
  want(path_create_directory(3, P("x")), BADF);
  want(fd_readdir(3, block, 100, 0, &count), BADF);
  row("sock_* | no socket");
  struct vec one = {block, 1};
  uint16_t seen;
  want(sock_accept(3, 0, &count), BADF);
  want(sock_recv(3, &one, 1, 0, &count, &seen), BADF);
  want(sock_send(3, &one, 1, 0, &count), BADF);
  want(sock_shutdown(3, 3), BADF);
  row("proc_raise, sched_yield, fd_fdstat_get, fd_renumber, fd_close | need nothing");
  want(proc_raise(0), OK);
  want(sched_yield(), OK);
  want(fd_fdstat_get(1, &info_now), OK);
  want(fd_renumber(1, 1), OK);
}

static void given(void) {
  static const char* const arguments[] = {"words", "", "two words", "\xff\x01\n", "--dir"};
  row("args_get | exactly as given");
  want(args_sizes_get(&count, &bytes), OK);
  same("count", count, 6);
  want(args_get(words, text), OK);
  size_t sum = strlen(words[0]) + 1;
  for (int i = 0; i < 5; i++) {
    truth(strcmp(words[i + 1], arguments[i]) == 0);
    sum += strlen(arguments[i]) + 1;
  }
  same("bytes", bytes, sum);
  row("environ_get | n variables, bytes exact: newline, quotes, `=` in values");
  static const char* const variables[] = {"A=1", "B=x=y", "C=line\nline", "D='\"'", "E="};
  want(environ_sizes_get(&count, &bytes), OK);
  same("count", count, 5);
  want(environ_get(words, text), OK);
  for (int i = 0; i < 5; i++) truth(strcmp(words[i], variables[i]) == 0);
}

int main(int argc, char** argv) {
  const char* how = argc > 1 ? argv[1] : "";
  if (strcmp(how, "granted") == 0) granted();
  if (strcmp(how, "plain") == 0) plain();
  if (strcmp(how, "words") == 0) given();
  if (strcmp(how, "folder") == 0) {
    row("console | a directory given as stdin is `none`");
    denied_as(read_from(0, 1), BADF);
  }
  return finish();
}
