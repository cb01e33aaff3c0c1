/** Where each kind of file goes: in Debian's package, and below any prefix. */
import type { Architecture } from "./architectures.ts";

/** A tree of folders; paths are relative to its root and without a slash at the end. */
export interface Layout {
  /** Programs. */
  readonly bin: string;
  /** What only the project's own programs use. */
  readonly lib: string;
  /** Janus's folders of plugins. */
  readonly plugins: string;
  /** Janus's configurations. */
  readonly etc: string;
  /** What a configuration's name ends in: samples overwrite none that is in use. */
  readonly config_suffix: string;
  readonly share: string;
  readonly doc: string;
  readonly man: string;
  readonly completions: string;
  /** Whether long documents are compressed, and the licences that every system has are left out. */
  readonly debian: boolean;
}

/** Debian's package. */
export function debianLayout({ triplet }: Architecture): Layout {
  return {
    ...below("usr/"),
    plugins: `usr/lib/${triplet}/janus`,
    etc: "etc/janus",
    config_suffix: ".jcfg",
    debian: true,
  };
}

/** The tree for a prefix such as `/opt/janus`, as Janus's own build has it. */
export const PREFIX_LAYOUT: Layout = {
  ...below(""),
  plugins: "lib/janus",
  etc: "etc/janus",
  config_suffix: ".jcfg.sample",
  debian: false,
};

function below(prefix: string) {
  return {
    bin: `${prefix}bin`,
    // As ffi/stub/deno.c looks for it.
    lib: `${prefix}lib/janus-zeromq`,
    share: `${prefix}share/janus-zeromq`,
    doc: `${prefix}share/doc/janus-zeromq`,
    man: `${prefix}share/man`,
    completions: `${prefix}share/bash-completion/completions`,
  };
}
