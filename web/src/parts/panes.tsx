import { type KeyboardEvent, type PointerEvent, type ReactNode, useRef, useState } from "react";
import { read, write } from "../storage";

interface PanesProps {
  /** Name under which the size is stored. */
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
/** A border this close to an edge hides the pane. */
const EDGE = 4;

const clampShare = (share: number): number => {
  if (share < EDGE) return 0;
  if (share > 100 - EDGE) return 100;
  return Math.min(MAX, Math.max(MIN, share));
};

function storedShare(name: string, initial: number): number {
  const share = Number(read(`pane:${name}`) ?? Number.NaN);
  return Number.isNaN(share) ? initial : clampShare(share);
}

/** Two panes with a border that moves by pointer or arrow keys; Enter hides the first pane. */
export function Panes({ name, label, direction, initial, first, second }: PanesProps) {
  const [share, setShare] = useState(() => storedShare(name, initial));
  const shareBeforeHiding = useRef(initial);
  const box = useRef<HTMLDivElement>(null);
  const isRow = direction === "row";
  const isHidden = share === 0 || share === 100;

  const change = (next: number) => {
    if (!isHidden) shareBeforeHiding.current = share;
    setShare(clampShare(next));
    write(`pane:${name}`, String(Math.round(clampShare(next))));
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
    const shrinkKey = isRow ? "ArrowLeft" : "ArrowUp";
    const growKey = isRow ? "ArrowRight" : "ArrowDown";
    const visibleShare = Math.min(MAX, Math.max(MIN, share));
    const shares: Record<string, number> = {
      [shrinkKey]: Math.max(MIN, visibleShare - STEP),
      [growKey]: Math.min(MAX, visibleShare + STEP),
      Home: MIN,
      End: MAX,
      Enter: isHidden ? shareBeforeHiding.current : 0,
    };
    const next = shares[event.key];
    if (next === undefined || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    change(next);
  };
  return (
    <div className={`panes panes-${direction}`} ref={box}>
      <div className={share === 0 ? "pane pane-hidden" : "pane"} style={{ flexBasis: `${share}%` }}>
        {first}
      </div>
      {/* biome-ignore lint/a11y/useSemanticElements: HTML has no element for a movable border */}
      <div
        className="border"
        role="separator"
        tabIndex={0}
        aria-label={label}
        aria-orientation={isRow ? "vertical" : "horizontal"}
        aria-valuenow={Math.round(share)}
        aria-valuemin={0}
        aria-valuemax={100}
        title="Drag to resize, or to an edge to hide. Enter hides and shows. Double-click resets."
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
