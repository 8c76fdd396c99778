import type { Topic } from "./consults/types.ts";

/** A part of a template: a heading, and the topics that it gathers. */
export interface Section {
  readonly heading: string;
  readonly topics: readonly Topic[];
}

/** A template of the sandbox. */
export interface Template {
  readonly id: string;
  readonly name: string;
  readonly category: "CONSULT_NOTE_TEMPLATE" | "DOCUMENT_TEMPLATE";
  readonly sections: readonly Section[];
  /** What a letter opens and closes with. */
  readonly opening?: string;
  readonly closing?: string;
}

const subjective: readonly Topic[] = [
  "reason",
  "history",
  "background",
  "medications",
  "allergies",
  "social",
];

/** The templates that every user of the sandbox has. Their ids never change. */
export const templates: readonly Template[] = [
  {
    id: "65f0a1b2c3d4e5f6a7b8c901",
    name: "SOAP note",
    category: "CONSULT_NOTE_TEMPLATE",
    sections: [
      { heading: "Subjective", topics: subjective },
      { heading: "Objective", topics: ["examination", "investigations"] },
      { heading: "Assessment", topics: ["assessment"] },
      { heading: "Plan", topics: ["plan", "followUp"] },
    ],
  },
  {
    id: "65f0a1b2c3d4e5f6a7b8c902",
    name: "GP consult",
    category: "CONSULT_NOTE_TEMPLATE",
    sections: [
      { heading: "Reason for visit", topics: ["reason"] },
      { heading: "History", topics: ["history", "social"] },
      { heading: "Past history and medications", topics: ["background", "medications", "allergies"] },
      { heading: "Examination", topics: ["examination", "investigations"] },
      { heading: "Impression", topics: ["assessment"] },
      { heading: "Plan", topics: ["plan"] },
      { heading: "Follow-up", topics: ["followUp"] },
    ],
  },
  {
    id: "65f0a1b2c3d4e5f6a7b8c903",
    name: "Referral letter",
    category: "DOCUMENT_TEMPLATE",
    opening: "Dear colleague,\n\nThank you for seeing this patient.",
    closing: "Kind regards,",
    sections: [
      { heading: "Presenting problem", topics: ["reason", "history"] },
      { heading: "Background", topics: ["background", "medications", "allergies"] },
      { heading: "Findings", topics: ["examination", "investigations"] },
      { heading: "Impression and plan", topics: ["assessment", "plan"] },
    ],
  },
  {
    id: "65f0a1b2c3d4e5f6a7b8c904",
    name: "Patient summary",
    category: "DOCUMENT_TEMPLATE",
    opening: "This is a summary of today's visit.",
    closing: "If anything is unclear, please call the practice.",
    sections: [
      { heading: "What we found", topics: ["examination", "investigations", "assessment"] },
      { heading: "What happens next", topics: ["plan", "followUp"] },
    ],
  },
];

/** The template of that id. */
export function templateById(id: string): Template | undefined {
  return templates.find((template) => template.id === id);
}
