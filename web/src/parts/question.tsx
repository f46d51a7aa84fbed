import { useMutation } from "@tanstack/react-query";
import { type FormEvent, type ReactNode, useEffect, useId, useRef, useState } from "react";
import { errorMessage } from "../api/client";

interface QuestionButtonProps {
  /** Text of the button, and of the one that confirms. */
  label: string;
  /** What happens, as a question. */
  question: ReactNode;
  /** Fields of the form whose values the action needs. */
  children?: ReactNode;
  className?: string;
  disabled?: boolean;
  action(values: FormData): Promise<unknown>;
}

/** A button for what can't be undone: it asks first, and shows why it failed. */
export function QuestionButton(props: QuestionButtonProps) {
  const [isAsking, setAsking] = useState(false);
  const { label, className, disabled } = props;
  return (
    <>
      <button type="button" className={className} disabled={disabled} onClick={() => setAsking(true)}>
        {label}
      </button>
      {isAsking && <Question {...props} onClose={() => setAsking(false)} />}
    </>
  );
}

function Question({ label, question, children, action, onClose }: QuestionButtonProps & { onClose(): void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const titleId = useId();
  const mutation = useMutation({
    networkMode: "always",
    gcTime: 0,
    mutationFn: action,
    onSuccess: () => dialog.current?.close(),
  });
  useEffect(() => dialog.current?.showModal(), []);
  const onSubmit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    mutation.mutate(new FormData(event.currentTarget));
  };
  return (
    <dialog ref={dialog} className="dialog" aria-labelledby={titleId} onClose={onClose}>
      <form className="account-form" onSubmit={onSubmit}>
        <p id={titleId}>{question}</p>
        {children}
        {mutation.error && (
          <p className="notice notice-bad" role="alert">
            {errorMessage(mutation.error)}
          </p>
        )}
        <p className="buttons">
          <button type="submit" className="primary" disabled={mutation.isPending}>
            {label}
          </button>
          <button type="button" onClick={() => dialog.current?.close()}>
            Cancel
          </button>
        </p>
      </form>
    </dialog>
  );
}
