import { compileObjects, type CompileOptions } from "../../../scripts/lib/c_objects.ts";
import { assert, assertEquals, assertNotEquals, assertThrows } from "../../assert.ts";
import { withFiles } from "../../folder.ts";

const FILES = {
  "some where/shared.h": "#define VALUE 1\n",
  "a.c": '#include "shared.h"\nint a(void) { return VALUE; }\n',
  "b.c": "int b(void) { return 2; }\n",
};

/** Files to compile, by a compiler whose every run is noted. */
async function ground(
  use: (ground: {
    folder: string;
    /** Compiles both. @returns what had to be compiled */
    compile(options?: Partial<CompileOptions>): string[];
    write(path: string, text: string): void;
    objects: string[];
  }) => void,
): Promise<void> {
  await withFiles(FILES, (folder) => {
    // What was changed just now is not relied on.
    const write = (path: string, text: string) => {
      Deno.writeTextFileSync(`${folder}/${path}`, text);
      const before = (Deno.statSync(`${folder}/${path}`).mtime!.getTime() - 5000) / 1000;
      Deno.utimeSync(`${folder}/${path}`, before, before);
    };
    for (const [path, text] of Object.entries(FILES)) write(path, text);
    const objects: string[] = [];
    const compile = (options: Partial<CompileOptions> = {}) => {
      const compiled: string[] = [];
      const made = compileObjects(["a.c", "b.c"], {
        root: folder,
        folder: "objects",
        compiler: "cc",
        flags: ["-O0", "-Wall", "-I", "some where"],
        run: (program, args) => {
          const { success, stdout, stderr } = new Deno.Command(program, { args, cwd: folder })
            .outputSync();
          const [said = "", complaints = ""] = [stdout, stderr].map((one) =>
            new TextDecoder().decode(one)
          );
          const file = args.at(args.indexOf("-c") + 1)!;
          if (args.includes("-c")) compiled.push(file);
          if (!success) throw new Error(complaints);
          return { said, complaints };
        },
        ...options,
      });
      objects.splice(0, Infinity, ...made);
      return compiled;
    };
    use({ folder, compile, write, objects });
    return Promise.resolve();
  });
}

Deno.test("what has not changed is not compiled again", () =>
  ground(({ folder, compile, objects }) => {
    assertEquals(compile(), ["a.c", "b.c"]);
    for (const object of objects) assert(Deno.statSync(`${folder}/${object}`).size > 0);
    assertEquals(compile(), []);
    Deno.removeSync(`${folder}/${objects[1]}`);
    assertEquals(compile(), ["b.c"]);
  }));

Deno.test("a header, the flags and the compiler count", () =>
  ground(({ folder, compile, write, objects }) => {
    compile();
    const before = Deno.readFileSync(`${folder}/${objects[0]}`);
    write("some where/shared.h", "#define VALUE 12\n");
    assertEquals(compile(), ["a.c"]);
    assertNotEquals(Deno.readFileSync(`${folder}/${objects[0]}`), before);
    assertEquals(compile({ flags: ["-O0", "-Wall", "-I", "some where", "-DX"] }), ["a.c", "b.c"]);
    assertEquals(compile({ compiler: "gcc" }), ["a.c", "b.c"]);
    assertEquals(compile(), []);
  }));

Deno.test("a file that is written while it is compiled is compiled again", () =>
  ground(({ folder, compile }) => {
    const soon = Date.now() / 1000 + 60;
    Deno.utimeSync(`${folder}/b.c`, soon, soon);
    assertEquals(compile(), ["a.c", "b.c"]);
    assertEquals(compile(), ["b.c"]);
  }));

Deno.test("a warning comes again, and an error leaves no object", () =>
  ground(({ compile, write }) => {
    write("b.c", "int b(void) { int unused; return 2; }\n");
    assertEquals(compile(), ["a.c", "b.c"]);
    assertEquals(compile(), ["b.c"]);
    write("b.c", "int b(void) { return }\n");
    for (let i = 0; i < 2; i++) assertThrows(() => compile(), Error, "error");
    write("b.c", FILES["b.c"]);
    assertEquals(compile(), ["b.c"]);
  }));
