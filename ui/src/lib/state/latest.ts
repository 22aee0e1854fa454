/** Lets the answer to the last question count, and no older one: answers may overtake each other. */
export class Latest {
  #turn = 0;

  /** Asks, and takes the answer or the refusal unless another question was asked meanwhile. */
  async ask<T>(
    question: () => Promise<T>,
    take: (answer: T) => void,
    refuse?: (thrown: unknown) => void,
  ): Promise<void> {
    const turn = ++this.#turn;
    try {
      const answer = await question();
      if (turn === this.#turn) take(answer);
    } catch (thrown) {
      if (turn === this.#turn) refuse?.(thrown);
    }
  }
}
