import type { Consult } from "./types.ts";
import { dialogue, entity, finding } from "./write.ts";

const lines = dialogue(`
C: Good afternoon, Daniel. It's good to see you. What would you like to talk about today?
P: I've been feeling low for about two months now. Nothing is fun any more, not even football.
C: That sounds hard. Did anything happen around the time it began?
P: I lost my job in March, and then we moved to a smaller flat.
C: How are you sleeping, and how is your appetite?
P: I wake up at four every morning and can't get back to sleep. I've lost about five kilos.
C: And your energy and concentration?
P: No energy at all. I read the same page three times. I feel that I'm letting everybody down.
C: Sometimes when people feel like this, they think that life is not worth living. Do you have such thoughts?
P: I've wished I could just disappear, but I would never do anything to myself. I have my daughter.
C: Thank you for telling me. Have you ever made plans, or hurt yourself?
P: No, never.
C: Have you been through anything like this before?
P: Once at university. It went away with counselling. My mother had depression too.
C: Are you taking any medicines, or anything from the pharmacy?
P: Only antihistamines for hay fever. I'm allergic to latex, nothing else.
C: What about alcohol or other substances?
P: Two beers most evenings, it's more than it used to be. No drugs.
C: Who is there for you at home?
P: My wife. She's the one who said I should come.
C: You look tired today, you speak softly, and you make good eye contact. Your thinking is clear, and you see that you need help.
C: On the questionnaire you scored 16 out of 27. Your thyroid and blood count from last week were normal.
C: I think this is a depression of moderate severity, and the poor sleep is a part of it.
P: I was afraid you'd say that. What can we do?
C: I suggest talking therapy, cognitive behavioural therapy, every week, and we start sertraline, 50 milligrams in the morning.
C: Please cut down the alcohol, and try to walk for half an hour every day. Here is a number that is answered day and night, if the dark thoughts get stronger.
P: All right. I'd like to try that.
C: Then I'll see you in two weeks, and sooner if you need me.
`);

const mood = "Mental and behavioural disorders";

