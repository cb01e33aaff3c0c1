/** TROUBLESHOOTING.md knows the lines that the plugins log, as they log them. */
import { PROJECT_ROOT } from "../../scripts/lib/project.ts";
import { assert, assertEquals } from "../assert.ts";
import { documentAt } from "./documents.ts";

/** What stands in a line for something else, or between parts that come from several places. */
const CHANGING = /\.\.\.|: |; |\. |\b(?:N|[A-Z]{4,}|key|section|[Ff]ilters?|[Ee]vents?)\b/;

Deno.test("the lines that TROUBLESHOOTING explains are those that the plugins log", () => {
  const sources = ["plugins", "ffi/stub", "ffi/zmq"].flatMap((folder) => [...sourcesBelow(folder)])
    .map((path) => textsOf(Deno.readTextFileSync(`${PROJECT_ROOT}/${path}`))).join("\n");
  const isThere = (piece: string) => sources.includes(piece);
  // A part of a piece may be a value in the source.
  const isMade = (piece: string) =>
    [...piece.matchAll(/ /g)].some(({ index }) =>
      isThere(piece.slice(0, index)) && isThere(piece.slice(index + 1))
    );
  const document = documentAt("TROUBLESHOOTING.md");
  const cells = ["line", "reply"].flatMap((heading) => document.firstCells(heading));
  const pieces = cells.flatMap((cell) => [...cell.matchAll(/`([^`]+)`/g)].map(([, line]) => line!))
    .flatMap((line) => line.split(CHANGING)).map((piece) =>
      piece.replaceAll(/^[ ()]+|[ ()]+$/g, "")
    );
  assertEquals(pieces.filter((piece) => !isThere(piece) && !isMade(piece)), []);
  assert(pieces.length > 100, `${pieces.length} pieces`);
});

/** Source code without comments, and with the texts whole that are in several lines. */
function textsOf(source: string): string {
  return source.replaceAll(/\/\*[^]*?\*\/|^\s*\/\/.*$/gm, "").replaceAll('\\"', '"')
    .replaceAll(/["`]\s*\+?\s*\n\s*["`]/g, "");
}

function* sourcesBelow(folder: string): Generator<string> {
  for (const { name, isDirectory } of Deno.readDirSync(`${PROJECT_ROOT}/${folder}`)) {
    if (isDirectory) yield* sourcesBelow(`${folder}/${name}`);
    else if (/\.(ts|c|h)$/.test(name)) yield `${folder}/${name}`;
  }
}
