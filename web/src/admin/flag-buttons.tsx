import { type AccountFlag, adminApi } from "../api/admin";
import { Field } from "../parts/field";
import { QuestionButton } from "../parts/question";
import { reloadAdmin } from "./admin-queries";

const ReasonField = () => (
  <Field label="Reason" hint="For the audit log, and for the user." name="reason" maxLength={500} required />
);

/** Flags a user. */
export function FlagButton({ user, shownName }: { user: string; shownName: string }) {
  return (
    <QuestionButton
      label="Flag"
      className="plain"
      question={`Flag ${shownName}? The user is told, and treated as a flag is set up to (see Settings).`}
      action={async (values) => {
        const [reason, seconds] = [String(values.get("reason")), Number(values.get("seconds"))];
        await adminApi.changeFlag(user, { flagged: true, reason, seconds });
        await reloadAdmin();
      }}
    >
      <ReasonField />
      <label>
        For
        <select name="seconds" defaultValue="86400">
          <option value="3600">an hour</option>
          <option value="86400">a day</option>
          <option value="604800">a week</option>
          <option value="31536000">a year</option>
        </select>
      </label>
    </QuestionButton>
  );
}

/** Lifts a flag before its end. */
export function UnflagButton({ subject }: Pick<AccountFlag, "subject">) {
  return (
    <QuestionButton
      label="Lift"
      className="plain"
      question={`Lift the flag of ${subject.name} before its end?`}
      action={async (values) => {
        const reason = String(values.get("reason"));
        await adminApi.changeFlag(subject.name, { flagged: false, reason, kind: subject.kind });
        await reloadAdmin();
      }}
    >
      <ReasonField />
    </QuestionButton>
  );
}
