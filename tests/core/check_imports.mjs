// SPDX-License-Identifier: Apache-2.0
// check_imports.mjs MODULE LIST: the module imports exactly the lines "module.name" of the list.
import { readFileSync } from "node:fs";

const [file, list] = process.argv.slice(2);
const module = new WebAssembly.Module(readFileSync(file));
const have = WebAssembly.Module.imports(module).map((each) => `${each.module}.${each.name}`).sort();
const want = readFileSync(list, "utf8").split("\n").map((line) => line.trim())
  .filter((line) => line !== "" && !line.startsWith("#")).sort();
const surplus = have.filter((each) => !want.includes(each));
const gone = want.filter((each) => !have.includes(each));
for (const each of surplus) console.error(`${file} imports ${each}, which ${list} does not have`);
for (const each of gone) console.error(`${list} has ${each}, which ${file} does not import`);
process.exit(surplus.length + gone.length === 0 ? 0 : 1);
