/** The project's documents, and what stands in them. */
import { PROJECT_ROOT } from "../../scripts/lib/project.ts";

/** A block of code, and what stands behind its opening fence. */
export interface Block {
  readonly info: string;
  readonly code: string;
}

/** A Markdown file. */
export class Document {
  /** Below the project's folder. */
  readonly path: string;
  readonly text: string;
  readonly blocks: readonly Block[];
  /** The text without its blocks of code. */
  readonly prose: string;

  constructor(path: string) {
    this.path = path;
    this.text = Deno.readTextFileSync(`${PROJECT_ROOT}/${path}`);
    const blocks: Block[] = [];
    this.prose = this.text.replaceAll(/^```(.*)\n([^]*?)^```$/gm, (_, info, code) => {
      blocks.push({ info, code });
      return "";
    });
    this.blocks = blocks;
  }

  /** The code of the blocks with this behind their fence. */
  code(info: string): string[] {
    return this.blocks.filter((block) => block.info === info).map(({ code }) => code);
  }

  /** What stands between backticks, outside of blocks. */
  get words(): string[] {
    return [...this.prose.matchAll(/`([^`\n]+)`/g)].map(([, word]) => word!);
  }

  /** What links lead to. */
  get links(): string[] {
    const text = this.prose.replaceAll(/`[^`\n]*`/g, "");
    return [...text.matchAll(/\]\(([^)\s]+)\)/g)].map(([, link]) => link!);
  }

  /** The names of its headings, as links have them. */
  get anchors(): Set<string> {
    const headings = [...this.prose.matchAll(/^#+ (.*)$/gm)].map(([, heading]) => heading!);
    return new Set(
      headings.map((heading) =>
        heading.toLowerCase().replaceAll(/[^\p{L}\p{N}_ -]/gu, "").replaceAll(" ", "-")
      ),
    );
  }

  /** The first cells of the rows of those tables whose own first cell is this. */
  firstCells(heading: string): string[] {
    return this.prose.split(/\n\n+/).map((part) => part.trim().split("\n"))
      .filter(([head]) => head!.startsWith(`| ${heading} |`))
      .flatMap(([, , ...rows]) => rows.map((row) => row.split(" | ")[0]!));
  }
}

function* markdownBelow(folder: string): Generator<string> {
  for (const { name, isDirectory } of Deno.readDirSync(`${PROJECT_ROOT}/${folder}`)) {
    const path = folder === "" ? name : `${folder}/${name}`;
    if (isDirectory && !name.startsWith(".") && path !== "build") yield* markdownBelow(path);
    else if (name.endsWith(".md")) yield path;
  }
}

/** All of them. */
export const DOCUMENTS: readonly Document[] = [...markdownBelow("")].sort()
  .map((path) => new Document(path));

/** One of them. */
export function documentAt(path: string): Document {
  const found = DOCUMENTS.find((document) => document.path === path);
  if (found === undefined) throw new Error(`There is no document ${path}`);
  return found;
}
