# SPDX-License-Identifier: Apache-2.0
"""Guests as they were written for the earlier host, in C and Rust: what it told them, they are told
here (netfetch.md sections 1 and 5), over real TLS."""
from guests import API, GuestCase
from support import GRANT, rig

BODY10 = b"0123456789"


def total(body):
    value = 0
    for byte in body:
        value = (value * 31 + byte) & 0xFFFFFFFF
    return value


class Earlier(GuestCase):
    def lines(self, guest, flags, *urls):
        rig.reset()
        done = self.start(guest, flags, *urls)
        self.assertEqual(done.code, 0, done.out)
        return done.out.splitlines()

    def test_every_habit_in_c(self):
        # In `packed` the body starts 12 bytes behind the cells; the three bytes behind the flag stay 5a.
        self.assertEqual(self.lines("earlier-c", GRANT, API + "bytes/10"), [
            f"doubling 0 200 10 tries 1 sum {total(BODY10)}", "status 0 200 0 1", "packed 0 c8 a 005a5a5a",
            "in place 0 200 0123456789", "boundless 0 200 0"])

    def test_a_buffer_that_doubles_ends_with_the_whole_body(self):
        body = (BODY10 * 20)[:200]
        lines = self.lines("earlier-c", [*GRANT, "--wall", "20s"], API + "bytes/200")
        self.assertEqual(lines[0], f"doubling 0 200 200 tries 4 sum {total(body)}")
        self.assertEqual(lines[2], "packed 0 c8 40 015a5a5a")  # 64 of 200 bytes, cut

    def test_other_statuses_and_empty_bodies_are_answers(self):
        lines = self.lines("earlier-c", GRANT, API + "status/404", API + "status/204")
        self.assertEqual(lines[0], f"doubling 0 404 10 tries 1 sum {total(b'status 404')}")
        self.assertEqual(lines[1:3], ["status 0 404 0 1", "packed 0 194 a 005a5a5a"])
        self.assertEqual(lines[5:7], ["doubling 0 204 0 tries 1 sum 0", "status 0 204 0 0"])

    def test_a_failure_leaves_the_cells_as_they_were(self):
        for flags, url, errno in (([], API + "ok", 76), (GRANT, "https://other.example.net/", 76),
                                  (GRANT, "http://api.example.com/v1/ok", 28), (GRANT, "api.example.com", 28),
                                  (GRANT, "https://user:pw@api.example.com/v1/", 28)):
            with self.subTest(url=url, errno=errno):
                self.assertEqual(self.lines("earlier-c", flags, url), [
                    f"doubling {errno} 0 0 tries 1 sum 0", f"status {errno} 99 99 99",
                    f"packed {errno} 5a5a5a5a 5a5a5a5a 5a5a5a5a", f"in place {errno} 0 ", f"boundless {errno} 0 0"])
                self.nothing_was_sent()

    def test_rust_reads_the_same(self):
        lines = self.lines("earlier-rust", GRANT, API + "ok", API + "bytes/100", API + "status/500",
                           "https://other.example.net/", "https://api.example.com:0/", "")
        self.assertEqual(lines, ["200 2 tries 1 OK", "200 100 tries 3 01234567890123456789", "500 10 tries 2 status 500",
                                 "NotCapable", "Invalid", "Invalid"])
        self.assertEqual(self.lines("earlier-rust", [], API + "ok"), ["NotCapable"])

    def test_a_dead_server_is_invalid(self):
        rig.names.tell("api.example.com", ["93.184.216.99"])
        self.reachable = {*self.reachable, "93.184.216.99"}
        done = self.start("earlier-rust", GRANT, API + "ok")
        self.assertEqual(done.out, "Invalid\n")

    def test_the_budget_of_the_grant_is_met_with_28_and_no_request(self):
        grant = self.file("two.json", {"fetch": [{"origin": "https://api.example.com", "methods": ["GET"],
                                                  "paths": ["/v1/"]}], "netfetch": {"requests": 2}})
        self.assertEqual(self.lines("earlier-rust", ["--grant", grant], *[API + "ok"] * 3),
                         ["200 2 tries 1 OK", "200 2 tries 1 OK", "Invalid"])
        self.assertEqual(len(rig.api.requests), 2)
