import { assert, assertEquals, assertStringIncludes, assertThrows } from "../../../tests/assert.ts";
import { openLibrary, ZmqLibraryError } from "../library.ts";
import { Errno, errnoName } from "../constants.ts";
import { capability, curveKeyPair, curvePublicKey, version } from "../mod.ts";
import { buildPeer, run, runDeno } from "./helpers.ts";

Deno.test("openLibrary() says what to install when there is no libzmq", () => {
  const error = assertThrows(() => openLibrary("/nowhere/libzmq.so.5"), ZmqLibraryError);
  assertStringIncludes(error.message, "/nowhere/libzmq.so.5");
  assertStringIncludes(error.message, "apt install libzmq5");
});

Deno.test("openLibrary() refuses a libzmq that is too old, and says so", async () => {
  const old = await buildPeer("old_zmq", ["-shared", "-fPIC"], ".so");
  const error = assertThrows(() => openLibrary(old), ZmqLibraryError);
  assertStringIncludes(error.message, "4.1.6");
  assertStringIncludes(error.message, "older than 4.3.4");
});

Deno.test("openLibrary() returns the same library for the same path", () => {
  assertEquals(openLibrary(), openLibrary());
  assert(/^4\.\d+\.\d+$/.test(openLibrary().version));
});

Deno.test("importing needs no permission; using it, an error names the one that is missing", async () => {
  for (const flags of [[], ["--allow-ffi=/nowhere"]]) {
    const { code, stdout, stderr } = await runDeno(
      `console.log(Object.keys(zmq).length > 20, zmq.version === "");
       try { new zmq.Pull(); } catch (error) { console.log(error.name, error.message); }`,
      flags,
    );
    const [imported, error] = stdout.split("\n");
    assertEquals([code, imported], [0, "true true"], stderr);
    assertStringIncludes(error!, "NotCapable");
    assertStringIncludes(error!, "--allow-ffi");
    assert(!error!.includes("libzmq"), error);
  }
});

Deno.test("importing is well where there is no libzmq", async () => {
  const { code, stdout, stderr } = await runDeno(
    `console.log(JSON.stringify(zmq.version));`,
    ["--allow-ffi", "--allow-env=ZMQ_LIBRARY"],
    { ZMQ_LIBRARY: "/nowhere/libzmq.so" },
  );
  assertEquals([code, stdout], [0, '""\n'], stderr);
});

Deno.test("a missing library is one clear error at first use", async () => {
  const { code, stdout, stderr } = await runDeno(
    `try { new zmq.Pull(); } catch (error) { console.log(error.name, error.message); }`,
    ["--allow-ffi", "--allow-env=ZMQ_LIBRARY"],
    { ZMQ_LIBRARY: "/nowhere/libzmq.so" },
  );
  assertEquals(code, 0, stderr);
  assertStringIncludes(stdout, "ZmqLibraryError Cannot load libzmq. Install libzmq 4.3.4 or newer");
  assertStringIncludes(stdout, "/nowhere/libzmq.so");
});

Deno.test("ZMQ_LIBRARY is left alone without permission to read it", async () => {
  const { code, stdout, stderr } = await runDeno(
    "console.log(zmq.version);",
    ["--allow-ffi"],
    {
      ZMQ_LIBRARY: "/nowhere/libzmq.so",
    },
  );
  assertEquals([code, stdout], [0, `${version}\n`], stderr);
});

Deno.test("version, capability and keys come from the library", async () => {
  assertEquals(version, openLibrary().version);
  assertEquals(capability.ipc, true);
  assertEquals(capability.curve, true);
  const { publicKey, secretKey } = curveKeyPair();
  assertEquals([publicKey.length, secretKey.length], [40, 40]);
  assertEquals(curvePublicKey(secretKey), publicKey);
  assertThrows(() => curvePublicKey("short"), TypeError, "40 characters");
  const python = await run("/usr/bin/python3", [
    "-c",
    "import sys, zmq; print(zmq.curve_public(sys.argv[1].encode()).decode())",
    secretKey,
  ]);
  assertEquals(python.stdout.trim(), publicKey, python.stderr);
});

Deno.test("error numbers are the system's", async () => {
  const names = ["EAGAIN", "EADDRINUSE", "EHOSTUNREACH", "ENOTSOCK", "EMSGSIZE", "EPROTO"] as const;
  const { stdout } = await run("/usr/bin/python3", [
    "-c",
    `import errno; print(*[getattr(errno, name) for name in "${names.join(" ")}".split()])`,
  ]);
  assertEquals(names.map((name) => Errno[name]).join(" "), stdout.trim());
  assertEquals(errnoName(Errno.EFSM), "EFSM");
  assertEquals(errnoName(99999), "E99999");
});
