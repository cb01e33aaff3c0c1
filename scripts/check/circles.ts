/** Files that import each other in a circle. */
import type { ImportEdge } from "./layers.ts";

/**
 * The circles, each as the files that reach one another, sorted. Where circles share a file they
 * are one.
 */
export function findCircles(edges: readonly ImportEdge[]): string[][] {
  const imports = new Map<string, string[]>();
  for (const { from, to } of edges) {
    imports.set(from, [...imports.get(from) ?? [], to]);
    if (!imports.has(to)) imports.set(to, []);
  }
  // Tarjan's strongly connected components.
  const order = new Map<string, number>();
  const lowest = new Map<string, number>();
  const path: string[] = [];
  const circles: string[][] = [];
  const visit = (file: string): void => {
    order.set(file, order.size);
    lowest.set(file, order.get(file)!);
    path.push(file);
    for (const next of imports.get(file)!) {
      if (!order.has(next)) visit(next);
      // What has left the path belongs to another component, or to none.
      else if (!path.includes(next)) continue;
      lowest.set(file, Math.min(lowest.get(file)!, lowest.get(next)!));
    }
    if (lowest.get(file) !== order.get(file)) return;
    const component = path.splice(path.indexOf(file));
    if (component.length > 1 || imports.get(file)!.includes(file)) circles.push(component.sort());
  };
  for (const file of imports.keys()) if (!order.has(file)) visit(file);
  return circles.sort(([a = ""], [b = ""]) => (a < b ? -1 : 1));
}

/** One way around a circle, as a list of files that ends where it began. */
export function wayAround(circle: readonly string[], edges: readonly ImportEdge[]): string[] {
  const [start = ""] = circle;
  const ways: string[][] = [[start]];
  const seen = new Set<string>();
  for (const way of ways) {
    for (const { from, to } of edges) {
      if (from !== way.at(-1) || !circle.includes(to)) continue;
      if (to === start) return [...way, start];
      if (!seen.has(to)) ways.push([...way, to]);
      seen.add(to);
    }
  }
  return [...circle];
}
