/**
 * Makes something that outlives the component that first asks for it. What is derived in a component stops with the
 * component, so this is made outside of any.
 */
export function lasting<T>(make: () => T): T {
  let made: { value: T } | undefined;
  $effect.root(() => {
    made = { value: make() };
  });
  // Without a window there are no effects, and nothing that could stop.
  return made ? made.value : make();
}
