import { Component, lazy, type ReactNode, Suspense, useEffect } from "react";
import { errorMessage } from "./api/client";
import { ProblemList } from "./pages/problem-list";
import { Header } from "./parts/header";
import { Link } from "./parts/link";
import { type Route, route } from "./router";
import { useStore } from "./store";

const ProblemPage = lazy(() => import("./pages/problem-page"));
const Submissions = lazy(() => import("./pages/submissions"));
const SubmissionPage = lazy(() => import("./pages/submission-page"));
const StatusPage = lazy(() => import("./pages/status-page"));

const TITLES: Record<Route["page"], string> = {
  problems: "Problems",
  problem: "Problem",
  submissions: "Submissions",
  submission: "Submission",
  status: "Status",
  unknown: "Not found",
};

export function App() {
  const shown = useStore(route);
  useEffect(() => {
    document.title = `${TITLES[shown.page]} · Let'sCode`;
  }, [shown]);
  return (
    <>
      <a className="skip" href="#content">
        Skip to the content
      </a>
      <Header />
      <main id="content" tabIndex={-1} data-page={shown.page}>
        <Fallible key={JSON.stringify(shown)}>
          <Suspense fallback={<p className="quiet page">Loading…</p>}>
            <Page shown={shown} />
          </Suspense>
        </Fallible>
      </main>
    </>
  );
}

function Page({ shown }: { shown: Route }) {
  switch (shown.page) {
    case "problems":
      return <ProblemList />;
    case "problem":
      return <ProblemPage id={shown.id} />;
    case "submissions":
      return <Submissions />;
    case "submission":
      return <SubmissionPage id={shown.id} />;
    case "status":
      return <StatusPage />;
    case "unknown":
      return (
        <div className="page">
          <h1>There is nothing at this address</h1>
          <p>
            <Link to="/">To the problems</Link>
          </p>
        </div>
      );
  }
}

/** A fault in one part of the page leaves the rest, and the drafts are kept anyway. */
class Fallible extends Component<{ children: ReactNode }, { error?: unknown }> {
  override state: { error?: unknown } = {};

  static getDerivedStateFromError(error: unknown) {
    return { error };
  }

  override render() {
    if (this.state.error === undefined) return this.props.children;
    return (
      <div className="page" role="alert">
        <h1>This part of the page failed</h1>
        <p>{errorMessage(this.state.error)}</p>
        <p>
          Your drafts are kept in this browser.{" "}
          <button type="button" onClick={() => location.reload()}>
            Load the page again
          </button>
        </p>
      </div>
    );
  }
}
