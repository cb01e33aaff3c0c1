/** Small things that several parts show. @module */
import type { ComponentChildren, VNode } from "preact";
import type { Severity } from "../wire.ts";

const WORDS = ["fine", "worth a look", "bad"] as const;
const SIGNS = ["✓", "▲", "✖"] as const;

/** How bad something is: by shape, color and for who hears it by a word. */
export function Level({ level, of }: { level: Severity; of: string }): VNode {
  return (
    <span class={`level level${level}`} role="img" aria-label={`${of}: ${WORDS[level]}`}>
      {SIGNS[level]}
    </span>
  );
}

/** A value with its name, in a list of such. */
export function Fact(
  { name, level = 0, always = false, title, children }: {
    name: string;
    level?: Severity;
    /** It is shown even where there is little room, and though nothing is wrong. */
    always?: boolean;
    title?: string | undefined;
    children: ComponentChildren;
  },
): VNode {
  return (
    <div class={`fact value${level}${always ? " always" : ""}`} title={title}>
      <dt>{name}</dt>
      <dd>{level > 0 && <span aria-hidden="true">{SIGNS[level]}</span>}{children}</dd>
    </div>
  );
}

/** Words about what is wrong. */
export function Problem({ level, children }: { level: 1 | 2; children: ComponentChildren }): VNode {
  return (
    <p class={`problem problem${level}`}>
      <span aria-hidden="true">{SIGNS[level]}</span>
      <span>{children}</span>
    </p>
  );
}
