/** A list of any length, of which only what can be seen is there. @module */
import type { ComponentChildren, RefObject, VNode } from "preact";
import { useLayoutEffect, useRef, useState } from "preact/hooks";

/** Rows above and below what is seen, so that scrolling shows no holes. */
const SPARE = 12;

/** What the list is told. */
export interface WindowedProps<T> {
  readonly items: readonly T[];
  /** Pixels; all rows are as high. */
  readonly rowHeight: number;
  /** What scrolls: it belongs to who uses the list. */
  readonly scroller: RefObject<HTMLElement | null>;
  readonly render: (item: T, index: number) => VNode;
  /** Keeps what is seen in its place when rows come above it: by the key of a row. */
  readonly anchor?: (item: T) => number;
  readonly children?: ComponentChildren;
}

/** The list itself; it goes into what scrolls. */
export function Windowed<T>(
  { items, rowHeight, scroller, render, anchor, children }: WindowedProps<T>,
): VNode {
  const [view, setView] = useState({ top: 0, height: 800 });
  const first = useRef<number | null>(null);

  useLayoutEffect(() => {
    const element = scroller.current;
    if (element === null) return;
    const look = () => setView({ top: element.scrollTop, height: element.clientHeight });
    look();
    const observer = new ResizeObserver(look);
    observer.observe(element);
    element.addEventListener("scroll", look, { passive: true });
    return () => {
      observer.disconnect();
      element.removeEventListener("scroll", look);
    };
  }, [scroller]);

  useLayoutEffect(() => {
    const element = scroller.current;
    if (anchor === undefined || element === null) return;
    const before = first.current;
    first.current = items.length === 0 ? null : anchor(items[0]!);
    if (before === null || element.scrollTop === 0) return;
    const moved = items.findIndex((item) => anchor(item) === before);
    if (moved > 0) element.scrollTop += moved * rowHeight;
  }, [items]);

  const from = Math.max(0, Math.floor(view.top / rowHeight) - SPARE);
  const to = Math.min(items.length, Math.ceil((view.top + view.height) / rowHeight) + SPARE);
  const rows: VNode[] = [];
  for (let index = from; index < to; index++) rows.push(render(items[index]!, index));
  return (
    <div class="window" role="presentation" style={{ height: `${items.length * rowHeight}px` }}>
      <div role="presentation" style={{ transform: `translateY(${from * rowHeight}px)` }}>
        {rows}
      </div>
      {children}
    </div>
  );
}

/** Scrolls so that a row can be seen. @param header pixels that something covers at the top */
export function reveal(element: HTMLElement, index: number, rowHeight: number, header = 0): void {
  const top = index * rowHeight;
  const height = element.clientHeight - header;
  if (top < element.scrollTop) element.scrollTop = top;
  else if (top + rowHeight > element.scrollTop + height) {
    element.scrollTop = top + rowHeight - height;
  }
}
