import type { RequestHead } from "../../../plugins/janus/request.ts";
import { Access, type AccessRules, type Command } from "../../../plugins/transport/access.ts";
import { Budget } from "../../../plugins/transport/outbox.ts";
import { SessionTable } from "../../../plugins/transport/sessions.ts";
import { assertEquals } from "../../assert.ts";
import { newPeer } from "./peer.ts";

const SESSION = 9007199254740993n;

function head(janus: string | undefined, session_id?: bigint, plugin?: string): RequestHead {
  const rest = {
    transaction: "t",
    apisecret: undefined,
    token: undefined,
    maxev: undefined,
    query: undefined,
  };
  return { janus, session_id, plugin, ...rest };
}

function fixture(rules: AccessRules) {
  const sessions = new SessionTable(new Budget(1000), new Budget(1000));
  return { sessions, access: new Access(rules, sessions) };
}

const NO_SUCH = { code: 458, reason: `No such session ${SESSION}` };

Deno.test("without rules nobody is looked into", () => {
  const { access } = fixture({ bindSessions: false });
  assertEquals(access.concerned, false);
  assertEquals(access.check(newPeer(), head("destroy", SESSION)), null);
});

Deno.test("rights are asked with all that they may depend on", () => {
  const commands: Command[] = [];
  const rights = (command: Command) => {
    commands.push(command);
    return command.verb === "create" ? null : `${command.name} may not ${command.verb}`;
  };
  const { access } = fixture({ rights, bindSessions: false });
  const alice = newPeer({ name: "alice" }), root = newPeer({ name: "root", admin: true });
  assertEquals(access.concerned, true);
  assertEquals(access.check(alice, head("create")), null);
  assertEquals(access.check(alice, head("attach", 5n, "janus.plugin.echotest")), {
    code: 403,
    reason: "alice may not attach",
  });
  assertEquals(access.check(root, head(undefined))?.code, 403);
  assertEquals(commands, [
    { name: "alice", admin: false, verb: "create", plugin: undefined, query: undefined },
    {
      name: "alice",
      admin: false,
      verb: "attach",
      plugin: "janus.plugin.echotest",
      query: undefined,
    },
    { name: "root", admin: true, verb: "", plugin: undefined, query: undefined },
  ]);
});

Deno.test("rights are asked for clients without a name as well", () => {
  const rights = ({ name }: Command) => name === "" ? "not for strangers" : null;
  const { access } = fixture({ rights, bindSessions: false });
  assertEquals(access.check(newPeer(), head("create"))?.reason, "not for strangers");
  assertEquals(access.check(newPeer({ name: "alice" }), head("create")), null);
});

Deno.test("a bound session is its owner's, and for others as if it did not exist", () => {
  const { access, sessions } = fixture({ bindSessions: true });
  const [owner, other] = [newPeer(), newPeer()];
  assertEquals(access.concerned, true);
  sessions.own(SESSION, owner);
  assertEquals(access.check(owner, head("message", SESSION)), null);
  for (const verb of ["message", "poll", "destroy", "keepalive", ""]) {
    assertEquals(access.check(other, head(verb, SESSION)), NO_SUCH);
  }
  assertEquals(access.check(owner, head("message", SESSION - 1n))?.code, 458);
  assertEquals(access.check(owner, head("create")), null);
});

Deno.test("a claim proves itself to Janus, and what was claimed is the new owner's", () => {
  const { access, sessions } = fixture({ bindSessions: true });
  const [owner, other] = [newPeer(), newPeer()];
  sessions.own(SESSION, owner);
  assertEquals(access.check(other, head("claim", SESSION)), null);
  sessions.own(SESSION, other);
  assertEquals(access.check(other, head("message", SESSION)), null);
  assertEquals(access.check(owner, head("message", SESSION)), NO_SUCH);
});

Deno.test("where clients have names, a session is claimed by its owner's name alone", () => {
  const { access, sessions } = fixture({ bindSessions: true });
  const [first, second] = [newPeer({ name: "alice" }), newPeer({ name: "alice" })];
  const bob = newPeer({ name: "bob" });
  sessions.own(SESSION, first);
  assertEquals(access.check(bob, head("claim", SESSION)), NO_SUCH);
  assertEquals(access.check(second, head("claim", SESSION)), null);
  // Janus may keep it for a while after its owner has left.
  sessions.leave(SESSION, first);
  assertEquals(access.check(bob, head("claim", SESSION)), NO_SUCH);
  assertEquals(access.check(second, head("claim", SESSION)), null);
  assertEquals(access.check(second, head("message", SESSION)), NO_SUCH);
  // Nobody's that is known here: another transport's, perhaps.
  assertEquals(access.check(second, head("claim", SESSION + 1n))?.code, 458);
});

Deno.test("a named client has its sessions on all of its connections, a namesake's routing id not", () => {
  const { access, sessions } = fixture({ bindSessions: true });
  const [first, second] = [newPeer({ name: "alice" }), newPeer({ name: "alice" })];
  const bob = newPeer({ name: "bob", frames: first.frames });
  sessions.own(SESSION, first);
  assertEquals(access.check(second, head("message", SESSION)), null);
  assertEquals(access.check(bob, head("message", SESSION)), NO_SUCH);
  assertEquals(access.check(newPeer(), head("message", SESSION)), NO_SUCH);
});

Deno.test("rights come before sessions, and hold for a claim too", () => {
  const rights = ({ verb }: Command) => verb === "claim" ? "no claims" : null;
  const { access, sessions } = fixture({ rights, bindSessions: true });
  const [owner, alice] = [newPeer(), newPeer({ name: "alice" })];
  sessions.own(SESSION, owner);
  assertEquals(access.check(alice, head("claim", SESSION)), { code: 403, reason: "no claims" });
  assertEquals(access.check(alice, head("message", SESSION)), NO_SUCH);
});
