import { Component, lazy, type ReactNode, Suspense, useEffect } from "react";
import { ClaimOffer } from "./account/claim-offer";
import { LoginDialog } from "./account/login-dialog";
import { session, visit } from "./account/session";
import { errorMessage } from "./api/client";
import { NotFound } from "./pages/not-found";
import { ProblemList } from "./pages/problem-list";
import { Header } from "./parts/header";
import { type Route, route } from "./router";
import { useStore } from "./store";

const ProblemPage = lazy(() => import("./pages/problem-page"));
const ProblemSubmissions = lazy(() => import("./pages/problem-submissions"));
const Submissions = lazy(() => import("./pages/submissions"));
const SubmissionPage = lazy(() => import("./pages/submission-page"));
const StatusPage = lazy(() => import("./pages/status-page"));
const RegisterPage = lazy(() => import("./pages/register-page"));
const AccountPage = lazy(() => import("./pages/account-page"));
const ProfilePage = lazy(() => import("./pages/profile-page"));
const AdminPage = lazy(() => import("./admin/admin-page"));

const TITLES: Record<Route["page"], string> = {
  problems: "Problems",
  problem: "Problem",
  problemSubmissions: "Submissions to a problem",
  submissions: "Submissions",
  submission: "Submission",
  status: "Status",
  register: "Make an account",
  login: "Log in",
  account: "Account",
  profile: "Profile",
  admin: "Admin",
  unknown: "Not found",
};

export function App() {
  const current = useStore(route);
  const currentVisit = useStore(visit);
  const { mode } = useStore(session);
  useEffect(() => {
    document.title = `${TITLES[current.page]} · Let'sCode`;
  }, [current]);
  return (
    <>
      <a className="skip" href="#content">
        Skip to the content
      </a>
      <Header />
      <ClaimOffer />
      {mode === "keys" && <KeysNotice />}
      <main id="content" tabIndex={-1} data-page={current.page}>
        <ErrorBoundary key={`${currentVisit} ${JSON.stringify(current)}`}>
          <Suspense fallback={<p className="quiet page">Loading…</p>}>
            {mode === "loading" ? <p className="quiet page">Loading…</p> : <Page route={current} />}
          </Suspense>
        </ErrorBoundary>
      </main>
      <LoginDialog />
    </>
  );
}

function KeysNotice() {
  return (
    <p className="notice banner">
      <span>
        This service is for programs with API keys. Here you can read the problems; what needs the server is
        described in the <a href="/api/docs">API</a>.
      </span>
    </p>
  );
}

function Page({ route }: { route: Route }) {
  switch (route.page) {
    case "problems":
      return <ProblemList />;
    case "problem":
      return <ProblemPage id={route.id} />;
    case "problemSubmissions":
      return <ProblemSubmissions id={route.id} />;
    case "submissions":
      return <Submissions />;
    case "submission":
      return <SubmissionPage id={route.id} />;
    case "status":
      return <StatusPage />;
    case "register":
      return <RegisterPage key="register" view="register" />;
    case "login":
      return <RegisterPage key="login" view="login" />;
    case "account":
      return <AccountPage />;
    case "profile":
      return <ProfilePage name={route.name} />;
    case "admin":
      return <AdminPage />;
    case "unknown":
      return <NotFound />;
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
