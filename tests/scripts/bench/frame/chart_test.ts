import { barChart } from "../../../../scripts/bench/frame/chart.ts";
import { assertEquals, assertStringIncludes } from "../../../assert.ts";

const SVG = barChart({
  title: "A & B",
  subtitle: "s",
  panels: [
    {
      title: "one",
      subtitle: "",
      bars: [
        { label: "long", value: 100, text: "100 us", highlight: true },
        { label: "short", value: 25, text: "25 us" },
      ],
    },
    { title: "none", subtitle: "", bars: [] },
  ],
});

function widths(): number[] {
  const bars = [...SVG.matchAll(/<rect x="[\d.]+" y="[\d.]+" width="([\d.]+)" height="20"/g)];
  return bars.map((match) => Number(match[1]));
}

Deno.test("barChart() draws bars in proportion, from 0", () => {
  const [long = 0, short = 0] = widths();
  assertEquals(widths().length, 2);
  assertEquals(Math.round(long / short * 10) / 10, 4);
});

Deno.test("barChart() writes well-formed text: markup is escaped, nothing is NaN", () => {
  assertStringIncludes(SVG, "<title>A &amp; B</title>");
  assertStringIncludes(SVG, "25 us");
  assertEquals(/NaN|Infinity|undefined/.test(SVG), false);
  // Every element is closed.
  const opened = SVG.match(/<(svg|title|text)\b/g)?.length;
  assertEquals(SVG.match(/<\/(svg|title|text)>/g)?.length, opened);
});
