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
    await use(new PasswordChecker(path, new LogBook()));
  } finally {
    Deno.removeSync(path);
  }
}

Deno.test("makeUserLine() salts: the same password gives another line each time", async () => {
  const [one, two] = [await makeUserLine("ann", bytes("x")), await makeUserLine("ann", bytes("x"))];
  assert(one !== two);
  assert(/^ann:scrypt:16384:8:1:[A-Za-z0-9+/]{22}==:[A-Za-z0-9+/]{43}=$/.test(one), one);
  await assertRejects(() => makeUserLine("a b", bytes("x")), TypeError);
});

Deno.test("a right password needs a hash once, a wrong one each time", async () => {
  await withUsers(await makeUserLine("ann", bytes("x")), async (checker) => {
    assertEquals(await checker.check("ann", bytes("x")), "right");
    assertEquals(checker.check("ann", bytes("x")), "right"); // no promise
    assertEquals(await checker.check("ann", bytes("y")), "wrong");
    assert(checker.check("ann", bytes("y")) instanceof Promise);
    assertEquals(await checker.check("bob", bytes("x")), "unknown");
  });
});

Deno.test("many checks of one right password at a time need one hash", async () => {
  await withUsers(await makeUserLine("ann", bytes("x")), async (checker) => {
    const begun = performance.now();
    assertEquals(await checker.check("bob", bytes("x")), "unknown");
    const one = performance.now() - begun;
    const verdicts = Array.from({ length: 40 }, () => checker.check("ann", bytes("x")));
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
        await checker.check(name, bytes("no"));
        times.push(performance.now() - begun);
      }
      return times.sort((a, b) => a - b)[2]!;
    };
    const [known, unknown] = [await time("ann"), await time("bob")];
    assert(unknown > known / 3 && unknown < known * 3, `${unknown} against ${known} ms`);
  });
});

Deno.test("too many checks at a time are told to come again", async () => {
  await withUsers(await makeUserLine("ann", bytes("x")), async (checker) => {
    const verdicts = Array.from({ length: 80 }, (_, i) => checker.check("ann", bytes(`${i}`)));
    assertEquals(verdicts.at(-1), "busy");
    assertEquals(verdicts.filter((verdict) => verdict === "busy").length, 80 - 65);
    assertEquals(await verdicts[0], "wrong");
    await Promise.all(verdicts);
  });
});

const BROKEN: readonly [line: string, words: RegExp][] = [
  ["ann", /line 1: ann has no hash/],
  ["ann:secret", /line 1: ann has no hash/],
  ["ann:scrypt:16384:8:1:AAAA", /line 1: ann has no hash/],
  ["ann:scrypt:16383:8:1:AAAAAAAAAAAAAAAAAAAAAA==:AAAA", /line 1: ann has no hash/],
  [`ann:scrypt:1073741824:8:1:${"A".repeat(22)}==:${"A".repeat(43)}=`, /line 1: ann has no hash/],
  ["a nn:scrypt:1", /line 1: it does not begin with a name/],
];
for (const [line, words] of BROKEN) {
  Deno.test(`parseUsers() refuses ${line.slice(0, 40)}, and does not repeat what it says`, () => {
    const error = assertThrows(() => parseUsers(line), Error);
    assert(words.test(error.message), error.message);
    assert(!error.message.includes("secret"));
  });
}

Deno.test("parseUsers() refuses a name that is there twice", async () => {
  const line = await makeUserLine("ann", bytes("x"));
  assertThrows(
    () => parseUsers(`${line}\n\n# again\n${line}\n`),
    Error,
    "line 4: ann is there twice",
  );
});
