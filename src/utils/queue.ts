/** First in, first out, at a constant cost: `shift()` of an array moves all of a long one. */
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
    // Drop what was taken: at once when that is all, else when it is most of it.
    if (this.isEmpty) this.#items = [];
    else if (this.#head >= 1024 && this.#head * 2 >= this.#items.length)
      this.#items = this.#items.slice(this.#head);
    else return item;
    this.#head = 0;
    return item;
  }
}
