/** Node's modules for those who need them: importing one, node:process even, costs every start. @module */

/** Loads `node:crypto` (70 ms and 5 MiB the first time). */
export function nodeCrypto(): typeof import("node:crypto") {
  return globalThis.process.getBuiltinModule("node:crypto");
}

/** Loads `node:net` (20 ms the first time). */
export function nodeNet(): typeof import("node:net") {
  return globalThis.process.getBuiltinModule("node:net");
}
