import { useMutation } from "@tanstack/react-query";
import { api, errorMessage } from "../api/client";
import { CopyButton } from "./copy-button";
import { QuestionButton } from "./question";

/** Makes links to a submission, which show it to whoever has them, and ends them. */
export function ShareLinks({ id }: { id: string }) {
  const add = useMutation({ networkMode: "always", gcTime: 0, mutationFn: () => api.addLink(id) });
  const address = add.data && new URL(add.data.path, location.href).href;
  return (
    <section aria-label="Links">
      <p className="buttons">
        <button type="button" disabled={add.isPending} onClick={() => add.mutate()}>
          Make a link
        </button>
        <QuestionButton
          label="End links"
          question="End all links to this submission? Who has one sees nothing any more."
          action={async () => {
            await api.endLinks(id);
            add.reset();
          }}
        />
      </p>
      {address && (
        <div className="notice" role="status">
          <p>
            Who has this link sees the result and the code, without an account. It is not shown again.
            <code className="secret">{address}</code>
          </p>
          <CopyButton name="the link" text={address} />
        </div>
      )}
      {add.error && (
        <p className="notice notice-bad" role="alert">
          {errorMessage(add.error)}
        </p>
      )}
    </section>
  );
}
