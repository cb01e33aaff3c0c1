import { ErrorCode, errorReply } from "../../../plugins/janus/errors.ts";
import { assertEquals } from "../../assert.ts";

Deno.test("an error reply has Janus's form", () => {
  const text = errorReply(ErrorCode.unauthorized, 'Not "you"\n');
  assertEquals(text, '{"janus":"error","error":{"code":403,"reason":"Not \\"you\\"\\n"}}');
});

Deno.test("an error reply names what it answers, the session exactly", () => {
  const text = errorReply(ErrorCode.session_not_found, "No such session", {
    transaction: '"é\u2028\\',
    session_id: 2n ** 64n - 1n,
  });
  assertEquals(
    text,
    '{"janus":"error","session_id":18446744073709551615,"transaction":"\\"é\u2028\\\\",' +
      '"error":{"code":458,"reason":"No such session"}}',
  );
  assertEquals(JSON.parse(text).transaction, '"é\u2028\\');
});

Deno.test("what is not known is not said", () => {
  const details = { transaction: undefined, session_id: undefined };
  assertEquals(
    errorReply(ErrorCode.unknown, "", details),
    '{"janus":"error","error":{"code":490,"reason":""}}',
  );
  assertEquals(JSON.parse(errorReply(1, "", { transaction: "" })).transaction, "");
});

Deno.test("the codes are those of Janus's apierror.h", () => {
  assertEquals(ErrorCode, {
    unauthorized: 403,
    invalid_json: 454,
    session_not_found: 458,
    unknown: 490,
  });
});
