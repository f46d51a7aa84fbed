import { CaseResult } from "../parts/case-result";
import { type CustomTest, type CustomTests, casesOf, MAX_CUSTOM_TESTS } from "./use-custom-tests";
import type { Case, CaseRun, Runs } from "./use-runs";

/** The server's limit, which holds in the browser as well. */
const MAX_INPUT_CHARACTERS = 8 << 20;

interface CustomTestsPaneProps {
  tests: CustomTests;
  runs: Runs;
  onRun(cases: Case[], place?: "server"): unknown;
}

/** The user's tests, each with an input and an optional expected output. */
export function CustomTestsPane({ tests, runs, onRun }: CustomTestsPaneProps) {
  const cases = casesOf(tests.all);
  const byName = new Map(runs.runs.map((run) => [run.case.name, run]));
  const last = tests.all.at(-1);
  return (
    <>
      {cases.map((testCase, index) => (
        <CustomTestForm
          key={testCase.name}
          name={testCase.name}
          test={tests.all[index] ?? { input: "" }}
          run={byName.get(testCase.name)}
          isRunning={runs.isRunning}
          onChange={(test) => tests.change(index, test)}
          onRemove={cases.length > 1 ? () => tests.remove(index) : undefined}
          onRun={(place) => onRun([testCase], place)}
        />
      ))}
      <p>
        <button
          type="button"
          className="plain"
          onClick={() => tests.add({ input: last?.input ?? "" })}
          disabled={cases.length >= MAX_CUSTOM_TESTS}
        >
          Add a test
        </button>{" "}
        {cases.length > 1 && (
          <button type="button" onClick={() => onRun(cases)} disabled={runs.isRunning}>
            Run all tests
          </button>
        )}
      </p>
    </>
  );
}

interface CustomTestFormProps {
  name: string;
  test: CustomTest;
  run?: CaseRun;
  isRunning: boolean;
  onChange(test: CustomTest): void;
  onRemove?(): void;
  onRun(place?: "server"): void;
}

function CustomTestForm({ name, test, run, isRunning, onChange, onRemove, onRun }: CustomTestFormProps) {
  const { input, expected } = test;
  const isTooLarge = input.length > MAX_INPUT_CHARACTERS;
  return (
    <section className="case" aria-label={name}>
      <label className="custom">
        <span>Standard input</span>
        <textarea
          value={input}
          onChange={(event) => onChange({ ...test, input: event.target.value })}
          spellCheck={false}
          rows={5}
          wrap="off"
        />
      </label>
      {expected !== undefined && (
        <label className="custom-expected">
          <span>Expected output</span>
          <textarea
            value={expected}
            onChange={(event) => onChange({ ...test, expected: event.target.value })}
            spellCheck={false}
            rows={3}
            wrap="off"
          />
        </label>
      )}
      {isTooLarge && <p className="notice notice-bad">The input is too large: at most 8 MiB.</p>}
      <p>
        <button type="button" onClick={() => onRun()} disabled={isRunning || isTooLarge}>
          Run with this input
        </button>{" "}
        <button
          type="button"
          className="plain"
          onClick={() => onChange(expected === undefined ? { input, expected: "" } : { input })}
        >
          {expected === undefined ? "Add expected output" : "Remove expected output"}
        </button>
        {onRemove && (
          <button type="button" className="plain" onClick={onRemove}>
            Remove test
          </button>
        )}
      </p>
      {run && <CaseResult run={run} onRunOnServer={() => onRun("server")} />}
    </section>
  );
}
