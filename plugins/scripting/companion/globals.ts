/**
 * Globals that the process works with. Modules share them, and may replace or delete what they like:
 * `scripts/build.ts` has the bundle take its own references before any module is there.
 *
 * @module
 */
export const GLOBALS = [
  ...[
    "Array",
    "ArrayBuffer",
    "BigInt",
    "DataView",
    "Date",
    "Deno",
    "Error",
    "Float64Array",
    "Int32Array",
  ],
  ...["JSON", "Map", "Math", "Number", "Object", "Promise", "RangeError", "Set", "String"],
  ...["TextDecoder", "TextEncoder", "TypeError", "URL", "Uint8Array", "clearTimeout", "decodeURI"],
  ...["decodeURIComponent", "encodeURIComponent", "performance", "setTimeout"],
] as const satisfies readonly (keyof typeof globalThis)[];
