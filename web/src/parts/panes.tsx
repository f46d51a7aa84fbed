import { type KeyboardEvent, type PointerEvent, type ReactNode, useRef, useState } from "react";
import { read, write } from "../storage";

interface PanesProps {
  /** Under which the size is remembered. */
  name: string;
  label: string;
  direction: "row" | "column";
  initial: number;
  first: ReactNode;
  second: ReactNode;
}

const STEP = 4;
const MIN = 8;
const MAX = 92;
/** Who moves the border so close to an edge wants that pane out of sight. */
const EDGE = 4;

const bounded = (share: number): number => {
  if (share < EDGE) return 0;
  if (share > 100 - EDGE) return 100;
  return Math.min(MAX, Math.max(MIN, share));
};

function remembered(name: string, initial: number): number {
  const share = Number(read(`pane:${name}`) ?? Number.NaN);
  return Number.isNaN(share) ? initial : bounded(share);
}

/** Two panes and a border that can be moved, by pointer or by arrow keys; Enter hides the first pane. */
export function Panes({ name, label, direction, initial, first, second }: PanesProps) {
  const [share, setShare] = useState(() => remembered(name, initial));
  const before = useRef(initial);
  const box = useRef<HTMLDivElement>(null);
  const isRow = direction === "row";
  const isHidden = share === 0 || share === 100;

  const change = (next: number) => {
    if (!isHidden) before.current = share;
    setShare(bounded(next));
    write(`pane:${name}`, String(Math.round(bounded(next))));
  };
  const drag = (event: PointerEvent<HTMLDivElement>) => {
    if (!event.currentTarget.hasPointerCapture(event.pointerId) || !box.current) return;
    const rect = box.current.getBoundingClientRect();
    change(
      isRow
        ? ((event.clientX - rect.left) / rect.width) * 100
        : ((event.clientY - rect.top) / rect.height) * 100,
    );
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const less = isRow ? "ArrowLeft" : "ArrowUp";
    const more = isRow ? "ArrowRight" : "ArrowDown";
    const near = Math.min(MAX, Math.max(MIN, share));
    const moves: Record<string, number> = {
      [less]: Math.max(MIN, near - STEP),
      [more]: Math.min(MAX, near + STEP),
      Home: MIN,
      End: MAX,
      Enter: isHidden ? before.current : 0,
    };
    const next = moves[event.key];
    if (next === undefined || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    change(next);
  };
  return (
    <div className={`panes panes-${direction}`} ref={box}>
      <div className={share === 0 ? "pane pane-hidden" : "pane"} style={{ flexBasis: `${share}%` }}>
        {first}
      </div>
      {/* biome-ignore lint/a11y/useSemanticElements: a border that moves has no element of its own */}
      <div
        className="border"
        role="separator"
        tabIndex={0}
        aria-label={label}
        aria-orientation={isRow ? "vertical" : "horizontal"}
        aria-valuenow={Math.round(share)}
        aria-valuemin={0}
        aria-valuemax={100}
        title="Drag to resize, to an edge to hide; Enter hides and shows; a double click resets"
        onPointerDown={(event) => event.currentTarget.setPointerCapture(event.pointerId)}
        onPointerMove={drag}
        onDoubleClick={() => change(initial)}
        onKeyDown={onKeyDown}
      />
      <div className={share === 100 ? "pane pane-hidden" : "pane"} style={{ flexBasis: `${100 - share}%` }}>
        {second}
      </div>
    </div>
  );
}
