import { useQuery } from "@tanstack/react-query";
import { useEffect } from "react";
import { RequireAccount } from "../account/require-account";
import { session } from "../account/session";
import type { Profile } from "../api/account";
import { queries } from "../api/queries";
import { ActivityCalendar } from "../parts/activity-calendar";
import { plural } from "../parts/format";
import { Link } from "../parts/link";
import { QueryView } from "../parts/query-view";
import { useStore } from "../store";
import { NotFound } from "./not-found";

/** What everybody with an account sees of a person. */
export default function ProfilePage({ name }: { name: string }) {
  const { mode } = useStore(session);
  useEffect(() => {
    document.title = `${name} · Let'sCode`;
  }, [name]);
  if (mode !== "accounts") return <NotFound />;
  return (
    <div className="page">
      <RequireAccount what="profiles">
        <LoadedProfile name={name} />
      </RequireAccount>
    </div>
  );
}

function LoadedProfile({ name }: { name: string }) {
  const profile = useQuery(queries.profile(name));
  return <QueryView query={profile}>{(loaded) => <ProfileDetails profile={loaded} />}</QueryView>;
}

function ProfileDetails({ profile }: { profile: Profile }) {
  const problems = useQuery(queries.problems());
  const titles = new Map(problems.data?.map(({ id, title }) => [id, title]));
  const { name, memberSince, solved, languages, activity } = profile;
  return (
    <>
      <h1>{name}</h1>
      <p className="quiet">Since {memberSince}</p>
      <h2>Activity</h2>
      <ActivityCalendar activity={activity} />
      <h2>Languages</h2>
      {languages.length === 0 ? (
        <p className="quiet">No submissions yet.</p>
      ) : (
        <ul className="facts">
          {languages.map(({ language, submissions }) => (
            <li key={language}>
              <strong>{language}</strong>
              <span className="quiet">{plural(submissions, "submission")}</span>
            </li>
          ))}
        </ul>
      )}
      <h2>{plural(solved.length, "solved problem")}</h2>
      {solved.length > 0 && (
        <ul className="solved">
          {solved.map((id) => (
            <li key={id}>
              <Link to={`/problems/${encodeURIComponent(id)}`}>{titles.get(id) ?? id}</Link>
            </li>
          ))}
        </ul>
      )}
    </>
  );
}
