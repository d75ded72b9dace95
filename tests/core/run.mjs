// SPDX-License-Identifier: Apache-2.0
// run.mjs MODULE: the portable core answers published vectors (FIPS 180-4, RFC 4231, RFC 8032, RFC
// 8785), and reads itself, in a WebAssembly engine with no imports at all.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

const binary = readFileSync(process.argv[2]);
const { exports: core } = (await WebAssembly.instantiate(binary, {})).instance;
core._initialize?.();

const view = () => new Uint8Array(core.memory.buffer);
function put(bytes) {
  const at = core.reserve(bytes.length + 1);
  assert.notEqual(at, 0);
  view().set(bytes, at);
  return at;
}
const bytes = (text) => Buffer.from(text, "latin1");
const unhex = (text) => Buffer.from(text, "hex");
function answer(size, call) {
  const to = core.reserve(size);
  call(to);
  return Buffer.from(view().slice(to, to + size)).toString("hex");
}
const sha256 = (text) => answer(32, (to) => core.sha256(put(bytes(text)), text.length, to));
const hmac = (key, text) => answer(32, (to) =>
  core.hmac_sha256(put(bytes(key)), key.length, put(bytes(text)), text.length, to));

test("SHA-256 answers the examples of FIPS 180-4", () => {
  assert.equal(sha256("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  assert.equal(sha256(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  assert.equal(sha256("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"),
    "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  assert.equal(sha256("a".repeat(1000000)),
    "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
});

test("HMAC-SHA-256 answers the vectors of RFC 4231", () => {
  assert.equal(hmac("\x0b".repeat(20), "Hi There"),
    "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
  assert.equal(hmac("Jefe", "what do ya want for nothing?"),
    "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  assert.equal(hmac("\xaa".repeat(131), "Test Using Larger Than Block-Size Key - Hash Key First"),
    "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
});

test("Ed25519 answers the vectors of RFC 8032", () => {
  const vectors = [
    ["9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
      "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
      "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"],
    ["4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
      "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
      "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"],
    ["c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
      "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
      "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a"],
  ];
  for (const [seed, key, message, signature] of vectors) {
    const text = unhex(message);
    assert.equal(answer(32, (to) => core.ed25519_public(put(unhex(seed)), to)), key);
    assert.equal(answer(64, (to) => core.ed25519_sign(put(unhex(seed)), put(text), text.length, to)), signature);
    const verify = (given) => core.ed25519_verify(put(unhex(key)), put(text), text.length, put(given));
    assert.equal(verify(unhex(signature)), 1);
    for (const byte of [0, 31, 32, 63]) {
      const forged = unhex(signature);
      forged[byte] ^= 1;
      assert.equal(verify(forged), 0);
    }
  }
});

test("Canonical JSON answers the example of RFC 8785", () => {
  const text = `{
    "numbers": [333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001],
    "string": "\\u20ac$\\u000F\\u000aA'\\u0042\\u0022\\u005c\\\\\\"\\/",
    "literals": [null, true, false]
  }`;
  const at = put(Buffer.from(text));
  const size = core.canonical_json(at, Buffer.byteLength(text));
  assert.equal(Buffer.from(view().slice(at, at + Math.max(size, 0))).toString(),
    '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],' +
    '"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}');
  assert.equal(core.canonical_json(put(bytes("[1,]")), 4), -1);
});

test("The reader finds in its own module what the engine finds", () => {
  const module = new WebAssembly.Module(binary);
  const externs = WebAssembly.Module.imports(module).length + WebAssembly.Module.exports(module).length;
  assert.equal(core.count_externs(put(binary), binary.length), externs);
  for (let kept = 0; kept < 64; ++kept) assert.ok(core.count_externs(put(binary), kept) <= 0);
});
