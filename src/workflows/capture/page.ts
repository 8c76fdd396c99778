import { ignoreFailure } from "../../utils/values.ts";

/** Measures the level of a stream and reports it at a steady rate. */
export class LevelMeter {
  readonly #context: AudioContext;
  readonly #analyser: AnalyserNode;
  readonly #timer: ReturnType<typeof setInterval>;
  #source: MediaStreamAudioSourceNode | undefined;

  /** @throws what the browser throws when it has no audio graph. */
  constructor(perSecond: number, onLevel: (level: number) => void) {
    this.#context = new AudioContext();
    this.#analyser = this.#context.createAnalyser();
    const samples = new Float32Array(this.#analyser.fftSize);
    this.#timer = setInterval(() => {
      if (this.#context.state !== "running") return;
      this.#analyser.getFloatTimeDomainData(samples);
      let peak = 0;
      for (const sample of samples) peak = Math.max(peak, Math.abs(sample));
      onLevel(Math.min(1, peak));
    }, 1_000 / perSecond);
  }

  /** Measures another stream from now on. */
  attach(stream: MediaStream): void {
    this.#source?.disconnect();
    this.#source = this.#context.createMediaStreamSource(stream);
    this.#source.connect(this.#analyser);
    // Browsers suspend the graph of a page that the user has not touched yet.
    ignoreFailure(this.#context.resume());
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#source?.disconnect();
    ignoreFailure(this.#context.close());
  }
}

/** Keeps the screen on, where the browser can; the browser releases the lock whenever the page is hidden. */
export class WakeLock {
  #lock: WakeLockSentinel | undefined;
  #isOver = false;

  async acquire(): Promise<void> {
    try {
      const lock = await navigator.wakeLock.request("screen");
      if (this.#isOver) await lock.release();
      else this.#lock = lock;
    } catch {
      // Low battery, a hidden page, or no such feature: the recording does not depend on it.
    }
  }

  release(): void {
    this.#isOver = true;
    ignoreFailure(this.#lock?.release());
  }
}

/** Reports whether the page is hidden or visible until the signal is aborted. */
export function onVisibility(signal: AbortSignal, listener: (isHidden: boolean) => void): void {
  if (typeof document === "undefined") return;
  document.addEventListener("visibilitychange", () => listener(document.visibilityState === "hidden"), {
    signal,
  });
}
