/** The time of day, coarse: what ages in a list are counted from. */
export class Clock {
  now = $state(Date.now());

  /** Keeps the time until the function it gives is called. */
  run(everyMs = 30_000): () => void {
    const timer = setInterval(() => (this.now = Date.now()), everyMs);
    return () => clearInterval(timer);
  }
}
