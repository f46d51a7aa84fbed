/** The weeks of an activity calendar. */

export interface CalendarDay {
  /** Such as `2026-11-30`, UTC. */
  day: string;
  submissions: number;
}

const DAY_MS = 24 * 3600 * 1000;
export const WEEKS = 53;

/** Returns the last 53 weeks, from Monday to Sunday; days to come are missing. */
export function calendarWeeks(activity: readonly CalendarDay[], now: number): CalendarDay[][] {
  const counts = new Map(activity.map(({ day, submissions }) => [day, submissions]));
  const today = Math.floor(now / DAY_MS);
  // Day 0 of Unix time was a Thursday.
  const monday = today - ((today + 3) % 7);
  return Array.from({ length: WEEKS }, (_, index) => {
    const start = monday - 7 * (WEEKS - 1 - index);
    const length = Math.min(7, today - start + 1);
    return Array.from({ length }, (_, offset) => {
      const day = new Date((start + offset) * DAY_MS).toISOString().slice(0, 10);
      return { day, submissions: counts.get(day) ?? 0 };
    });
  });
}

/** Returns the shade of a day: 0 without submissions, at most 4. */
export function shadeOf(submissions: number): number {
  return submissions === 0 ? 0 : Math.min(4, 1 + Math.floor(Math.log2(submissions) / 1.5));
}
