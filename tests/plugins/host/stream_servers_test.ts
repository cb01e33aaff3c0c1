/** Files for the way to the stream's servers are in the configuration's folder, and nowhere else. */
import { placeServers, type ServerSettings } from "../../../plugins/host/stream_servers.ts";
import { connectionOptions } from "../../../plugins/stream/companion/servers.ts";
import { assertEquals, assertStringIncludes, assertThrows } from "../../assert.ts";
import { withFiles } from "../../folder.ts";

const NONE: ServerSettings = {
  ...{ servers: ["127.0.0.1"], user: "janus", credentials: "", password_file: "", token_file: "" },
  ...{ ca: "", cert: "", key: "" },
};

Deno.test("files are in the configuration's folder, by a path that is whole or not", () => {
  const place = (password_file: string) =>
    placeServers({ ...NONE, password_file }, "/etc/janus", "/srv/janus").password_file;
  assertEquals(place(""), "");
  assertEquals(place("keys/nats"), "/etc/janus/keys/nats");
  assertEquals(place("/etc/janus/nats"), "/etc/janus/nats");
  assertEquals(place("/srv/janus/nats"), "/srv/janus/nats");
});

Deno.test("a file elsewhere is refused at the start, by the name of its key", () => {
  for (
    const key of ["credentials", "password_file", "token_file", "ca", "cert", "key"] as const
  ) {
    for (const path of ["/etc/ssl/nats", "/etc/janus2/nats", "/etc/janus"]) {
      const { message } = assertThrows(
        () => placeServers({ ...NONE, [key]: path }, "/etc/janus", "/etc/janus"),
        Error,
      );
      assertStringIncludes(message, `stream.${key}: Cannot read ${path}: it is outside of /etc/j`);
      assertStringIncludes(message, "Put it there");
    }
  }
});

Deno.test("a link may lead through the folder, not out of it", async () => {
  await withFiles(
    { "conf/..data/nats": "inside\n", "conf/fifo": "", "outside": "secret" },
    async (folder) => {
      const conf = `${await Deno.realPath(folder)}/conf`;
      await Deno.symlink("..data/nats", `${conf}/mounted`);
      await Deno.symlink("../outside", `${conf}/leaking`);
      const password = (password_file: string) =>
        connectionOptions(placeServers({ ...NONE, password_file }, conf, conf)).pass;
      assertEquals(password("mounted"), "inside");
      const { message } = assertThrows(() => password("leaking"), Error);
      assertStringIncludes(
        message,
        `leaking: it is a link to ${folder}/outside, which is outside of`,
      );
      await Deno.remove(`${conf}/fifo`);
      await new Deno.Command("mkfifo", { args: [`${conf}/fifo`] }).output();
      assertStringIncludes(assertThrows(() => password("fifo"), Error).message, "it is no file");
      assertStringIncludes(assertThrows(() => password("none"), Error).message, "does not exist");
    },
  );
});
