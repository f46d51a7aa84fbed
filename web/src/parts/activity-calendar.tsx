import { type CalendarDay, calendarWeeks, shadeOf, WEEKS } from "./calendar";
import { plural } from "./format";

const CELL = 12;

/** The submissions of the last year, a square for each day; the same as text for who can't see it. */
export function ActivityCalendar({ activity }: { activity: readonly CalendarDay[] }) {
  const weeks = calendarWeeks(activity, Date.now());
  const total = activity.reduce((sum, { submissions }) => sum + submissions, 0);
  const summary = `${plural(total, "submission")} on ${plural(activity.length, "day")} of the last year`;
  return (
    <figure className="calendar">
      <svg
        viewBox={`0 0 ${WEEKS * CELL} ${7 * CELL}`}
        role="img"
        aria-label={`Calendar: ${summary}. The days are listed below.`}
      >
        {weeks.map((week, column) =>
          week.map(({ day, submissions }, row) => (
            <rect
              key={day}
              x={column * CELL}
              y={row * CELL}
              width={CELL - 2}
              height={CELL - 2}
              rx={2}
              className={`shade-${shadeOf(submissions)}`}
            >
              <title>{`${day}: ${plural(submissions, "submission")}`}</title>
            </rect>
          )),
        )}
      </svg>
      <figcaption className="quiet">{summary}.</figcaption>
      {activity.length > 0 && (
        <details>
          <summary>Days as text</summary>
          <ul>
            {activity.toReversed().map(({ day, submissions }) => (
              <li key={day}>
                {day}: {plural(submissions, "submission")}
              </li>
            ))}
          </ul>
        </details>
      )}
    </figure>
  );
}
