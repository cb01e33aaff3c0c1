/** The clients that documents show, run as they stand there against a real Janus. */
import { PROJECT_ROOT } from "../../scripts/lib/project.ts";
import { assert, assertEquals } from "../assert.ts";
import { documentAt } from "../scripts/documents.ts";
import { PYTHON } from "./support/agent.ts";
import { sharedFixture } from "./support/fixture.ts";
import { nodeFolder } from "./support/node.ts";

const shared = sharedFixture({ admin: true });

/** A program that a document shows, and what tells that it works. */
interface Shown {
  readonly document: string;
  readonly info: string;
  readonly name: string;
  readonly prints: RegExp;
  /** Where it is put, and the command that runs it there. */
  readonly command: (file: string) => readonly string[];
  readonly folder: () => Promise<string>;
}

const deno = (file: string) => [
  Deno.execPath(),
  ...["run", "--quiet", "--allow-ffi", `--config=${PROJECT_ROOT}/deno.json`, file],
];
const python = (file: string) => [PYTHON, "-u", file];
const node = (file: string) => ["node", file];
const anywhere = () => Deno.makeTempDir({ prefix: "documents-" });

const PROGRAMS: readonly Shown[] = [
  {
    ...{ document: "README.md", info: "python", name: "shown.py", command: python },
    ...{ folder: anywhere, prints: /^\d+\.\d+\.\d+\n/ },
  },
  {
    ...{ document: "README.md", info: "js ignore", name: "shown.mjs", command: node },
    ...{ folder: nodeFolder, prints: /janus: 'success'/ },
  },
  {
    ...{ document: "README.md", info: "ts", name: "shown.ts", command: deno },
    ...{ folder: anywhere, prints: /result: "ok"/ },
  },
  {
    ...{ document: "plugins/events/README.md", info: "python", name: "shown.py", command: python },
    ...{ folder: anywhere, prints: /^\{.*'type': / },
  },
  {
    ...{ document: "plugins/transport/README.md", info: "ts", name: "admin.ts", command: deno },
    ...{ folder: anywhere, prints: /sessions: \[/ },
  },
];

for (const { document, info, name, prints, command, folder } of PROGRAMS) {
  Deno.test(`the client in ${info} that ${document} shows works`, async () => {
    const fixture = await shared();
    const { endpoints, admin_secret } = fixture.janus;
    const [code, ...more] = documentAt(document).code(info);
    assertEquals(more, [], "several programs");
    const text = code!.replaceAll("tcp://127.0.0.1:5545", endpoints.api)
      .replaceAll("tcp://127.0.0.1:5546", endpoints.events)
      .replaceAll("tcp://127.0.0.1:7445", endpoints.admin)
      .replaceAll('adminSecret: "..."', `adminSecret: "${admin_secret}"`);
    const file = `${await folder()}/${name}`;
    await Deno.writeTextFile(file, text);
    const [program = "", ...args] = command(file);
    await using process = new Deno.Command(program, {
      args,
      stdin: "null",
      stdout: "piped",
      stderr: "inherit",
    }).spawn();
    // A subscriber gets what comes after it.
    const events = setInterval(() => void fixture.emit({}), 100);
    let said = "";
    try {
      for await (const chunk of process.stdout.pipeThrough(new TextDecoderStream())) {
        said += chunk;
        if (prints.test(said)) return;
      }
    } finally {
      clearInterval(events);
      await Deno.remove(file);
    }
    assert(false, `it said no more than: ${said}`);
  });
}
