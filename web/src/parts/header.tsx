import { type Route, route } from "../router";
import { useStore } from "../store";
import { connection } from "../stream/live";
import { type ConnectionState, POLL_MS } from "../stream/stream";
import { theme, toggleTheme } from "../theme";
import { Link } from "./link";

const WORDS: Record<ConnectionState, { short: string; long: string }> = {
  live: { short: "Live", long: "Results come as they happen." },
  connecting: { short: "Connecting", long: "Connecting to the stream of results." },
  waiting: { short: "Reconnecting", long: "The connection broke. It is tried again; nothing is lost." },
  polling: {
    short: "No live stream",
    long: `No WebSocket gets through, so results are asked for every ${POLL_MS / 1000} seconds.`,
  },
};

export function Header() {
  const shown = useStore(route);
  return (
    <header className="header">
      <Link to="/" className="brand">
        <span className="brand-mark" aria-hidden="true">
          &lt;/&gt;
        </span>
        Let'sCode
      </Link>
      <nav aria-label="Main">
        <Link to="/" current={isOne(shown, "problems", "problem")}>
          Problems
        </Link>
        <Link to="/submissions" current={isOne(shown, "submissions", "submission")}>
          Submissions
        </Link>
        <Link to="/status" current={isOne(shown, "status")}>
          Status
        </Link>
      </nav>
      <div className="header-end">
        <ConnectionMark />
        <ThemeButton />
      </div>
    </header>
  );
}

function isOne(shown: Route, ...pages: Route["page"][]): boolean {
  return pages.includes(shown.page);
}

function ConnectionMark() {
  const state = useStore(connection);
  const { short, long } = WORDS[state];
  return (
    <span className={`connection connection-${state}`} role="status" title={long}>
      <span className="dot" aria-hidden="true" />
      {short}
      {state === "polling" && <span className="hidden">. {long}</span>}
    </span>
  );
}

function ThemeButton() {
  const isDark = useStore(theme) === "dark";
  const words = isDark ? "Light colours" : "Dark colours";
  return (
    <button type="button" className="plain icon" onClick={toggleTheme} aria-label={words} title={words}>
      {isDark ? "☀" : "☾"}
    </button>
  );
}
