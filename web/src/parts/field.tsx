import { type InputHTMLAttributes, useId } from "react";

interface FieldProps extends InputHTMLAttributes<HTMLInputElement> {
  label: string;
  hint?: string;
}

/** A labelled input. The hint describes it, and is no part of its name. */
export function Field({ label, hint, "aria-describedby": describedBy, ...input }: FieldProps) {
  const id = useId();
  const descriptions = [hint && `${id}-hint`, describedBy].filter(Boolean).join(" ");
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <input {...input} id={id} aria-describedby={descriptions || undefined} />
      {hint && (
        <small id={`${id}-hint`} className="quiet">
          {hint}
        </small>
      )}
    </div>
  );
}
