/** Text that has to look a certain way: networks, owners of files, modes of files. */
import { isName, NAME_FORM } from "../security/names.ts";
import { isIpv4, isIpv6 } from "./endpoint.ts";

/** A range of IP addresses. */
export interface Network {
  readonly address: string;
  /** Leading bits that count. */
  readonly prefix: number;
  readonly family: "ipv4" | "ipv6";
}

/** Reads `10.0.0.0/8`, `192.0.2.7`, `2001:db8::/32` or `::1`; null for anything else. */
export function parseNetwork(text: string): Network | null {
  const [address = "", bits, ...more] = text.split("/");
  const family = isIpv4(address) ? "ipv4" : isIpv6(address) ? "ipv6" : null;
  if (family === null || address.includes("%") || more.length > 0) return null;
  const longest = family === "ipv4" ? 32 : 128;
  if (bits === undefined) return { address, prefix: longest, family };
  if (!/^\d{1,3}$/.test(bits) || Number(bits) > longest) return null;
  return { address, prefix: Number(bits), family };
}

/** A file's owner: names, numbers, or null for what stays as it is. */
export interface Owner {
  readonly user: string | number | null;
  readonly group: string | number | null;
}

/** Reads `user`, `user:group` or `:group`, each a name or a number; null for anything else. */
export function parseOwner(text: string): Owner | null {
  const [user = "", group, ...more] = text.split(":");
  if (more.length > 0 || text === "" || text === ":" || group === "") return null;
  const [owner, owning_group] = [user, group ?? ""].map(parseAccount);
  if (owner === undefined || owning_group === undefined) return null;
  return { user: owner, group: owning_group };
}

function parseAccount(text: string): string | number | null | undefined {
  if (text === "") return null;
  if (/^\d{1,9}$/.test(text)) return Number(text);
  return /^[A-Za-z_][A-Za-z0-9_.-]*\$?$/.test(text) ? text : undefined;
}

/**
 * Reads an octal mode, `0660`; null for anything else. The zero in front is a must: without
 * quotes, libconfig takes 0660 for the number 432, which would be another mode.
 */
export function parseMode(text: string): number | null {
  return /^0[0-7]{3}$/.test(text) ? parseInt(text, 8) : null;
}

/** Reads `host:port`, `host` or `[IPv6]:port`, as Deno's `--allow-net` has them. */
function isNetTarget(text: string): boolean {
  const [, host = "", port] = /^(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9_.-]+)(?::(\d{1,5}))?$/.exec(text) ??
    [];
  return host !== "" && (port === undefined || (Number(port) >= 1 && Number(port) <= 65535));
}

/** A kind of text. */
export interface Form {
  accepts(text: string): boolean;
  /** What it takes. */
  readonly words: string;
  /** What to do instead of what was tried, where that is plain. */
  readonly instead?: (text: string) => string | null;
}

/** What each form takes, and that in words. */
export const FORMS = {
  network: {
    accepts: (text: string) => parseNetwork(text) !== null,
    words: 'an IP address or a network such as "192.0.2.7", "10.0.0.0/8" or "2001:db8::/32"',
  },
  owner: {
    accepts: (text: string) => parseOwner(text) !== null,
    words: '"user", "user:group" or ":group", by name or number',
  },
  mode: {
    accepts: (text: string) => parseMode(text) !== null,
    words: 'an octal mode in quotes, such as "0660"',
  },
  // A comma would end the path in Deno's options, which have no way to write one.
  module: {
    accepts: (text: string) => /^[^,\0]+\.(?:ts|mts|js|mjs)$/.test(text),
    words: "a file that ends in .ts, .mts, .js or .mjs, without a comma in its path",
  },
  // The stub grants the process these alone, and would not know where others end.
  file: {
    accepts: (text: string) => /^[^,\0]+$/.test(text) && !text.split("/").includes(".."),
    words: 'a path without a comma or ".." in it',
  },
  path: {
    accepts: (text: string) => /^\/[^,\0]*$/.test(text),
    words: "an absolute path without a comma",
  },
  net: {
    accepts: isNetTarget,
    words: 'a host such as "api.example.org:443", "192.0.2.7" or "[::1]:8080"',
  },
  server: {
    accepts: (text: string) => isNetTarget(text.replace(/^(?:nats|tls):\/\//, "")),
    words: 'a server such as "nats.example.org:4222", "192.0.2.7" or "tls://nats.example.org"',
    instead: (text: string) =>
      text.includes("@")
        ? "no user, password or token stands in it: set stream.user and stream.password_file, or" +
          " stream.token_file"
        : null,
  },
  // What NATS takes for a token of a subject, or for a stream's name.
  instance: {
    accepts: (text: string) => /^[A-Za-z0-9_-]{1,64}$/.test(text),
    words: "up to 64 letters, digits, _ and -",
  },
  subject: {
    // NATS takes 4096 bytes for a subject and what else stands in its line; NAME.TYPE... follow this.
    accepts: (text: string) =>
      text.length <= 128 && /^[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*$/.test(text),
    words: "words of letters, digits, _ and -, with dots between, up to 128 characters, such as" +
      ' "janus.events"',
  },
  name: { accepts: isName, words: `a name: ${NAME_FORM}` },
  env: {
    accepts: (text: string) => /^[A-Za-z_][A-Za-z0-9_]*$/.test(text),
    words: "the name of an environment variable",
  },
} as const satisfies Record<string, Form>;
