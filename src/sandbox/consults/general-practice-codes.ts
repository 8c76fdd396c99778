import type { CodeEntry, Entity } from "./types.ts";

const entry = (code: string, description: string, ...hierarchy: string[]): CodeEntry => ({
  code,
  description,
  hierarchy,
});

const circulatory = "Diseases of the circulatory system";
const nervous = "Diseases of the nervous system";
const endocrine = "Endocrine, nutritional and metabolic diseases";

const snomedHypertension = [
  entry("59621000", "Essential hypertension (disorder)", "Clinical finding", "Hypertensive disorder"),
  entry("38341003", "Hypertensive disorder, systemic arterial (disorder)", "Clinical finding"),
];
const snomedHeadache = [
  entry("398057008", "Tension-type headache (disorder)", "Clinical finding", "Headache disorder"),
  entry("25064002", "Headache (finding)", "Clinical finding", "Pain"),
];
const snomedDiabetes = [
  entry("44054006", "Diabetes mellitus type 2 (disorder)", "Clinical finding", "Diabetes mellitus"),
  entry("73211009", "Diabetes mellitus (disorder)", "Clinical finding"),
];
const snomedAllergy = [
  entry("91936005", "Allergy to penicillin (finding)", "Clinical finding", "Allergy to drug"),
  entry("294505008", "Allergy to amoxicillin (finding)", "Clinical finding", "Allergy to penicillin"),
];
const snomedTracing = [
  entry("29303009", "Electrocardiographic procedure (procedure)", "Procedure", "Cardiac investigation"),
  entry("268400002", "12 lead electrocardiogram (procedure)", "Procedure", "Electrocardiographic procedure"),
];

