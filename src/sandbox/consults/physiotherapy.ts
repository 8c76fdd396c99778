import type { Consult } from "./types.ts";
import { dialogue, entity, finding } from "./write.ts";

const lines = dialogue(`
C: Hi Maria, I'm one of the physiotherapists. I see you're on crutches. What happened?
P: I rolled my left ankle playing netball, ten days ago. I landed on somebody's foot.
C: Ouch. Did you hear anything, and could you walk on it afterwards?
P: There was a pop on the outside. I could hobble four or five steps, and then it swelled up like a balloon.
C: Did you have it looked at?
P: Yes, the X-ray at the hospital showed no fracture. They gave me the crutches and a brace.
C: How is the pain now, from nought to ten?
P: Three when I rest, six when I go down the stairs. Mornings are stiff.
C: Have you hurt that ankle before?
P: The same one, twice, at school. Otherwise I'm healthy.
C: Are you taking anything for it, and do you have any allergies?
P: Paracetamol at night. Plasters give me a rash, the sticky ones.
C: And what do you do for work, and what would you like to get back to?
P: I'm a primary school teacher, on my feet all day. I want to play in the league again in spring.
C: Let's have a look. There is bruising and swelling on the outer side, and it is tender over the front ligament.
C: You can bend the foot up five degrees, on the other side it's fifteen. The drawer test is a little loose, but there is a firm end.
C: You can stand on that leg for four seconds, and for thirty on the right.
C: So this is a sprain of the outer ligament, a partial tear, grade two, on an ankle that has been unsteady for years.
P: How long will it take?
C: Six to eight weeks for running, and about three months for netball, if you do your exercises.
P: I will.
C: Today I've loosened the joint by hand, and we practised the heel raises and the balance on one leg. Do them three times a day.
C: Wear the brace at work, leave the crutches at home from Monday, and ice it in the evening.
C: I'll see you every week for six weeks, and call me if the swelling or the pain gets worse.
P: Great, see you next week.
`);

const injury = "Injury, poisoning and other consequences of external causes";

