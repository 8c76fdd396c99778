import type { Consult } from "./types.ts";
import { dialogue, entity, finding } from "./write.ts";

const lines = dialogue(`
C: Buenos días, Lucía. Pase y siéntese. ¿Qué le pasa?
P: Buenos días, doctor. Desde hace tres días me escuece al orinar, y voy al baño a cada rato.
C: ¿Ha visto sangre en la orina, o ha cambiado el olor?
P: Sangre no. Está turbia y huele más fuerte.
C: ¿Ha tenido fiebre, escalofríos o dolor en la espalda?
P: No, fiebre no he tenido, y la espalda no me duele. Solo una molestia aquí abajo.
C: ¿Le había pasado antes?
P: Sí, hace dos años, una vez. Y tengo hipotiroidismo.
C: ¿Qué medicamentos toma?
P: Levotiroxina, 75 microgramos cada mañana.
C: ¿Es alérgica a algo?
P: A las sulfamidas. Me salieron ronchas por todo el cuerpo.
C: ¿Hay posibilidad de que esté embarazada?
P: No, tuve la regla la semana pasada.
C: ¿Fuma, o bebe alcohol?
P: No fumo. Trabajo de taxista, bebo poca agua y aguanto muchas horas sin ir al baño.
C: Eso puede influir. Vamos a ver. La tensión es de 118 sobre 72, y la temperatura de 36,8.
C: El abdomen está blando, con una molestia leve encima del pubis. La puñopercusión no le duele.
C: La tira de orina sale positiva para leucocitos y nitritos.
P: ¿Entonces es una infección?
C: Sí, es una cistitis aguda, sin complicaciones. No hay señales de que haya llegado al riñón.
C: Le receto fosfomicina, 3 gramos, una sola dosis esta noche, antes de acostarse.
C: Beba dos litros de agua al día, y no aguante las ganas. Hemos enviado también un cultivo.
P: ¿Y si no se me quita?
C: Si no mejora en tres días, o si tiene fiebre o dolor en la espalda, vuelva enseguida. La llamaremos con el resultado del cultivo.
P: Muchas gracias, doctor.
`);

