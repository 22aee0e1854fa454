export function serveSite(): Promise<{ address: string; close: () => Promise<unknown> }>;
