/** A first-in, first-out queue with constant cost: `shift()` of a long array moves all items. */
export class Queue<T extends object> {
  #items: (T | undefined)[] = [];
  #head = 0;

  get isEmpty(): boolean {
    return this.#head === this.#items.length;
  }

  push(item: T): void {
    this.#items.push(item);
  }

  shift(): T | undefined {
    if (this.isEmpty) return undefined;
    const item = this.#items[this.#head];
    this.#items[this.#head] = undefined;
    this.#head += 1;
    // Drops the removed items: at once when the queue is empty, otherwise when they are at least half of it.
    if (this.isEmpty) this.#items = [];
    else if (this.#head >= 1024 && this.#head * 2 >= this.#items.length)
      this.#items = this.#items.slice(this.#head);
    else return item;
    this.#head = 0;
    return item;
  }
}
