# SPDX-License-Identifier: Apache-2.0
"""Behaviours of a server by path: /v1/ok, /v1/status/404, /v1/bytes/1000000, and a zoo of bad ones.

Each is called with (connection, request, server) and answers "close" to end the connection.
"""
import gzip
import json
import zlib


def tail(request):
    return request.target.partition("?")[0].rsplit("/", 1)[1]


def ok(connection, request, server):
    connection.answer(body=b"OK")


def status(connection, request, server):
    code = int(tail(request))
    body = b"" if code in (204, 304) else f"status {code}".encode()
    if code in (204, 304):
        connection.send(f"HTTP/1.1 {code} Said\r\n\r\n".encode())
    else:
        connection.answer(code, body=body)


def bytes_(connection, request, server):
    count = int(tail(request))
    connection.answer(body=(b"0123456789" * (count // 10 + 1))[:count])


def chunked(connection, request, server):
    count = int(tail(request))
    connection.send(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n")
    while count > 0:
        piece = min(count, 10000)
        connection.send(b"%x\r\n" % piece + b"c" * piece + b"\r\n")
        count -= piece
    connection.send(b"0\r\n\r\n")


def echo(connection, request, server):
    """The request as JSON: method, target, headers, body."""
    seen = {"method": request.method, "target": request.target, "headers": request.headers,
            "body": request.body.decode("latin-1")}
    connection.answer(headers=[("content-type", "application/json")], body=json.dumps(seen).encode())


def mirror(connection, request, server):
    """The body, byte by byte, and the authorization in a header of its own."""
    connection.answer(headers=[("x-seen", dict(request.headers).get("authorization", "none"))], body=request.body)


def redirect(connection, request, server):
    """/redirect/302?LOCATION"""
    target = request.target.partition("?")[2]
    connection.answer(int(tail(request)), headers=[("location", target)])


def no_location(connection, request, server):
    connection.answer(302)


def two_locations(connection, request, server):
    connection.answer(302, headers=[("location", "/v1/ok"), ("location", "/v1/echo")])


def long_location(connection, request, server):
    connection.answer(302, headers=[("location", "/v1/" + "a" * 9000)])


def loop(connection, request, server):
    connection.answer(302, headers=[("location", request.target)])


# Silence and slowness; `closing` ends them with the test.

def silent(connection, request, server):
    server.closing.wait(120)
    return "close"


def silent_body(connection, request, server):
    connection.send(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n0123456789")
    server.closing.wait(120)
    return "close"


def late(connection, request, server):
    server.closing.wait(0.3)
    connection.answer(body=b"late")


def drip(connection, request, server):
    connection.send(b"HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n")
    for _ in range(600):
        connection.send(b".")
        if server.closing.wait(1):
            break
    return "close"


def drip_head(connection, request, server):
    connection.send(b"HTTP/1.1 200 OK\r\n")
    for number in range(600):
        connection.send(b"x-%d: y\r\n" % number)
        if server.closing.wait(0.2):
            break
    return "close"


def endless(connection, request, server):
    connection.send(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n")
    while not server.closing.is_set():
        connection.send(b"4000\r\n" + b"e" * 0x4000 + b"\r\n")
    return "close"


def huge_length(connection, request, server):
    connection.send(b"HTTP/1.1 200 OK\r\ncontent-length: 1073741824\r\n\r\n" + b"h" * 100000)
    server.closing.wait(120)
    return "close"


# Wrong answers.

def raw(text, end="close"):
    def behave(connection, request, server):
        connection.send(text)
        return end
    return behave


def many_headers(connection, request, server):
    connection.send(b"HTTP/1.1 200 OK\r\n")
    for start in range(0, 1000000, 1000):
        connection.send(b"".join(b"x-%d: y\r\n" % number for number in range(start, start + 1000)))
    connection.send(b"content-length: 2\r\n\r\nOK")
    return "close"


def early_hints(connection, request, server):
    connection.send(b"HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n" * 1000)
    connection.answer(body=b"OK")


def gzipped(connection, request, server):
    count = int(tail(request))
    connection.answer(headers=[("content-encoding", "gzip")], body=gzip.compress(b"z" * count))


def bomb(connection, request, server):
    packer = zlib.compressobj(9, wbits=31)
    body = b"".join(packer.compress(bytes(1 << 20)) for _ in range(64)) + packer.flush()
    connection.answer(headers=[("content-encoding", "gzip")], body=body)


def nested(connection, request, server):
    depth, body = int(tail(request)), b"inside"
    for _ in range(depth):
        body = gzip.compress(body)
    connection.answer(headers=[("content-encoding", ", ".join(["gzip"] * depth))], body=body)


def coded(connection, request, server):
    """/coded/br: says so, whatever it is"""
    connection.answer(headers=[("content-encoding", tail(request))], body=b"not really")


def cut(connection, request, server):
    connection.send(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nonly this")
    return "close"


def cut_chunked(connection, request, server):
    connection.send(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n64\r\nonly this")
    return "close"


def leave_after_request(connection, request, server):
    """A kept connection that dies when the next request has been read."""
    if dict(request.headers).get("x-first") or request.target.endswith("?first"):
        connection.answer(body=b"first")
        return None
    return "close"


def delivered(connection, request, server):
    """How many requests came so far, this one included."""
    with server.lock:
        count = len(server.requests)
    connection.answer(body=str(count).encode())


def keep(connection, request, server):
    connection.answer(headers=[("set-cookie", "session=1"), ("alt-svc", 'h3="127.0.0.1:443"'),
                               ("strict-transport-security", "max-age=1000"), ("x-kept", "Yes"),
                               ("keep-alive", "timeout=5")], body=b"OK")


OK = b"HTTP/1.1 200 OK\r\n"

ALL = {
    "/v1/ok": ok, "/v1/status/": status, "/v1/bytes/": bytes_, "/v1/chunked/": chunked, "/v1/echo": echo,
    "/v1/mirror": mirror, "/v1/redirect/": redirect, "/v1/no-location": no_location,
    "/v1/two-locations": two_locations, "/v1/long-location": long_location, "/v1/loop": loop,
    "/v1/silent": silent, "/v1/silent-body": silent_body, "/v1/late": late, "/v1/drip": drip,
    "/v1/drip-head": drip_head, "/v1/endless": endless, "/v1/huge-length": huge_length,
    "/v1/many-headers": many_headers,
    "/v1/early-hints": early_hints, "/v1/gzip/": gzipped, "/v1/bomb": bomb, "/v1/nested/": nested,
    "/v1/coded/": coded, "/v1/cut": cut, "/v1/cut-chunked": cut_chunked, "/v1/leave": leave_after_request,
    "/v1/delivered": delivered, "/v1/kept": keep,
    "/v1/http09": raw(b"just a body\n"),
    "/v1/two-lengths": raw(OK + b"content-length: 2\r\ncontent-length: 3\r\n\r\nOK!"),
    "/v1/length-and-chunks": raw(OK + b"content-length: 2\r\ntransfer-encoding: chunked\r\n\r\n2\r\nOK\r\n0\r\n\r\n"),
    "/v1/nul-header": raw(OK + b"x-bad: a\0b\r\ncontent-length: 2\r\n\r\nOK"),
    "/v1/control-header": raw(OK + b"x-bad: a\x1bb\r\ncontent-length: 2\r\n\r\nOK"),
    "/v1/folded-header": raw(OK + b"x-folded: a\r\n b\r\ncontent-length: 2\r\n\r\nOK"),
    "/v1/status-99": raw(b"HTTP/1.1 99 Low\r\ncontent-length: 2\r\n\r\nOK"),
    "/v1/status-1000": raw(b"HTTP/1.1 1000 High\r\ncontent-length: 2\r\n\r\nOK"),
    "/v1/switching": raw(b"HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\nraw"),
    "/v1/huge-chunk": raw(OK + b"transfer-encoding: chunked\r\n\r\n8000000000000000\r\nabc"),
    "/v1/negative-length": raw(OK + b"content-length: -1\r\n\r\nabc"),
    "/v1/nothing": raw(b""),
    "/v1/garbage": raw(b"\x00\x01\x02\x03 garbage \xff\xfe\r\n\r\n"),
    "/v1/long-header": raw(OK + b"x-long: " + b"l" * 70000 + b"\r\ncontent-length: 2\r\n\r\nOK"),
    "/v1/trailers": raw(OK + b"transfer-encoding: chunked\r\ntrailer: x-end\r\n\r\n2\r\nOK\r\n0\r\nx-end: 1\r\n\r\n", None),
    "/v1/many-trailers": raw(OK + b"transfer-encoding: chunked\r\n\r\n2\r\nOK\r\n0\r\n" +
                             b"".join(b"x-%d: y\r\n" % n for n in range(1000)) + b"\r\n"),
}
