/** Where the corpus is kept. */
export const target: string;
/** What LiquidJS in Node makes of every case, as the kept file has it. */
export function corpus(): string;
