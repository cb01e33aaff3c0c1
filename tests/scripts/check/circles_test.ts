import { findCircles, wayAround } from "../../../scripts/check/circles.ts";
import { assertEquals } from "../../assert.ts";

/** Edges from "a>b b>c". */
function edges(text: string) {
  return text.split(" ").map((edge) => {
    const [from = "", to = ""] = edge.split(">");
    return { from, to };
  });
}

Deno.test("findCircles() finds none where imports run downward only", () => {
  assertEquals(findCircles(edges("a>b a>c b>d c>d d>e a>e")), []);
  assertEquals(findCircles([]), []);
});

Deno.test("findCircles() finds each circle with all its files, and nothing around it", () => {
  assertEquals(findCircles(edges("top>a a>b b>c c>a c>below x>y y>x below>x")), [
    ["a", "b", "c"],
    ["x", "y"],
  ]);
  assertEquals(findCircles(edges("a>a a>b")), [["a"]]);
});

Deno.test("findCircles() takes circles that share a file for one", () => {
  assertEquals(findCircles(edges("a>b b>a b>c c>b")), [["a", "b", "c"]]);
});

Deno.test("wayAround() goes the shortest way, and ends where it began", () => {
  const all = edges("a>b b>c c>d d>a b>d d>x");
  assertEquals(wayAround(["a", "b", "c", "d"], all), ["a", "b", "d", "a"]);
});
