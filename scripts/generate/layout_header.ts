/** Renders `ffi/stub/layout.gen.h` from `ffi/bridge/layout.ts`. @module */
import * as layout from "../../ffi/bridge/layout.ts";

function constantName(group: string, key: string): string {
  return `JZ_${group}_${key.replace(/[A-Z]/g, "_$&")}`.toUpperCase();
}

/** The header that gives C the constants of `ffi/bridge/layout.ts`. */
export function renderLayoutHeader(): string {
  const lines = [
    "/* Generated from ffi/bridge/layout.ts by `deno task generate`. Do not edit. */",
    "#ifndef JZ_LAYOUT_GEN_H",
    "#define JZ_LAYOUT_GEN_H",
    "",
    `#define JZ_ABI_VERSION ${layout.ABI_VERSION}u`,
    `#define JZ_SKIP ${layout.SKIP}u`,
  ];
  const groups = {
    fd: layout.Fd,
    companion_fd: layout.CompanionFd,
    companion: layout.Companion,
    exit: layout.Exit,
    size: layout.Size,
    place: layout.Place,
    down: layout.Down,
    up: layout.Up,
    flag: layout.Flag,
    session: layout.SessionFlag,
    failed: layout.FailedFlag,
  };
  for (const [group, members] of Object.entries(groups)) {
    lines.push("");
    for (const [key, value] of Object.entries(members)) {
      lines.push(`#define ${constantName(group, key)} ${value}${group.endsWith("fd") ? "" : "u"}`);
    }
  }
  return [...lines, "", "#endif", ""].join("\n");
}
