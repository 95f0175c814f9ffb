/** How a long piece of work on rows is done: some at a time, and told of. */
export interface Batches<One> {
  /** Called after each batch. */
  progress?: (one: One) => void;
  /** Rows at a time. */
  batch?: number;
}
