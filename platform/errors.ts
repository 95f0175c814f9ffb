/** What an error page or a form needs: all of it safe to show and to log. */
export interface AppErrorDetails {
  /** HTTP status, 400–599. */
  status: number;
  /** Values for the sentence `error.<code>`; never personal. */
  params?: Record<string, string | number>;
  /** Field name → catalogue key, for example `{ name: 'field.name_empty' }`. */
  fields?: Record<string, string>;
  cause?: unknown;
}

/**
 * The one error that people may see. `code` is stable; its sentence is `error.<code>` in the catalogues.
 * Anything else that is thrown is shown as `error.internal` (500) and logged without its message.
 */
export class AppError extends Error {
  readonly code: string;
  readonly status: number;
  readonly params: Record<string, string | number>;
  readonly fields?: Record<string, string>;

  constructor(code: string, { status, params = {}, fields, cause }: AppErrorDetails) {
    super(code, cause === undefined ? undefined : { cause });
    this.name = 'AppError';
    this.code = code;
    this.status = status;
    this.params = params;
    if (fields) this.fields = fields;
  }
}

/** 404: also for what exists but is not this person's to see. */
export const notFound = (): AppError => new AppError('not_found', { status: 404 });

/** 404: for this staff account it does not exist; another account of the same person may see it. */
export const notThisAccount = (): AppError => new AppError('not_this_account', { status: 404 });

/** 403: signed in, but not allowed. */
export const forbidden = (): AppError => new AppError('forbidden', { status: 403 });

/** 429: `seconds` until another try makes sense. */
export const tooMany = (seconds: number): AppError =>
  new AppError('too_many', { status: 429, params: { minutes: Math.max(1, Math.ceil(seconds / 60)) } });

/** 503: a part we need does not answer at the moment. */
export const unavailable = (cause?: unknown): AppError => new AppError('unavailable', { status: 503, cause });
