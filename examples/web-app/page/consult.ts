/** How far the consult of this tab is: what a reload continues with. */
type Step = "none" | "created" | "recording" | "recorded";

/** The consult of this tab, kept in its session storage. It contains no patient data. */
export const consult = {
  get session_id(): string {
    return sessionStorage.getItem("session_id") ?? "";
  },

  get step(): Step {
    return (sessionStorage.getItem("step") ?? "none") as Step;
  },

  save(session_id: string, step: Step): void {
    sessionStorage.setItem("session_id", session_id);
    sessionStorage.setItem("step", step);
  },
};
