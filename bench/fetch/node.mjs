// SPDX-License-Identifier: Apache-2.0
// node.mjs warm URL COUNT | cold URL | flight URL COUNT WIDTH: nanoseconds of one GET by Node's fetch.
// The certificates are those of NODE_EXTRA_CA_CERTS.
const [mode, url, times = '1', width = '1'] = process.argv.slice(2);

async function get() {
  const answer = await fetch(url);
  if (answer.status !== 200) process.exit(1);
  await answer.arrayBuffer();
}

async function some(count) {
  for (let i = 0; i < count; i++) await get();
}

if (mode === 'warm') await some(3);
if (mode === 'flight') await Promise.all(Array.from({ length: +width }, get));
const began = process.hrtime.bigint();
const each = Math.ceil(+times / +width);
await Promise.all(Array.from({ length: +width }, () => some(each)));
console.log(Number(process.hrtime.bigint() - began) / (each * +width));
