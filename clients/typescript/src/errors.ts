/** Base of all errors of this package. A program that fails is a result, not an error. */
export class LetscodeError extends Error {
  override name = "LetscodeError";
}

/** The server could not be reached, or the connection broke before the answer was there. */
export class Unreachable extends LetscodeError {
  override name = "Unreachable";
}

/** The service failed on a run, so that it says nothing about the program. */
export class RunFailed extends LetscodeError {
  override name = "RunFailed";
}

/** The server refused a request. */
export class ApiError extends LetscodeError {
  override name = "ApiError";

  constructor(
    /** The HTTP status. */
    readonly status: number,
    /** The server's explanation. */
    readonly detail: string,
    /** The answer's body. */
    readonly body: unknown = undefined,
    /** Seconds after which to try again, if the server says so. */
    readonly retryAfter: number | undefined = undefined,
  ) {
    super(`${status}: ${detail}`);
  }
}
