import { NumberText } from "../../../../plugins/events/pub/number_text.ts";
import { assertEquals } from "../../../assert.ts";

function text(numbers: NumberText, number: number): string {
  const length = numbers.write(number);
  return new TextDecoder().decode(numbers.bytes.subarray(0, length));
}

Deno.test("numbers are written as decimal text, one after the other or not", () => {
  const numbers = new NumberText();
  for (let number = 0; number < 12345; number++) assertEquals(text(numbers, number), `${number}`);
  for (const number of [7, 8, 9, 10, 99, 100, 9, 999999, 1000000, 2 ** 53 - 1, 1, 1, 2]) {
    assertEquals(text(numbers, number), `${number}`);
  }
});
