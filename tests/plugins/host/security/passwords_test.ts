import { LineError } from "../../../../plugins/companion/placed_file.ts";
import {
  makeUserLine,
  parseUsers,
  PasswordChecker,
} from "../../../../plugins/host/security/passwords.ts";
import { assert, assertEquals, assertRejects, assertThrows } from "../../../assert.ts";
import { LogBook } from "./support.ts";

const bytes = (text: string) => new TextEncoder().encode(text);

async function withUsers(text: string, use: (checker: PasswordChecker) => Promise<void>) {
  const path = Deno.makeTempFileSync();
  try {
    Deno.writeTextFileSync(path, text);
    await use(new PasswordChecker({ path, root: "/" }, new LogBook()));
  } finally {
    Deno.removeSync(path);
  }
}

function check(
  checker: PasswordChecker,
  name: string,
  password: Uint8Array,
  address = "192.0.2.1",
) {
  return checker.check({ address, name }, password);
}

Deno.test("makeUserLine() salts: the same password gives another line each time", async () => {
  const [one, two] = [await makeUserLine("ann", bytes("x")), await makeUserLine("ann", bytes("x"))];
  assert(one !== two);
  assert(/^ann:scrypt:16384:8:1:[A-Za-z0-9+/]{22}==:[A-Za-z0-9+/]{43}=$/.test(one), one);
  await assertRejects(() => makeUserLine("a b", bytes("x")), TypeError);
});

Deno.test("zeros at the end of a password count", async () => {
  for (const password of ["secret", "secret\0", "s".repeat(63), "", "\0"]) {
    await withUsers(await makeUserLine("ann", bytes(password)), async (checker) => {
      assertEquals(await check(checker, "ann", bytes(`${password}\0`)), "wrong");
      assertEquals(await check(checker, "ann", bytes(`${password}\0\0`)), "wrong");
      assertEquals(await check(checker, "ann", bytes(password)), "right");
      assertEquals(await check(checker, "ann", bytes(`${password}\0`)), "wrong");
    });
  }
});

Deno.test("a line made before zeros counted still holds", async () => {
  const salt = "AAECAwQFBgcICQoLDA0ODw==";
  await withUsers(
    `ann:scrypt:2:8:1:${salt}:VT0pcNZoTiDGi7oxtKbKmRXM7HJsOVONlu2c4UnBYSw=`,
    async (checker) => {
      assertEquals(await check(checker, "ann", bytes("secret")), "right");
    },
  );
});

Deno.test("a right password needs a hash once, a wrong one each time", async () => {
  await withUsers(await makeUserLine("ann", bytes("x")), async (checker) => {
    assertEquals(await check(checker, "ann", bytes("x")), "right");
    assertEquals(check(checker, "ann", bytes("x")), "right"); // no promise
    assertEquals(await check(checker, "ann", bytes("y")), "wrong");
    assert(check(checker, "ann", bytes("y")) instanceof Promise);
    assertEquals(await check(checker, "bob", bytes("x")), "unknown");
  });
});

Deno.test("many checks of one right password at a time need one hash", async () => {
  await withUsers(await makeUserLine("ann", bytes("x")), async (checker) => {
    const begun = performance.now();
    assertEquals(await check(checker, "bob", bytes("x")), "unknown");
    const one = performance.now() - begun;
    const verdicts = Array.from({ length: 40 }, () => check(checker, "ann", bytes("x")));
    assertEquals(new Set(await Promise.all(verdicts)), new Set(["right"]));
    const all = performance.now() - begun - one;
    assert(all < one * 10, `${all} ms for all, ${one} ms for one`);
  });
});

Deno.test("an unknown user costs as much as a wrong password", async () => {
  await withUsers(await makeUserLine("ann", bytes("x")), async (checker) => {
    const time = async (name: string) => {
      const times: number[] = [];
      for (let i = 0; i < 5; i++) {
        const begun = performance.now();
        await check(checker, name, bytes("no"), `192.0.2.${i}`);
        times.push(performance.now() - begun);
      }
      return times.sort((a, b) => a - b)[2]!;
    };
    const [known, unknown] = [await time("ann"), await time("bob")];
    assert(unknown > known / 3 && unknown < known * 3, `${unknown} against ${known} ms`);
  });
});

Deno.test("of an address that guesses, many checks at a time are told to come again", async () => {
  await withUsers(await makeUserLine("ann", bytes("x")), async (checker) => {
    const verdicts = Array.from({ length: 80 }, (_, i) => check(checker, "ann", bytes(`${i}`)));
    assertEquals(await verdicts[0], "wrong");
    const first = await Promise.all(verdicts.slice(9));
    assertEquals(new Set(first), new Set(["busy"]));
    const rest = new Set(await Promise.all(verdicts.slice(0, 9)));
    assert([...rest].every((verdict) => verdict === "wrong" || verdict === "busy"));
  });
});

Deno.test("whoever has not failed goes before those that guess, each guess costs more", async () => {
  await withUsers(await makeUserLine("ann", bytes("x")), async (checker) => {
    let guesses = 0;
    const end = performance.now() + 1500;
    const guess = async () => {
      while (performance.now() < end) {
        const verdict = await check(checker, `ann`, bytes(`${guesses++}`), "192.0.2.66");
        if (verdict === "busy") await new Promise((resolve) => setTimeout(resolve, 5));
      }
    };
    const guessing = Array.from({ length: 100 }, guess);
    await new Promise((resolve) => setTimeout(resolve, 500));
    const begun = performance.now();
    assertEquals(await check(checker, "ann", bytes("x"), "192.0.2.1"), "right");
    const took = performance.now() - begun;
    assert(took < 500, `${took} ms, with ${guesses} guesses`);
    await Promise.all(guessing);
  });
});

const BROKEN: readonly [line: string, words: RegExp][] = [
  ["ann", /has no hash/],
  ["ann:secret", /has no hash/],
  ["ann:scrypt:16384:8:1:AAAA", /has no hash/],
  ["ann:scrypt:16383:8:1:AAAAAAAAAAAAAAAAAAAAAA==:AAAA", /has no hash/],
  [`ann:scrypt:1073741824:8:1:${"A".repeat(22)}==:${"A".repeat(43)}=`, /has no hash/],
  ["a nn:scrypt:1", /it does not begin with a name/],
];
for (const [line, words] of BROKEN) {
  Deno.test(`parseUsers() refuses ${line.slice(0, 40)}, and does not repeat what it says`, () => {
    const error = assertThrows(() => parseUsers(line), LineError);
    assertEquals(error.line, 1);
    assert(words.test(error.message), error.message);
    assert(!error.message.includes("secret"));
  });
}

Deno.test("parseUsers() refuses a name that is there twice", async () => {
  const line = await makeUserLine("ann", bytes("x"));
  const text = `${line}\n\n# again\n ${line}\n`;
  const error = assertThrows(() => parseUsers(text), LineError, "ann is there twice");
  assertEquals([error.line, error.column], [4, 2]);
});
