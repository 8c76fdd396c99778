import { entities } from "./general-practice-codes.ts";
import { findings } from "./general-practice-findings.ts";
import type { Consult, Line } from "./types.ts";

const clinician = (text: string): Line => ({ speaker: "clinician", text });
const patient = (text: string): Line => ({ speaker: "patient", text });

const lines: readonly Line[] = [
  clinician("Good morning, Karen. What brings you in today?"),
  patient("Morning, doctor. I have had headaches for about three weeks, and my blood pressure is up again."),
  clinician("I'm sorry to hear that. Where do you feel them, and when do they come?"),
  patient("Mostly at the back of my head, first thing in the morning. They wear off by lunch time."),
  clinician("Any change in your vision, any weakness, or any chest pain?"),
  patient("No, nothing like that. No chest pain, and my eyes are fine."),
  clinician("And what have you been getting on your monitor at home?"),
  patient("Usually around 160 over 95. The highest was 168 over 98 last Sunday."),
  clinician("What are you taking at the moment?"),
  patient("Ramipril, 5 milligrams every morning, and metformin, 500 milligrams twice a day for my diabetes."),
  clinician("Do you ever miss a dose?"),
  patient("Perhaps once a week. Ibuprofen most days too, for my knee."),
  clinician("Ibuprofen can push the pressure up, so that matters. Any allergies?"),
  patient("Penicillin. It gave me a rash all over when I was a child."),
  clinician("Are you still off the cigarettes?"),
  patient("Yes, I stopped two years ago. A glass of wine at the weekend, that's all."),
  clinician(
    "Well done. Let me check you over. Your blood pressure today is 158 over 94, and your pulse is 76 and regular.",
  ),
  clinician("Heart sounds are normal, your chest is clear, and there is no swelling of the ankles."),
  clinician("The backs of your eyes look healthy. The heart tracing we did this morning is normal as well."),
  patient("That's a relief. So what do you think it is?"),
  clinician(
    "I think your high blood pressure is not well controlled, and the headaches come from tension in the neck, made worse by it.",
  ),
  clinician(
    "I would like to raise the ramipril to 10 milligrams, and please stop the ibuprofen. Use paracetamol for the knee.",
  ),
  patient("All right. Do I need a blood test?"),
  clinician("Yes. We will check your kidney function, your potassium, and the long term sugar, this week."),
  patient("And if the headaches get worse?"),
  clinician(
    "Come straight back if they become severe, or if your vision changes. Otherwise I will see you in four weeks with your home readings.",
  ),
  patient("Thank you, doctor. I'll bring my diary."),
];

/** A review of raised blood pressure and headaches, in general practice. */
export const generalPractice: Consult = {
  id: "general-practice",
  title: "Raised blood pressure and headaches",
  languageCode: "en",
  recordingSha256: "31e0c10da0466f7727081a85c09288caac8317c514f21f7e0df6a16298c13d65",
  recordingSeconds: 117.3,
  lines,
  findings,
  entities,
};
