import { AccountMenu } from "../account/account-menu";
import { type Route, route } from "../router";
import { useStore } from "../store";
import { connection } from "../stream/live";
import { type ConnectionState, POLL_MS } from "../stream/stream";
import { theme, toggleTheme } from "../theme";
import { Link } from "./link";

const CONNECTION_LABELS: Record<ConnectionState, { short: string; long: string }> = {
  live: { short: "Live", long: "Results appear as they happen." },
  connecting: { short: "Connecting", long: "Connecting to the stream of results." },
  waiting: { short: "Reconnecting", long: "The connection was lost. Trying again; nothing is lost." },
  polling: {
    short: "No live stream",
    long: `WebSockets are blocked, so results are updated every ${POLL_MS / 1000} seconds.`,
  },
};

export function Header() {
  const current = useStore(route);
  return (
    <header className="header">
      <Link to="/" className="brand">
        <span className="brand-mark" aria-hidden="true">
          &lt;/&gt;
        </span>
        Let'sCode
      </Link>
      <nav aria-label="Main">
        <Link to="/" current={isPage(current, "problems", "problem", "problemSubmissions")}>
          Problems
        </Link>
        <Link to="/submissions" current={isPage(current, "submissions", "submission")}>
          Submissions
        </Link>
        <Link to="/status" current={isPage(current, "status")}>
          Status
        </Link>
      </nav>
      <div className="header-end">
        <ConnectionIndicator />
        <ThemeButton />
        <AccountMenu />
      </div>
    </header>
  );
}

function isPage(current: Route, ...pages: Route["page"][]): boolean {
  return pages.includes(current.page);
}

function ConnectionIndicator() {
  const state = useStore(connection);
  if (state === "off") return null;
  const { short, long } = CONNECTION_LABELS[state];
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
  const label = isDark ? "Light colours" : "Dark colours";
  return (
    <button type="button" className="plain icon" onClick={toggleTheme} aria-label={label} title={label}>
      {isDark ? "☀" : "☾"}
    </button>
  );
}
