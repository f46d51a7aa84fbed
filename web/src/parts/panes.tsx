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

/** Two panes and a border that can be moved, by pointer or by arrow keys. */
export function Panes({ name, label, direction, initial, first, second }: PanesProps) {
  const [share, setShare] = useState(() => Number(read(`pane:${name}`)) || initial);
  const box = useRef<HTMLDivElement>(null);
  const isRow = direction === "row";

  const change = (next: number) => {
    const bounded = Math.min(MAX, Math.max(MIN, next));
    setShare(bounded);
    write(`pane:${name}`, String(Math.round(bounded)));
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
    const moves: Record<string, number> = { [less]: share - STEP, [more]: share + STEP, Home: MIN, End: MAX };
    const next = moves[event.key];
    if (next === undefined) return;
    event.preventDefault();
    change(next);
  };
  return (
    <div className={`panes panes-${direction}`} ref={box}>
      <div className="pane" style={{ flexBasis: `${share}%` }}>
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
        aria-valuemin={MIN}
        aria-valuemax={MAX}
        onPointerDown={(event) => event.currentTarget.setPointerCapture(event.pointerId)}
        onPointerMove={drag}
        onDoubleClick={() => change(initial)}
        onKeyDown={onKeyDown}
      />
      <div className="pane" style={{ flexBasis: `${100 - share}%` }}>
        {second}
      </div>
    </div>
  );
}
