/** Nothing: what is left is the runtime's own. */
export const handler = async (): Promise<null> => null;
