/** Where the bundle stands: `src-tauri/render/engine.js`, as a path. */
export const target: string;
/** The bundle's text: LiquidJS with what is around it, in one script. */
export function bundle(): Promise<string>;
