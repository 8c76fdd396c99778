/** The words of templates and notes in Spanish; English is their original. */
const spanish: Readonly<Record<string, string>> = {
  Subjective: "Subjetivo",
  Objective: "Objetivo",
  Assessment: "Evaluación",
  Plan: "Plan",
  "Reason for visit": "Motivo de consulta",
  History: "Historia",
  "Past history and medications": "Antecedentes y medicación",
  Examination: "Exploración",
  Impression: "Impresión",
  "Follow-up": "Seguimiento",
  "Presenting problem": "Problema actual",
  Background: "Antecedentes",
  Findings: "Hallazgos",
  "Impression and plan": "Impresión y plan",
  "What we found": "Lo que encontramos",
  "What happens next": "Próximos pasos",
  "Dear colleague,\n\nThank you for seeing this patient.":
    "Estimado colega:\n\nGracias por atender a este paciente.",
  "Kind regards,": "Un cordial saludo,",
  "This is a summary of today's visit.": "Este es un resumen de la consulta de hoy.",
  "If anything is unclear, please call the practice.": "Si tiene alguna duda, llame a la consulta.",
  Patient: "Paciente",
  born: "fecha de nacimiento",
  "Clinician's notes": "Notas del profesional",
  Additional: "Adicional",
  "Documents considered": "Documentos considerados",
  "In the consult": "En la consulta",
  "From this consult:": "De esta consulta:",
  "A summary of this consult:": "Resumen de esta consulta:",
};

/** Words of a template or note in the language of the consult; in English where there is no translation. */
export function inLanguage(languageCode: string, words: string): string {
  if (languageCode !== "es" || !Object.hasOwn(spanish, words)) return words;
  return spanish[words] ?? words;
}