/** A first visit for low mood. Invented; the codes are plausible and not for clinical use. */
export const mentalHealth: Consult = {
  id: "mental-health",
  title: "Low mood and poor sleep",
  languageCode: "en",
  recordingSha256: "8bd947550e58674ba4b307d1c26a7cc307223044052d1dd3b8e4c19070cfd4e5",
  recordingSeconds: 121.1,
  lines,
  findings: [
    finding(
      "reason",
      "Low mood 2/12.",
      "Low mood and loss of interest for about two months.",
      "I've been feeling low for about two months now",
    ),
    finding(
      "history",
      "Onset after job loss.",
      "Began after losing his job in March and moving home.",
      "I lost my job in March",
    ),
    finding(
      "history",
      "EMW 04:00, −5 kg.",
      "Wakes at four every morning; has lost about five kilos.",
      "I wake up at four every morning",
      "Appetite is reduced.",
    ),
    finding(
      "history",
      "Anergia, poor concentration, guilt.",
      "No energy, poor concentration, and a sense of letting everybody down.",
      "I feel that I'm letting everybody down",
    ),
    finding(
      "history",
      "Passive SI; no plan, no DSH.",
      "Passive thoughts of disappearing; no plan or intent, no self-harm. His daughter is protective.",
      "I would never do anything to myself",
      "Risk was asked about openly and is judged low at present.",
    ),
    finding(
      "background",
      "1 prev. episode; FHx depression.",
      "One earlier episode at university, resolved with counselling; his mother had depression.",
      "Once at university",
    ),
    finding(
      "medications",
      "OTC antihistamine.",
      "Antihistamines for hay fever only.",
      "Only antihistamines for hay fever",
    ),
    finding("allergies", "Latex.", "Latex allergy.", "I'm allergic to latex"),
    finding(
      "social",
      "Alcohol 2 beers/d; no drugs; supportive wife.",
      "Two beers most evenings, more than before; no drugs. Lives with his wife, who is supportive.",
      "Two beers most evenings",
    ),
    finding(
      "examination",
      "MSE: tired, soft speech, insight good.",
      "Tired, softly spoken, good eye contact; thought clear; insight present.",
      "Your thinking is clear",
    ),
    finding(
      "investigations",
      "PHQ-9 16/27; TFT, FBC normal.",
      "PHQ-9 score 16 of 27. Thyroid function and blood count normal.",
      "you scored 16 out of 27",
    ),
    finding(
      "assessment",
      "Moderate depressive episode.",
      "Depressive episode of moderate severity.",
      "a depression of moderate severity",
      "Recurrence after an episode in early adulthood, with family history.",
    ),
    finding(
      "assessment",
      "Secondary insomnia.",
      "Insomnia with early waking, as part of it.",
      "the poor sleep is a part of it",
    ),
    finding(
      "plan",
      "CBT weekly.",
      "Cognitive behavioural therapy every week.",
      "cognitive behavioural therapy, every week",
    ),
    finding(
      "plan",
      "Sertraline 50 mg mane.",
      "Start sertraline 50 mg in the morning.",
      "we start sertraline, 50 milligrams in the morning",
    ),
    finding(
      "plan",
      "Less alcohol; daily walk; crisis line.",
      "Reduce alcohol, walk half an hour a day; crisis line given.",
      "Please cut down the alcohol",
    ),
    finding(
      "followUp",
      "Review 2/52.",
      "Review in two weeks, sooner if needed.",
      "Then I'll see you in two weeks",
    ),
  ],
  entities: [
    entity(
      "Moderate depressive episode",
      "a depression of moderate severity",
      ["depressive episode", "depression"],
      {
        "ICD-10": [
          `F32.1 | Moderate depressive episode | ${mood}`,
          `F33.1 | Recurrent depressive disorder, current episode moderate | ${mood}`,
        ],
        "ICD-10-CM": [
          `F32.1 | Major depressive disorder, single episode, moderate | ${mood}`,
          `F33.1 | Major depressive disorder, recurrent, moderate | ${mood}`,
        ],
        "ICD-9": ["296.2 | Major depressive disorder, single episode | Mental disorders"],
        "ICD-9-CM": [
          "296.22 | Major depressive affective disorder, single episode, moderate | Mental disorders",
        ],
        SNOMED: [
          "370143000 | Major depressive disorder (disorder) | Clinical finding",
          "35489007 | Depressive disorder (disorder) | Clinical finding",
        ],
      },
    ),
    entity("Insomnia", "I wake up at four every morning", ["insomnia"], {
      "ICD-10": ["G47.0 | Disorders of initiating and maintaining sleep | Diseases of the nervous system"],
      "ICD-10-CM": ["G47.00 | Insomnia, unspecified | Diseases of the nervous system"],
      "ICD-9": ["780.5 | Sleep disturbances | Symptoms, signs and ill-defined conditions"],
      "ICD-9-CM": ["780.52 | Insomnia, unspecified | Symptoms, signs and ill-defined conditions"],
      SNOMED: ["193462001 | Insomnia (disorder) | Clinical finding"],
    }),
    entity("Depression questionnaire", "you scored 16 out of 27", ["PHQ-9"], {
      "CPT-2025": ["96127 | Brief emotional or behavioral assessment with scoring | Medicine"],
    }),
    entity(
      "Cognitive behavioural therapy",
      "cognitive behavioural therapy, every week",
      ["cognitive behavioural therapy", "CBT"],
      {
        SNOMED: ["304891004 | Cognitive and behavioral therapy (regime/therapy) | Procedure"],
        "OPCS-410": [
          "X66.1 | Cognitive behavioural therapy by unidisciplinary team | Miscellaneous operations",
        ],
        "ACHI-13": [
          "96101-00 | Cognitive behaviour therapy | Noninvasive, cognitive and other interventions",
        ],
        "CPT-2025": [
          "90834 | Psychotherapy, 45 minutes with patient | Medicine | Psychiatry",
          "90837 | Psychotherapy, 60 minutes with patient | Medicine | Psychiatry",
        ],
      },
    ),
  ],
};
