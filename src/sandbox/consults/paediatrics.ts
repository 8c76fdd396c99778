import type { Consult } from "./types.ts";
import { dialogue, entity, finding } from "./write.ts";

const lines = dialogue(`
C: Hello, come in. And this must be Leo. How old is he now?
M: He turned three in May. He has had a fever since Saturday, and he keeps pulling at his right ear.
C: Poor thing. How high has the fever been?
M: 39.1 last night. It comes down with paracetamol, but then it climbs again after five hours or so.
C: Any cough, vomiting, or a rash?
M: A runny nose for a week, but no rash and no vomiting. He hardly slept for two nights.
C: Is he drinking, and are his nappies wet?
M: He drinks well, water and milk, and he is wet as always. He just doesn't want his food.
C: Has he had ear infections before?
M: One last winter. And he had eczema as a baby, that's gone.
C: Does he take anything regularly, and is there anything he must not have?
M: Nothing regular. No allergies that we know of. All his vaccinations are up to date.
C: Does he go to nursery, and does anybody smoke at home?
M: Nursery four days a week. Nobody smokes.
C: Let me have a look at you, Leo. His temperature is 38.6, and he weighs 14.5 kilos.
C: The right ear drum is red and bulging. The left one is fine. The throat is a little red, and the chest is clear.
C: The pressure test shows fluid behind the right ear drum.
M: So is it an infection?
C: Yes, a middle ear infection on the right, after his cold. There is no sign of anything worse, and he is not dry.
M: Does he need antibiotics?
C: At three, with a bulging drum and two nights of fever, I would give amoxicillin, twice a day for five days.
C: Keep up the paracetamol, and ibuprofen if he is still in pain. Plenty to drink.
M: When can he go back to nursery?
C: When he has been without fever for a day. Come back if he is no better in two days, or at once if he is drowsy, has a stiff neck, or swelling behind the ear.
M: Thank you. Say goodbye, Leo.
`);

/** A child with fever and ear pain, told by a parent. Invented; the codes are plausible and not for clinical use. */
export const paediatrics: Consult = {
  id: "paediatrics",
  title: "Fever and ear pain in a child",
  languageCode: "en",
  recordingSha256: "929138e518eddc96020fc2adb5e4c03054e3806461ad740db17a7f7dda67046d",
  recordingSeconds: 108.6,
  lines,
  findings: [
    finding(
      "reason",
      "Fever, R ear pain.",
      "Three-year-old boy with fever since Saturday, pulling at his right ear.",
      "He has had a fever since Saturday, and he keeps pulling at his right ear",
    ),
    finding(
      "history",
      "Tmax 39.1, responds to paracetamol.",
      "Fever up to 39.1 °C, which comes down with paracetamol for about five hours.",
      "39.1 last night",
    ),
    finding(
      "history",
      "Coryza 1/52; no rash, no vomiting.",
      "Runny nose for a week; no rash and no vomiting.",
      "no rash and no vomiting",
      "Sleep has been poor for two nights.",
    ),
    finding(
      "history",
      "Drinking, wet nappies, off food.",
      "Drinks well and passes urine as usual; eats little.",
      "he is wet as always",
      "The history was given by his mother.",
    ),
    finding(
      "background",
      "1 previous OM; infant eczema.",
      "One ear infection last winter; eczema as an infant, resolved.",
      "One last winter",
    ),
    finding("medications", "None regular.", "No regular medication.", "Nothing regular"),
    finding("allergies", "NKDA.", "No known allergies.", "No allergies that we know of"),
    finding(
      "social",
      "Nursery 4 d/wk; smoke-free home; vaccinated.",
      "Attends nursery four days a week; smoke-free home; vaccinations up to date.",
      "Nursery four days a week",
    ),
    finding(
      "examination",
      "T 38.6, 14.5 kg.",
      "Temperature 38.6 °C, weight 14.5 kg.",
      "His temperature is 38.6, and he weighs 14.5 kilos",
    ),
    finding(
      "examination",
      "R TM red, bulging; L normal; chest clear.",
      "Right tympanic membrane red and bulging, left normal; throat mildly red, chest clear.",
      "The right ear drum is red and bulging",
    ),
    finding(
      "investigations",
      "Tympanometry: R effusion.",
      "Tympanometry shows an effusion on the right.",
      "The pressure test shows fluid behind the right ear drum",
    ),
    finding(
      "assessment",
      "R acute otitis media.",
      "Acute otitis media on the right, following an upper respiratory infection.",
      "a middle ear infection on the right",
      "No sign of mastoiditis or meningism; well hydrated.",
    ),
    finding(
      "plan",
      "Amoxicillin bd 5/7.",
      "Amoxicillin twice a day for five days.",
      "I would give amoxicillin, twice a day for five days",
    ),
    finding(
      "plan",
      "Paracetamol, ibuprofen prn, fluids.",
      "Paracetamol, ibuprofen if still in pain, plenty of fluids.",
      "Keep up the paracetamol, and ibuprofen if he is still in pain",
    ),
    finding(
      "followUp",
      "Review 48 h if no better; safety-netted.",
      "Return if no better in two days; at once if drowsy, with a stiff neck or swelling behind the ear.",
      "Come back if he is no better in two days",
    ),
  ],
  entities: [
    entity(
      "Acute otitis media",
      "a middle ear infection on the right",
      ["acute otitis media", "otitis media"],
      {
        "ICD-10": [
          "H66.0 | Acute suppurative otitis media | Diseases of the ear and mastoid process",
          "H66.9 | Otitis media, unspecified | Diseases of the ear and mastoid process",
        ],
        "ICD-10-CM": [
          "H66.001 | Acute suppurative otitis media without spontaneous rupture of ear drum, right ear | Diseases of the ear and mastoid process",
          "H66.91 | Otitis media, unspecified, right ear | Diseases of the ear and mastoid process",
        ],
        "ICD-9": ["382.0 | Acute suppurative otitis media | Diseases of the ear and mastoid process"],
        "ICD-9-CM": [
          "382.00 | Acute suppurative otitis media without spontaneous rupture of eardrum | Diseases of the ear and mastoid process",
        ],
        SNOMED: [
          "3110003 | Acute otitis media (disorder) | Clinical finding",
          "65363002 | Otitis media (disorder) | Clinical finding",
        ],
      },
    ),
    entity("Fever", "He has had a fever since Saturday", ["fever"], {
      "ICD-10": ["R50.9 | Fever, unspecified | Symptoms and signs"],
      "ICD-10-CM": ["R50.9 | Fever, unspecified | Symptoms and signs"],
      "ICD-9": [
        "780.6 | Fever and other physiologic disturbances of temperature regulation | Symptoms, signs and ill-defined conditions",
      ],
      "ICD-9-CM": ["780.60 | Fever, unspecified | Symptoms, signs and ill-defined conditions"],
      SNOMED: ["386661006 | Fever (finding) | Clinical finding"],
    }),
    entity("Tympanometry", "The pressure test shows fluid", ["tympanometry"], {
      "OPCS-410": [
        "U24.9 | Unspecified diagnostic audiology | Diagnostic imaging, testing and rehabilitation",
      ],
      "ACHI-13": ["11324-00 | Impedance audiogram | Procedures on ear and mastoid process"],
      "CPT-2025": [
        "92567 | Tympanometry (impedance testing) | Medicine | Special otorhinolaryngologic services",
        "99213 | Office visit, established patient, low medical decision making | Evaluation and management",
      ],
    }),
  ],
};