/** What the general-practice consult can be coded to, per coding system. Illustrative: not for clinical or billing use. */
export const entities: readonly Entity[] = [
  {
    name: "Essential hypertension",
    said: "high blood pressure",
    terms: ["essential hypertension", "hypertension", "HTN", "raised home blood pressure"],
    codes: {
      "ICD-10": [
        entry("I10", "Essential (primary) hypertension", circulatory, "Hypertensive diseases"),
        entry("I15.9", "Secondary hypertension, unspecified", circulatory, "Hypertensive diseases"),
      ],
      "ICD-10-CM": [
        entry("I10", "Essential (primary) hypertension", circulatory, "Hypertensive diseases"),
        entry("I16.9", "Hypertensive crisis, unspecified", circulatory, "Hypertensive diseases"),
      ],
      "ICD-9": [
        entry("401", "Essential hypertension", circulatory, "Hypertensive disease"),
        entry("402", "Hypertensive heart disease", circulatory, "Hypertensive disease"),
      ],
      "ICD-9-CM": [
        entry("401.9", "Unspecified essential hypertension", circulatory, "Essential hypertension"),
        entry("401.1", "Benign essential hypertension", circulatory, "Essential hypertension"),
      ],
      SNOMED: snomedHypertension,
      "SNOMED-CT": snomedHypertension,
    },
  },
  {
    name: "Tension-type headache",
    said: "the headaches come from tension in the neck",
    terms: ["tension-type headache", "headaches", "headache"],
    codes: {
      "ICD-10": [
        entry("G44.2", "Tension-type headache", nervous, "Other headache syndromes"),
        entry("R51", "Headache", "Symptoms and signs", "General symptoms and signs"),
      ],
      "ICD-10-CM": [
        entry(
          "G44.209",
          "Tension-type headache, unspecified, not intractable",
          nervous,
          "Tension-type headache",
        ),
        entry("R51.9", "Headache, unspecified", "Symptoms and signs", "Headache"),
      ],
      "ICD-9": [
        entry("307.8", "Psychalgia", "Mental disorders", "Special symptoms or syndromes"),
        entry(
          "784.0",
          "Headache",
          "Symptoms, signs and ill-defined conditions",
          "Symptoms involving head and neck",
        ),
      ],
      "ICD-9-CM": [
        entry(
          "307.81",
          "Tension headache",
          "Mental disorders",
          "Pain disorders related to psychological factors",
        ),
        entry(
          "784.0",
          "Headache",
          "Symptoms, signs and ill-defined conditions",
          "Symptoms involving head and neck",
        ),
      ],
      SNOMED: snomedHeadache,
      "SNOMED-CT": snomedHeadache,
    },
  },
  {
    name: "Type 2 diabetes mellitus",
    said: "my diabetes",
    terms: ["type 2 diabetes", "T2DM", "diabetes"],
    codes: {
      "ICD-10": [
        entry("E11.9", "Type 2 diabetes mellitus without complications", endocrine, "Diabetes mellitus"),
      ],
      "ICD-10-CM": [
        entry("E11.9", "Type 2 diabetes mellitus without complications", endocrine, "Diabetes mellitus"),
        entry("E11.65", "Type 2 diabetes mellitus with hyperglycemia", endocrine, "Diabetes mellitus"),
      ],
      "ICD-9": [
        entry("250.0", "Diabetes mellitus without mention of complication", endocrine, "Diabetes mellitus"),
      ],
      "ICD-9-CM": [
        entry(
          "250.00",
          "Diabetes mellitus without mention of complication, type II",
          endocrine,
          "Diabetes mellitus",
        ),
      ],
      SNOMED: snomedDiabetes,
      "SNOMED-CT": snomedDiabetes,
    },
  },
  {
    name: "Penicillin allergy",
    said: "Penicillin. It gave me a rash",
    terms: ["penicillin allergy", "penicillin"],
    codes: {
      "ICD-10": [
        entry("Z88.0", "Personal history of allergy to penicillin", "Factors influencing health status"),
      ],
      "ICD-10-CM": [entry("Z88.0", "Allergy status to penicillin", "Factors influencing health status")],
      "ICD-9": [
        entry("V14", "Personal history of allergy to medicinal agents", "Supplementary classification"),
      ],
      "ICD-9-CM": [
        entry("V14.0", "Personal history of allergy to penicillin", "Supplementary classification"),
      ],
      SNOMED: snomedAllergy,
      "SNOMED-CT": snomedAllergy,
    },
  },
  {
    name: "Electrocardiogram",
    said: "The heart tracing we did this morning",
    terms: ["electrocardiogram", "ECG"],
    codes: {
      SNOMED: snomedTracing,
      "SNOMED-CT": snomedTracing,
      "OPCS-410": [
        entry(
          "U19.9",
          "Unspecified diagnostic electrocardiography",
          "Diagnostic imaging, testing and rehabilitation",
        ),
      ],
      "ACHI-13": [
        entry(
          "11700-00",
          "Other electrocardiography [ECG]",
          "Noninvasive, cognitive and other interventions",
        ),
      ],
      "CPT-2025": [
        entry(
          "93000",
          "Electrocardiogram, routine, with at least 12 leads; with interpretation and report",
          "Medicine",
          "Cardiography",
        ),
        entry(
          "93010",
          "Electrocardiogram, routine, with at least 12 leads; interpretation and report only",
          "Medicine",
          "Cardiography",
        ),
      ],
    },
  },
  {
    name: "Follow-up consultation",
    said: "I will see you in four weeks",
    terms: ["review in four weeks", "review 4/52"],
    codes: {
      "OPCS-410": [entry("X62.9", "Unspecified assessment", "Miscellaneous operations", "Assessment")],
      "ACHI-13": [
        entry(
          "96037-00",
          "Other assessment, consultation or evaluation",
          "Noninvasive, cognitive and other interventions",
        ),
      ],
      "CPT-2025": [
        entry(
          "99214",
          "Office visit, established patient, moderate medical decision making",
          "Evaluation and management",
        ),
        entry(
          "99213",
          "Office visit, established patient, low medical decision making",
          "Evaluation and management",
        ),
      ],
    },
  },
];