/** A first visit after an ankle sprain. Invented; the codes are plausible and not for clinical use. */
export const physiotherapy: Consult = {
  id: "physiotherapy",
  title: "Ankle sprain",
  languageCode: "en",
  recordingSha256: "3e214f230c9d4667b101d444d17b5a1cbc91d46bc1c85d0879d74399ab31246f",
  recordingSeconds: 105.6,
  lines,
  findings: [
    finding(
      "reason",
      "L ankle injury 10/7.",
      "Left ankle injury ten days ago at netball.",
      "I rolled my left ankle playing netball, ten days ago",
    ),
    finding(
      "history",
      "Pop; 4–5 steps WB; swelling.",
      "Heard a pop on the outer side; could take four or five steps; swelled at once.",
      "There was a pop on the outside",
    ),
    finding(
      "history",
      "Pain 3/10 rest, 6/10 stairs.",
      "Pain 3/10 at rest and 6/10 going down stairs, with morning stiffness.",
      "Three when I rest, six when I go down the stairs",
      "Symptoms are settling slowly.",
    ),
    finding(
      "background",
      "2 prev. sprains.",
      "Two earlier sprains of the same ankle at school; otherwise healthy.",
      "The same one, twice, at school",
    ),
    finding("medications", "Paracetamol nocte.", "Paracetamol at night.", "Paracetamol at night"),
    finding(
      "allergies",
      "Adhesive plaster.",
      "Contact reaction to adhesive plasters.",
      "Plasters give me a rash",
    ),
    finding(
      "social",
      "Teacher; netball league.",
      "Primary school teacher, on her feet all day; wants to return to league netball in spring.",
      "I'm a primary school teacher",
    ),
    finding(
      "examination",
      "Lat. bruising, swelling, ATFL tender.",
      "Bruising and swelling laterally, tender over the anterior talofibular ligament.",
      "tender over the front ligament",
    ),
    finding(
      "examination",
      "DF 5° (R 15°); ant. drawer + with firm end.",
      "Dorsiflexion 5° (right 15°); anterior drawer mildly lax with a firm end point.",
      "You can bend the foot up five degrees",
    ),
    finding(
      "examination",
      "SLS 4 s (R 30 s).",
      "Single-leg stance 4 s on the left and 30 s on the right.",
      "You can stand on that leg for four seconds",
    ),
    finding(
      "investigations",
      "X-ray: no fracture.",
      "X-ray at the hospital showed no fracture.",
      "the X-ray at the hospital showed no fracture",
    ),
    finding(
      "assessment",
      "Grade II lat. ligament sprain.",
      "Grade II sprain of the lateral ligament of the left ankle, with long-standing instability.",
      "a sprain of the outer ligament, a partial tear, grade two",
      "Return to running is expected in six to eight weeks, to netball in about three months.",
    ),
    finding(
      "plan",
      "MT; heel raises, balance ×3/d.",
      "Manual mobilisation today; heel raises and single-leg balance three times a day.",
      "we practised the heel raises and the balance on one leg",
    ),
    finding(
      "plan",
      "Brace at work; off crutches Mon; ice.",
      "Brace at work, without crutches from Monday, ice in the evening.",
      "Wear the brace at work",
    ),
    finding(
      "followUp",
      "Weekly × 6.",
      "Weekly for six weeks; to call if swelling or pain increases.",
      "I'll see you every week for six weeks",
    ),
  ],
  entities: [
    entity(
      "Sprain of ankle",
      "a sprain of the outer ligament",
      ["sprain of the lateral ligament", "ligament sprain", "sprain"],
      {
        "ICD-10": [`S93.4 | Sprain and strain of ankle | ${injury}`],
        "ICD-10-CM": [
          `S93.492A | Sprain of other ligament of left ankle, initial encounter | ${injury}`,
          `S93.402A | Sprain of unspecified ligament of left ankle, initial encounter | ${injury}`,
        ],
        "ICD-9": ["845.0 | Sprain of ankle | Injury and poisoning"],
        "ICD-9-CM": [
          "845.00 | Sprain of ankle, unspecified site | Injury and poisoning",
          "845.02 | Sprain of calcaneofibular (ligament) of ankle | Injury and poisoning",
        ],
        SNOMED: ["44465007 | Sprain of ankle (disorder) | Clinical finding"],
      },
    ),
    entity("Unstable ankle", "an ankle that has been unsteady for years", ["instability"], {
      "ICD-10": ["M25.3 | Other instability of joint | Diseases of the musculoskeletal system"],
      "ICD-10-CM": ["M25.372 | Other instability, left ankle | Diseases of the musculoskeletal system"],
      "ICD-9": [
        "718.8 | Other joint derangement, not elsewhere classified | Diseases of the musculoskeletal system",
      ],
      "ICD-9-CM": [
        "718.87 | Other joint derangement, not elsewhere classified, ankle and foot | Diseases of the musculoskeletal system",
      ],
    }),
    entity("Therapeutic exercise", "we practised the heel raises", ["heel raises"], {
      SNOMED: [
        "229065009 | Exercise therapy (regime/therapy) | Procedure",
        "91251008 | Physical therapy procedure (regime/therapy) | Procedure",
      ],
      "OPCS-410": [
        "U50.9 | Unspecified delivery of rehabilitation for musculoskeletal disorders | Diagnostic imaging, testing and rehabilitation",
      ],
      "ACHI-13": [
        "95550-03 | Allied health intervention, physiotherapy | Noninvasive, cognitive and other interventions",
      ],
      "CPT-2025": [
        "97110 | Therapeutic exercises, each 15 minutes | Medicine | Physical medicine and rehabilitation",
        "97140 | Manual therapy techniques, each 15 minutes | Medicine | Physical medicine and rehabilitation",
      ],
    }),
  ],
};
