/** What Deno says to those who could start it with other options, in words for those who cannot. @module */

/** An error's text without advice that does not help here. */
export function withoutAdvice(text: string): string {
  return text
    .replaceAll(/, run again with the --allow-[a-z]+ flag/g, "")
    .replaceAll(/^\s*(?:hint|info|docs): .*\n?/gm, "")
    .replaceAll(
      "npm specifiers were requested; but --no-npm is specified",
      "npm: cannot be imported here, files can",
    )
    .replaceAll(/but --no-remote is specified\.?/g, "which cannot be imported here, files can")
    .replaceAll(/ ?The `--unstable-[a-z-]+` flag must be provided\.?/g, " It cannot be used here.")
    .trimEnd();
}
