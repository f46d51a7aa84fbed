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
  const current = useStore(route);
  useEffect(() => {
    document.title = `${TITLES[current.page]} · Let'sCode`;
  }, [current]);
  return (
    <>
      <a className="skip" href="#content">
        Skip to the content
      </a>
      <Header />
      <main id="content" tabIndex={-1} data-page={current.page}>
        <ErrorBoundary key={JSON.stringify(current)}>
          <Suspense fallback={<p className="quiet page">Loading…</p>}>
            <Page route={current} />
          </Suspense>
        </ErrorBoundary>
      </main>
    </>
  );
}

function Page({ route }: { route: Route }) {
  switch (route.page) {
    case "problems":
      return <ProblemList />;
    case "problem":
      return <ProblemPage id={route.id} />;
    case "submissions":
      return <Submissions />;
    case "submission":
      return <SubmissionPage id={route.id} />;
    case "status":
      return <StatusPage />;
    case "unknown":
      return (
        <div className="page">
          <h1>Page not found</h1>
          <p>
            <Link to="/">All problems</Link>
          </p>
        </div>
      );
  }
}

/** Shows an error of one part of the page; the rest keeps working. */
class ErrorBoundary extends Component<{ children: ReactNode }, { error?: unknown }> {
  override state: { error?: unknown } = {};

  static getDerivedStateFromError(error: unknown) {
    return { error };
  }

  override render() {
    if (this.state.error === undefined) return this.props.children;
    return (
      <div className="page" role="alert">
        <h1>Something went wrong</h1>
        <p>{errorMessage(this.state.error)}</p>
        <p>
          Your drafts are saved in this browser.{" "}
          <button type="button" onClick={() => location.reload()}>
            Reload the page
          </button>
        </p>
      </div>
    );
  }
}
