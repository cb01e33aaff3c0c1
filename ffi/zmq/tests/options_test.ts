import { assert, assertEquals, assertThrows } from "../../../tests/assert.ts";
import * as zmq from "../mod.ts";
import * as tables from "../option_table.ts";

Deno.test("every option can be read, and what can be set can be read back", async () => {
  await using dealer = new zmq.Dealer();
  const strange = /^(gssapi|vmci|interface)/; // not built in, or not allowed
  const values: Record<string, unknown> = { maxMessageSize: 5, affinity: 1, routingId: "id" };
  const all = { ...tables.SOCKET, ...tables.SEND, ...tables.RECEIVE, ...tables.ROUTING };
  const target = dealer as unknown as Record<string, unknown>;
  let checked = 0;
  for (const [name, { type, access }] of Object.entries(all)) {
    if (strange.test(name)) continue;
    const before = target[name];
    assert(before !== undefined, name);
    if (access !== "rw" || /^(plain|curve)/.test(name)) continue;
    const wanted = values[name] ?? (type === "Bool" ? !before : type === "String" ? "text" : 1000);
    if (name === "typeOfService" || name === "tcpKeepalive" || name === "heartbeatTimeToLive") {
      continue; // ranges of their own, below
    }
    target[name] = wanted;
    assertEquals(target[name], wanted, name);
    checked++;
  }
  assert(checked > 25, `${checked} options`);
  Object.assign(dealer, { typeOfService: 8, tcpKeepalive: 1, heartbeatTimeToLive: 2500 });
  assertEquals(dealer.typeOfService, 8);
  assertEquals(dealer.tcpKeepalive, 1);
  assertEquals(dealer.heartbeatTimeToLive, 2500);
});

Deno.test("the constructor takes options and refuses unknown ones", async () => {
  await using router = new zmq.Router({ linger: 0, sendHighWaterMark: 3, mandatory: true });
  assertEquals([router.linger, router.sendHighWaterMark, router.mandatory], [0, 3, true]);
  assertEquals([router.handover, router.type, router.threadSafe], [false, 6, false]);
  // deno-lint-ignore no-explicit-any
  const make = (options: any) => () => new zmq.Push(options);
  assertThrows(make({ lingr: 0 }), TypeError, "Push has no such option");
  assertThrows(make({ lastEndpoint: "x" }), TypeError, "Push has no such option");
  assertThrows(make({ receiveTimeout: 1 }), TypeError, "Push has no such option");
  assertThrows(make({ linger: "0" }), TypeError, 'option linger: "0" is not a 32-bit integer');
  assertThrows(make({ linger: 1.5 }), TypeError, "is not a 32-bit integer");
  assertThrows(make({ immediate: 1 }), TypeError, "1 is not a boolean");
  assertThrows(make({ plainUsername: 5 }), TypeError, "5 is not a string or null");
  assertThrows(make({ context: {} }), TypeError, "is no Context");
  assertEquals(assertThrows(make({ linger: -7 }), zmq.ZmqError).code, "EINVAL");
});

Deno.test("text options are null until set, and can be unset", async () => {
  await using socket = new zmq.Dealer();
  assertEquals([socket.plainUsername, socket.zapDomain, socket.lastEndpoint], [null, null, null]);
  socket.plainUsername = "someone";
  assertEquals(socket.plainUsername, "someone");
  assertEquals(socket.securityMechanism, "plain");
  socket.plainUsername = null;
  assertEquals(socket.securityMechanism, null);
});

Deno.test("keys read back as text", async () => {
  const { publicKey, secretKey } = zmq.curveKeyPair();
  await using socket = new zmq.Dealer({
    curvePublicKey: publicKey,
    curveSecretKey: secretKey,
    curveServerKey: publicKey,
  });
  assertEquals(socket.curvePublicKey, publicKey);
  assertEquals(socket.curveSecretKey, secretKey);
  assertEquals(socket.curveServerKey, publicKey);
  assertEquals(socket.securityMechanism, "curve");
});

Deno.test("a context has options of its own", async () => {
  await using context = new zmq.Context({ ioThreads: 2, blocky: false, maxSockets: 1 });
  assertEquals([context.ioThreads, context.blocky, context.maxSockets], [2, false, 1]);
  assert(context.maxSocketsLimit >= 1024);
  await using socket = new zmq.Push({ context });
  assertEquals(socket.linger, 0);
  const error = assertThrows(() => new zmq.Push({ context }), zmq.ZmqError);
  assertEquals(error.code, "EMFILE");
  // deno-lint-ignore no-explicit-any
  assertThrows(() => new zmq.Context({ threads: 1 } as any), TypeError, "no such option");
});

Deno.test("draft sockets are refused, although libzmq opens some", () => {
  // deno-lint-ignore no-explicit-any
  const open = (type: number) => () => new (zmq.Socket as any)(type);
  for (const type of [14, 15, 37]) {
    assertEquals(assertThrows(open(type), zmq.ZmqError).code, "EINVAL", `type ${type}`);
  }
});

Deno.test("the kinds of GSSAPI names are npm's strings", async () => {
  await using socket = new zmq.Dealer();
  // deno-lint-ignore no-explicit-any
  const set = (value: any) => () => socket.gssapiPrincipalNameType = value;
  assertThrows(set(1), TypeError, "gssapiPrincipalNameType: 1 is not known");
  assertThrows(set("kerberos"), TypeError, "is not known");
  if (zmq.capability.gssapi) {
    assertEquals(socket.gssapiPrincipalNameType, "hostBased");
    set("krb5Principal")();
    assertEquals(socket.gssapiPrincipalNameType, "krb5Principal");
  } else {
    assertEquals(assertThrows(set("userName"), zmq.ZmqError).code, "EINVAL");
  }
});

Deno.test("sockets and contexts refuse properties that they do not have", () => {
  using socket = new zmq.Dealer();
  const target = socket as unknown as Record<string, unknown>;
  assertThrows(() => target.lingr = 0, TypeError);
  assertThrows(() => target.context = zmq.context, TypeError);
  assert(!("lingr" in socket));
  const context = zmq.context as unknown as Record<string, unknown>;
  assertThrows(() => context.ioThread = 2, TypeError);
});
