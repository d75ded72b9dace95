# SPDX-License-Identifier: Apache-2.0
"""The Rust crate over a real server: every function, its values by netfetch.md section 9."""
from guests import GuestCase

WANTED = """version 1
bounds 8388608 1048576 30s
spent 1 true
length Some(26) hops 0 redirected false
io Ok(26) 01234567890123456789012345
end Ok(0)
ready Ok(0)
more EMSGSIZE (35) response_too_large (body_limit), the request was sent
unknown None
cut EPROTO (65) protocol_error, the request was sent
kept Some("Yes") cookie None
header x-kept 3
header content-length 1
nul EINVAL (28) header_rejected (header_value)
head 200
cancelled ECANCELED (11) cancelled, the request was sent
ended ECANCELED (11) cancelled, the request was sent true
late ETIMEDOUT (73) timeout, the request was sent
handles EMFILE (33) too_many_handles
again 200
"""


class Crate(GuestCase):
    def test_every_function_does_what_it_says(self):
        grant = self.file("crate.json", {"fetch": [{"origin": "https://api.example.com", "methods": ["GET", "HEAD"],
                                                    "paths": ["/v1/"], "requests": 100}]})
        done = self.start("crate", ["--grant", grant], "crate")
        self.assertEqual((done.out, done.code), (WANTED, 0))
