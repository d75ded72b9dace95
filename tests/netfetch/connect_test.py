# SPDX-License-Identifier: Apache-2.0
"""Names in [[connect]]: looked up once, every address judged, nothing connected to but what was judged."""
import json
import socket
import subprocess
import threading

from support import API, FILES, PRIVATE, Case, Done, rig

PORT = 5432
NAME = "db.example.com"
FLAG = ["--connect", f"{NAME}:{PORT}"]


class Echo:
    """Echoes each connection, and each datagram, to its end."""

    def __init__(self, address):
        self.listener = socket.create_server((address, PORT), backlog=16)
        self.datagrams = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.datagrams.bind((address, PORT))
        for serve in (self.streams, self.messages):
            threading.Thread(target=serve, daemon=True).start()

    def streams(self):
        while True:
            try:
                stream, _ = self.listener.accept()
            except OSError:
                return
            with stream:
                while data := stream.recv(65536):
                    stream.sendall(data)

    def messages(self):
        while True:
            try:
                data, client = self.datagrams.recvfrom(65536)
            except OSError:
                return
            self.datagrams.sendto(data, client)

    def close(self):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        self.datagrams.close()


class Connect(Case):
    reachable = {API, FILES, PRIVATE}
    ports = {PORT}

    @classmethod
    def setUpClass(cls):
        cls.servers = [Echo(address) for address in (API, PRIVATE)]

    @classmethod
    def tearDownClass(cls):
        for server in cls.servers:
            server.close()

    def command(self, verb, flags, *words):
        done = subprocess.run([str(word) for word in (rig.warrant, verb, *flags, *words)], stdin=subprocess.DEVNULL,
                              capture_output=True, env={"PATH": "/usr/bin:/bin", "HOME": str(rig.home)}, timeout=60)
        return Done(done)

    def talk(self, flags, mode="talk"):
        return self.command("run", flags, rig.guests / "net.wasm", mode, "hello")

    def grant(self, **document):
        path = rig.scratch / "connect.json"
        entry = {"tcp": f"{NAME}:{PORT}", **document.pop("entry", {})}
        path.write_text(json.dumps({"version": 1, "connect": [entry], **document}))
        return ["--grant", path]

    def refused(self, flags, *wanted):
        rig.wire.forget()
        done = self.talk(flags)
        self.assertEqual((done.code, done.out), (126, ""), done.err)
        for each in wanted:
            self.assertIn(each, done.err)
        self.assertEqual([target for target in rig.wire.opened() if target[1] != 53], [])
        return done

    def test_a_public_name_is_connected_to(self):
        rig.names.tell(NAME, [API])
        done = self.talk(FLAG)
        self.assertEqual((done.code, done.out), (0, "hello"), done.err)
        self.assertEqual(rig.wire.opened(), [(API, PORT)])
        self.assertEqual([name for name, _ in rig.names.queries], [NAME] * 2)  # absolute, no search list

    def test_messages_go_to_a_name_too(self):
        rig.names.tell(NAME, [API])
        done = self.talk(["--connect-udp", f"{NAME}:{PORT}"], "ask")
        self.assertEqual((done.code, done.out), (0, "hello"), done.err)

    def test_an_address_that_is_not_public_needs_private(self):
        for address, reason in (("10.1.2.3", "private"), ("127.0.0.1", "loopback"), ("169.254.169.254", "link_local"),
                                ("168.63.129.16", "cloud_metadata"), ("::1", "loopback"), ("::ffff:10.1.2.3", "v4_mapped"),
                                ("64:ff9b::a01:203", "nat64"), ("0.0.0.0", "this_network")):
            with self.subTest(address=address):
                rig.names.tell(NAME, [address])
                self.refused(FLAG, f"connect {NAME}:{PORT}: ", f"({reason})")

    def test_private_lists_what_the_name_may_have(self):
        rig.names.tell(NAME, [PRIVATE])
        done = self.talk(self.grant(entry={"private": ["10.1.2.0/24"]}))
        self.assertEqual((done.code, done.out), (0, "hello"), done.err)
        self.assertEqual(rig.wire.opened(), [(PRIVATE, PORT)])
        self.refused(self.grant(entry={"private": ["10.1.3.0/24"]}), "(private)")
        rig.names.tell(NAME, ["::ffff:10.1.2.3"])
        self.refused(self.grant(entry={"private": ["10.1.2.0/24"]}), "(v4_mapped)")

    def test_one_bad_address_denies_the_name(self):
        for answers in ([API, PRIVATE], [PRIVATE, API], [API, "::1"]):
            rig.names.tell(NAME, answers)
            self.refused(FLAG, "(mixed_answer)")

    def test_the_first_answer_is_the_only_one(self):
        rig.names.tell(NAME, [API], [PRIVATE])
        self.assertEqual(self.talk(FLAG).out, "hello")
        self.assertEqual((rig.names.asked(NAME), rig.wire.opened()), (2, [(API, PORT)]))
        self.refused(FLAG, "(private)")  # another run asks again

    def test_addresses_are_tried_in_turn(self):
        rig.names.tell(NAME, [FILES, API])  # nobody listens at the first
        self.assertEqual(self.talk(FLAG).out, "hello")
        self.assertEqual(rig.wire.opened(), [(FILES, PORT), (API, PORT)])
        rig.names.tell(NAME, [FILES])
        rig.wire.forget()
        done = self.talk(FLAG)
        self.assertEqual(done.code, 126)
        self.assertIn("nobody listens there", done.err)

    def test_what_name_servers_do_is_told(self):
        for answer, reason in (("SERVFAIL", "dns_failure"), ("NXDOMAIN", "dns_no_answer"), ([], "dns_no_answer")):
            rig.names.tell(NAME, answer)
            self.refused(FLAG, f"({reason})")
        rig.names.tell(NAME, "TIMEOUT")
        self.refused(["--wall", "500ms", *FLAG], "(dns_timeout)")

    def test_the_options_of_the_network_hold(self):
        rig.names.tell(NAME, [API])
        self.refused(self.grant(network={"extra_deny": ["93.184.215.0/24"]}), "(operator_denied)")
        literal = self.grant(entry={"tcp": f"{API}:{PORT}"}, network={"extra_deny": ["93.184.215.0/24"]})
        self.refused(literal, "(operator_denied)")
        self.assertEqual(self.talk(self.grant(network={"ipv6": "off"})).out, "hello")
        self.assertEqual([kind for _, kind in rig.names.queries].count(28), 1)  # AAAA: of the first run alone

    def test_a_ceiling_holds_private_back(self):
        rig.names.tell(NAME, [PRIVATE])
        ceiling = rig.scratch / "ceiling.json"
        for document, works in (({"private": ["10.1.2.3"]}, True), ({}, False)):
            ceiling.write_text(json.dumps({"version": 1, **document}))
            flags = [*self.grant(entry={"private": ["10.1.2.0/24"]}), "--ceiling", ceiling]
            self.assertEqual(self.talk(flags).code, 0 if works else 126)

    def test_bad_names_are_no_names(self):
        for name in ("xn--a.example.com", "a..b", "-a.example.com", "a.example.com.", "DB.example.com"):
            done = self.talk(["--connect", f"{name}:{PORT}"])
            self.assertIn(done.code, (64, 126), done.err)
        self.nothing_was_sent()

    def test_explain_judges_without_asking(self):
        for addresses, rule in ((["93.184.215.14"], "public"), (["10.0.0.1"], "private"),
                                (["93.184.215.14", "10.0.0.1"], "mixed_answer")):
            flags = [word for address in addresses for word in ("--address", address)]
            done = self.command("explain", FLAG, "connect", f"{NAME}:{PORT}", *flags)
            self.assertIn(rule, done.out + done.err)
            self.assertEqual(done.code == 0, rule == "public", done.err)
        self.nothing_was_sent()
