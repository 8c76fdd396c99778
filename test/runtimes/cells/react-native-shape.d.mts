export declare class ShapedSignal extends EventTarget {
  aborted: boolean;
}

export declare class ShapedAbortController {
  signal: ShapedSignal;
  abort(): void;
}

export declare class ShapedRequest {
  constructor(url: string, init?: RequestInit);
}

export declare function shapedFetch(input: string, init?: RequestInit): Promise<Partial<Response>>;
