// SPDX-License-Identifier: Apache-2.0
// net MODE [WORD]: what a guest does with the one socket it was granted, descriptor 3.
//   serve N   accepts N connections one by one and echoes each to its end
//   talk TEXT sends TEXT, ends its side, prints what comes back
//   ask TEXT  sends TEXT as one message, prints one answer
//   accept    accepts and says so        recv   receives and says so
//   flood     sends until it cannot
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { kGranted = 3 };
static char block[65536];

static int failed(const char* what) {
  fprintf(stderr, "net: %s: %s\n", what, strerror(errno));
  return 1;
}

static int send_all(int to, const char* bytes, size_t size) {
  while (size > 0) {
    ssize_t sent = send(to, bytes, size, 0);
    if (sent < 0) return failed("send");
    bytes += sent;
    size -= (size_t)sent;
  }
  return 0;
}

static int echo(int connection) {
  for (;;) {
    ssize_t got = recv(connection, block, sizeof block, 0);
    if (got == 0) return 0;
    if (got < 0) return failed("recv");
    if (send_all(connection, block, (size_t)got) != 0) return 1;
  }
}

static int serve(int connections) {
  for (int i = 0; i < connections; i++) {
    int connection = accept(kGranted, NULL, NULL);
    if (connection < 0) return failed("accept");
    if (echo(connection) != 0) return 1;
    close(connection);
  }
  return 0;
}

static int talk(const char* text) {
  if (send_all(kGranted, text, strlen(text)) != 0) return 1;
  if (shutdown(kGranted, SHUT_WR) != 0) return failed("shutdown");
  for (;;) {
    ssize_t got = read(kGranted, block, sizeof block);
    if (got == 0) return 0;
    if (got < 0) return failed("read");
    fwrite(block, 1, (size_t)got, stdout);
  }
}

static int ask(const char* text) {
  if (send(kGranted, text, strlen(text), 0) < 0) return failed("send");
  ssize_t got = recv(kGranted, block, sizeof block, 0);
  if (got < 0) return failed("recv");
  fwrite(block, 1, (size_t)got, stdout);
  return 0;
}

int main(int argc, char** argv) {
  const char* mode = argc > 1 ? argv[1] : "";
  const char* word = argc > 2 ? argv[2] : "";
  if (strcmp(mode, "serve") == 0) return serve((int)strtol(word, NULL, 10));
  if (strcmp(mode, "talk") == 0) return talk(word);
  if (strcmp(mode, "ask") == 0) return ask(word);
  if (strcmp(mode, "accept") == 0) {
    if (accept(kGranted, NULL, NULL) < 0) return failed("accept");
    puts("accepted");
    return 0;
  }
  if (strcmp(mode, "recv") == 0) {
    if (recv(kGranted, block, sizeof block, 0) < 0) return failed("recv");
    puts("received");
    return 0;
  }
  if (strcmp(mode, "flood") == 0) {
    while (send_all(kGranted, block, sizeof block) == 0) {
    }
    return 1;
  }
  fprintf(stderr, "net: no such mode\n");
  return 2;
}
