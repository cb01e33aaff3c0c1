/** A PostgreSQL server of the test's own, never the system's. */
import { freePorts } from "../../../scripts/lib/ports.ts";

/** Where Debian and Fedora have its programs; null if it is not installed. */
export const POSTGRES_PROGRAMS: string | null = findPrograms();

function findPrograms(): string | null {
  const candidates = ["/usr/bin"];
  try {
    for (const { name } of Deno.readDirSync("/usr/lib/postgresql")) {
      candidates.unshift(`/usr/lib/postgresql/${name}/bin`);
    }
  } catch {
    // Not Debian's.
  }
  const has = (path: string) => {
    try {
      return Deno.statSync(path).isFile;
    } catch {
      return false;
    }
  };
  return candidates.find((folder) => has(`${folder}/initdb`) && has(`${folder}/postgres`)) ?? null;
}

/** It refuses to run as root: then it runs as nobody. */
const NOBODY = 65_534;
const user = Deno.uid() === 0 ? { uid: NOBODY, gid: NOBODY } : {};

/** One server, in a folder of its own. */
export class PostgresServer implements AsyncDisposable {
  readonly #folder: string;
  readonly #process: Deno.ChildProcess;
  /** With user and password. */
  readonly url: string;

  private constructor(folder: string, process: Deno.ChildProcess, url: string) {
    this.#folder = folder;
    this.#process = process;
    this.url = url;
  }

  /** Starts one, and waits until it listens. */
  static async start(): Promise<PostgresServer> {
    // Not below a folder that nobody may enter.
    const folder = await Deno.makeTempDir({ dir: "/tmp", prefix: "postgres-" });
    await Deno.writeTextFile(`${folder}/password`, "secret\n");
    if (user.uid !== undefined) {
      await Deno.chown(folder, user.uid, user.gid);
      await Deno.chown(`${folder}/password`, user.uid, user.gid);
    }
    const [port = 0] = freePorts(1);
    const common = { cwd: folder, stdin: "null", ...user } as const;
    const data = `${folder}/data`;
    const made = await new Deno.Command(`${POSTGRES_PROGRAMS}/initdb`, {
      ...common,
      args: [
        ...["-D", data, "-U", "test", "-A", "scram-sha-256", "--pwfile", `${folder}/password`],
        ...["-E", "UTF8", "--locale=C", "--no-sync"],
      ],
    }).output();
    if (!made.success) throw new Error(new TextDecoder().decode(made.stderr));
    const process = new Deno.Command(`${POSTGRES_PROGRAMS}/postgres`, {
      ...common,
      args: ["-D", data, "-h", "127.0.0.1", "-p", `${port}`, "-k", folder, "-F"],
      stdout: "null",
      stderr: "null",
    }).spawn();
    const url = `postgres://test:secret@127.0.0.1:${port}/postgres`;
    const server = new PostgresServer(folder, process, url);
    try {
      for (let tries = 0; !await isReady(`${folder}/.s.PGSQL.${port}`); tries++) {
        if (tries > 400) throw new Error("PostgreSQL does not start");
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    } catch (error) {
      await server[Symbol.asyncDispose]();
      throw error;
    }
    return server;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // SIGQUIT ends it at once, with all of its processes.
    this.#process.kill("SIGQUIT");
    await this.#process.status;
    await Deno.remove(this.#folder, { recursive: true });
  }
}

async function isReady(socket: string): Promise<boolean> {
  try {
    (await Deno.connect({ transport: "unix", path: socket })).close();
    return true;
  } catch {
    return false;
  }
}