/** Burning on passing urine, in Spanish. Invented; the codes are plausible and not for clinical use. */
export const spanish: Consult = {
  id: "spanish",
  title: "Escozor al orinar",
  languageCode: "es",
  recordingSha256: "8cc33d5c4e10358c36069cd718d887bfd9f7a076bee91cbb4b3fa4cfc637ea01",
  recordingSeconds: 96.5,
  lines,
  findings: [
    finding(
      "reason",
      "Disuria 3 d.",
      "Consulta por disuria y polaquiuria desde hace tres días.",
      "Desde hace tres días me escuece al orinar",
    ),
    finding(
      "history",
      "Orina turbia; sin hematuria.",
      "Orina turbia y de olor fuerte, sin hematuria.",
      "Está turbia y huele más fuerte",
    ),
    finding(
      "history",
      "Sin fiebre ni dolor lumbar.",
      "Sin fiebre, escalofríos ni dolor lumbar.",
      "la espalda no me duele",
      "Niega embarazo; última regla la semana pasada.",
    ),
    finding(
      "background",
      "1 cistitis previa; hipotiroidismo.",
      "Un episodio similar hace dos años. Hipotiroidismo.",
      "hace dos años, una vez",
    ),
    finding(
      "medications",
      "Levotiroxina 75 µg.",
      "Levotiroxina 75 microgramos cada mañana.",
      "Levotiroxina, 75 microgramos cada mañana",
    ),
    finding(
      "allergies",
      "Sulfamidas (urticaria).",
      "Alergia a sulfamidas: urticaria generalizada.",
      "A las sulfamidas",
    ),
    finding(
      "social",
      "No fuma; taxista, bebe poca agua.",
      "No fuma. Taxista; bebe poca agua y retiene la orina muchas horas.",
      "Trabajo de taxista",
    ),
    finding(
      "examination",
      "TA 118/72, T 36,8.",
      "Tensión arterial 118/72 mmHg, temperatura 36,8 °C.",
      "La tensión es de 118 sobre 72",
    ),
    finding(
      "examination",
      "Abd. blando; PPR neg.",
      "Abdomen blando con leve molestia suprapúbica; puñopercusión renal negativa.",
      "La puñopercusión no le duele",
    ),
    finding(
      "investigations",
      "Tira: leucocitos +, nitritos +.",
      "Tira reactiva de orina positiva para leucocitos y nitritos; cultivo enviado.",
      "La tira de orina sale positiva para leucocitos y nitritos",
    ),
    finding(
      "assessment",
      "Cistitis aguda no complicada.",
      "Cistitis aguda no complicada.",
      "es una cistitis aguda, sin complicaciones",
      "Sin datos de pielonefritis.",
    ),
    finding(
      "plan",
      "Fosfomicina 3 g DU.",
      "Fosfomicina 3 g en dosis única esta noche.",
      "Le receto fosfomicina, 3 gramos",
    ),
    finding(
      "plan",
      "Agua 2 l/d.",
      "Dos litros de agua al día y no retener la orina.",
      "Beba dos litros de agua al día",
    ),
    finding(
      "followUp",
      "Volver si no mejora en 3 d.",
      "Volver si no mejora en tres días, o enseguida si hay fiebre o dolor lumbar; se llamará con el cultivo.",
      "Si no mejora en tres días",
    ),
  ],
  entities: [
    entity("Cistitis aguda", "es una cistitis aguda", ["cistitis aguda", "cistitis"], {
      "ICD-10": [
        "N30.0 | Acute cystitis | Diseases of the genitourinary system",
        "N39.0 | Urinary tract infection, site not specified | Diseases of the genitourinary system",
      ],
      "ICD-10-CM": [
        "N30.00 | Acute cystitis without hematuria | Diseases of the genitourinary system",
        "N39.0 | Urinary tract infection, site not specified | Diseases of the genitourinary system",
      ],
      "ICD-9": ["595.0 | Acute cystitis | Diseases of the genitourinary system"],
      "ICD-9-CM": ["595.0 | Acute cystitis | Diseases of the genitourinary system"],
      SNOMED: [
        "68226007 | Acute cystitis (disorder) | Clinical finding",
        "68566005 | Urinary tract infectious disease (disorder) | Clinical finding",
      ],
    }),
    entity("Hipotiroidismo", "tengo hipotiroidismo", ["hipotiroidismo"], {
      "ICD-10": ["E03.9 | Hypothyroidism, unspecified | Endocrine, nutritional and metabolic diseases"],
      "ICD-10-CM": ["E03.9 | Hypothyroidism, unspecified | Endocrine, nutritional and metabolic diseases"],
      "ICD-9": ["244 | Acquired hypothyroidism | Endocrine, nutritional and metabolic diseases"],
      "ICD-9-CM": [
        "244.9 | Unspecified acquired hypothyroidism | Endocrine, nutritional and metabolic diseases",
      ],
      SNOMED: ["40930008 | Hypothyroidism (disorder) | Clinical finding"],
    }),
    entity("Alergia a sulfamidas", "A las sulfamidas", ["alergia a sulfamidas", "sulfamidas"], {
      "ICD-10": ["Z88.2 | Personal history of allergy to sulfonamides | Factors influencing health status"],
      "ICD-10-CM": ["Z88.2 | Allergy status to sulfonamides | Factors influencing health status"],
      "ICD-9": ["V14 | Personal history of allergy to medicinal agents | Supplementary classification"],
      "ICD-9-CM": ["V14.2 | Personal history of allergy to sulfonamides | Supplementary classification"],
    }),
    entity("Tira de orina", "La tira de orina sale positiva", ["tira reactiva de orina"], {
      SNOMED: ["27171005 | Urinalysis (procedure) | Procedure"],
      "OPCS-410": ["X62.9 | Unspecified assessment | Miscellaneous operations"],
      "ACHI-13": [
        "96037-00 | Other assessment, consultation or evaluation | Noninvasive, cognitive and other interventions",
      ],
      "CPT-2025": [
        "81002 | Urinalysis by dip stick, non-automated, without microscopy | Pathology and laboratory",
        "99213 | Office visit, established patient, low medical decision making | Evaluation and management",
      ],
    }),
  ],
};
