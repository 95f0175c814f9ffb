import { DefaultFailureConverter } from '@temporalio/common';

/** Loaded by path, inside workflows too: messages and stacks of failures become a payload that the codec encrypts. */
export const failureConverter = new DefaultFailureConverter({ encodeCommonAttributes: true });
