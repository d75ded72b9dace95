// SPDX-License-Identifier: Apache-2.0
// wasi.mjs GUEST.wasm HOST::GUEST|- [ARGUMENT...]: runs a WASI command on Node's own WASI.
import { readFile } from "node:fs/promises";
import { WASI } from "node:wasi";

const [file, directory, ...rest] = process.argv.slice(2);
const [host, guest] = directory.split("::");
const preopens = guest === undefined ? {} : { [guest]: host };
const wasi = new WASI({ version: "preview1", args: [file, ...rest], env: {}, preopens });
const module = await WebAssembly.compile(await readFile(file));
process.exitCode = wasi.start(await WebAssembly.instantiate(module, wasi.getImportObject()));
