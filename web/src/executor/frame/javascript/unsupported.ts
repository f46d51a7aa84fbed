/** Features that programs use and that browsers lack. */
let firstFeature: string | undefined;

export class UnsupportedError extends Error {
  override name = "NotInTheBrowser";
  constructor(feature: string) {
    super(`not available in the browser: ${feature}; the server supports it`);
    recordUnsupported(feature);
  }
}

/** Records a feature, even if the program catches the error: from then on it may behave unlike on the server. */
export function recordUnsupported(feature: string): void {
  firstFeature ??= feature;
}

export function recordedUnsupported(): string | undefined {
  return firstFeature;
}
