import { DefaultFailureConverter } from '@temporalio/common';

/**
 * Puts messages and stack traces of failures into a payload, where the codec seals them: a refusal can name a participant. Loaded by
 * path, by the worker and into the workflows' bundle; it may import nothing that the bundle must not hold. Failures from before it are
 * read as they are.
 */
export const failureConverter = new DefaultFailureConverter({ encodeCommonAttributes: true });
