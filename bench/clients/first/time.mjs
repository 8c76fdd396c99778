/** Measures the time to the first item, which `first` resolves with, minus the server's own delay. */
export function firstItemClient(first) {
  return {
    async run({ count }) {
      const overheads = new Float64Array(count);
      for (let index = 0; index < count; index++) {
        const startedMs = performance.now();
        const { heldMs } = await first();
        overheads[index] = performance.now() - startedMs - heldMs;
      }
      overheads.sort();
      return { overheadMs: overheads[Math.floor(count / 2)] };
    },
  };
}

export const STREAM_BODY = {
  generation_method: "TEMPLATE",
  template_id: "template-1",
  addition: "",
  voice_style: "GOLDILOCKS",
  brain: "LEFT",
};
