/** Runs a function in the asynchronous context of `bindContext()`, regardless of the caller. */
export type InContext = <T>(run: () => PromiseLike<T> | T) => Promise<T>;

/**
 * Keeps the asynchronous context of its caller, as `AsyncLocalStorage` and tracers see it, for the caller's code that runs
 * later. Connections are shared, so their events run in the context of the call that opened them: without this, the
 * stream of one request would be read in the context of another. An `await` restores its own context on every platform,
 * so no Node API is needed.
 */
export function bindContext(): InContext {
  let wake: () => void = () => undefined;
  let asked = nextTask();
  function nextTask(): Promise<void> {
    return new Promise((resolve) => {
      wake = resolve;
    });
  }
  const tasks: (() => void)[] = [];
  const serve = async (): Promise<void> => {
    for (;;) {
      await asked; // garbage-collected with the last reference to it
      asked = nextTask();
      for (const task of tasks.splice(0)) task();
    }
  };
  void serve();
  return (run) =>
    new Promise((resolve, reject) => {
      tasks.push(() => {
        try {
          Promise.resolve(run()).then(resolve, reject);
        } catch (error) {
          reject(error);
        }
      });
      wake();
    });
}

/** Wraps a source so that it is read in the context of this call, not in the reader's context. */
export function runInThisContext<T>(source: AsyncIterable<T>): AsyncIterableIterator<T> {
  const here = bindContext();
  let iterator: AsyncIterator<T> | undefined;
  const open = (): AsyncIterator<T> => {
    iterator ??= source[Symbol.asyncIterator]();
    return iterator;
  };
  return {
    [Symbol.asyncIterator]() {
      return this;
    },
    next: () => here(() => open().next()),
    return: () => here(async () => (await open().return?.()) ?? { done: true, value: undefined }),
  };
}
