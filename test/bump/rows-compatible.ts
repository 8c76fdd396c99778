import { added, all, inBlock, type Next, type Row, replaced } from "./next.ts";

const ASK = "  /sessions/{session_id}/ask-ai:\n";

/** Operations with every kind of body and answer, under a tag of their own. */
const REFERRALS = `  /referrals:
    get:
      tags: [Referrals]
      operationId: listReferrals
      parameters: [{ in: query, name: open, schema: { type: boolean } }]
      responses: { '200': { description: All., content: { application/json: { schema: { type: array, items: { $ref: '#/components/schemas/Referral' } } } } } }
    post:
      tags: [Referrals]
      operationId: draftReferral
      description: Drafts a referral letter.
      requestBody: { required: true, content: { application/json: { schema: { $ref: '#/components/schemas/Referral' } } } }
      responses: { '200': { description: The letter., content: { application/x-ndjson: { schema: { $ref: '#/components/schemas/StreamChunk' } } } } }
  /referrals/{referral_id}:
    delete:
      tags: [Referrals]
      operationId: dropReferral
      parameters: [{ in: path, name: referral_id, required: true, schema: { type: string } }]
      responses: { '204': { description: Gone. } }
  /referrals/{referral_id}/letter:
    get:
      tags: [Referrals]
      operationId: printReferral
      parameters: [{ in: path, name: referral_id, required: true, schema: { type: string } }]
      responses: { '200': { description: The letter., content: { text/plain: { schema: { type: string } } } } }
  /referrals/{referral_id}/scan:
    get:
      tags: [Referrals]
      operationId: showReferral
      parameters: [{ in: path, name: referral_id, required: true, schema: { type: string } }]
      responses: { '200': { description: The scan., content: { image/png: { schema: { type: string, format: binary } } } } }
    post:
      tags: [Referrals]
      operationId: scanReferral
      parameters: [{ in: path, name: referral_id, required: true, schema: { type: string } }]
      requestBody: { required: true, content: { multipart/form-data: { schema: { type: object, required: [page], properties: { page: { type: string, format: binary } } } } } }
      responses: { '200': { description: Scanned., content: { application/json: { schema: { $ref: '#/components/schemas/Referral' } } } } }
`;
const SYSTEMS = `  /coding-systems:
    get:
      tags: [Clinical Coding]
      operationId: listSystems
      responses: { '200': { description: Systems., content: { application/json: { schema: { $ref: '#/components/schemas/CodingStandard' } } } } }
`;
const REFERRAL =
  "    Referral: { type: object, required: [title], properties: { title: { type: string }, urgency: { type: string, enum: [ROUTINE, URGENT] } } }\n";
const referrals = ["draft", "drop", "list", "print", "scan", "show"].map((verb) =>
  verb === "list" ? "referrals.listReferrals" : `referrals.${verb}Referral`,
);

const inSchema = (name: string, change: Next): Next => inBlock(`    ${name}:`, change);
const inPath = (path: string, change: Next): Next => inBlock(`  ${path}:`, change);

export const compatible: readonly Row[] = [
  {
    // The walk-through of CONTRIBUTING.md.
    what: "an operation, a type and a response enum value added",
    next: all(
      (text) => text.replace(/^ {2}version: .*$/m, "  version: v3"),
      added(ASK, SYSTEMS),
      added(
        "    StreamChunk:\n",
        "    CodingStandard: { type: object, properties: { name: { type: string } } }\n",
      ),
      replaced(["enum: [PARSING, READY]", "enum: [PARSING, READY, QUEUED]"]),
    ),
    bump: "minor",
    changes: [
      "minor: Add `clinicalCoding.listSystems`",
      "minor: Add type `CodingStandard`",
      "minor: Add value `QUEUED` to `ContextDocument.status`",
    ],
    methods: ["clinicalCoding.listSystems"],
  },
  {
    what: "operations of every kind added, under a new tag",
    next: all(added(ASK, REFERRALS), added("    StreamChunk:\n", REFERRAL)),
    bump: "minor",
    changes: [...referrals.map((name) => `minor: Add \`${name}\``), "minor: Add type `Referral`"],
    methods: referrals,
  },
  {
    what: "a response enum value added",
    next: replaced(["enum: [PARSING, READY]", "enum: [PARSING, READY, QUEUED]"]),
    bump: "minor",
    changes: ["minor: Add value `QUEUED` to `ContextDocument.status`"],
    methods: ["sessionContext.listDocuments"],
  },
  {
    what: "a request enum value added",
    next: inSchema("DocumentGenerate", replaced(["BRIEF, SUPER_DETAILED", "BRIEF, TERSE, SUPER_DETAILED"])),
    bump: "minor",
    changes: ["minor: Add value `TERSE` to `DocumentGenerate.voice_style`"],
    methods: ["documents.generate"],
  },
  {
    what: "an optional parameter added",
    next: inPath(
      "/sessions/linked-user",
      replaced([
        "        - in: query\n",
        "        - { in: query, name: offset, schema: { type: integer } }\n        - in: query\n",
      ]),
    ),
    bump: "minor",
    changes: ["minor: Add `offset` to `sessions.listLinkedUser`"],
    methods: ["sessions.listLinkedUser"],
  },
  {
    what: "an optional request property added",
    next: inSchema(
      "SessionCreate",
      replaced(["properties:\n", "properties:\n        room: { type: string }\n"]),
    ),
    bump: "minor",
    changes: ["minor: Add `room` to `SessionCreate`"],
    methods: ["sessions.create"],
  },
  {
    what: "a response property added",
    next: inSchema(
      "Transcript",
      replaced(["properties:\n", "properties:\n        words: { type: integer }\n"]),
    ),
    bump: "minor",
    changes: ["minor: Add `words` to `Transcript`"],
    methods: ["transcription.get"],
  },
  {
    what: "a response code added",
    next: inPath(
      "/templates/document-templates",
      replaced(["      responses:\n", "      responses:\n        '404': { description: None. }\n"]),
    ),
    bump: "minor",
    changes: ["minor: Add status 404 to `templates.list`"],
    methods: ["templates.list"],
  },
  {
    what: "an operation, a parameter and a property deprecated",
    next: all(
      replaced([
        "operationId: listSessionDocuments\n",
        "operationId: listSessionDocuments\n      deprecated: true\n",
      ]),
      replaced(["          name: page_size\n", "          name: page_size\n          deprecated: true\n"]),
      replaced(["author_name: { type: string }", "author_name: { type: string, deprecated: true }"]),
    ),
    bump: "minor",
    changes: [
      "minor: Deprecate `Template.author_name`",
      "minor: Deprecate `documents.list`",
      "minor: Deprecate `sessions.listLinkedUser.page_size`",
    ],
    methods: ["documents.list", "sessions.listLinkedUser", "templates.list"],
  },
  {
    what: "a description changed, and an example",
    next: all(
      replaced(["Stream an AI-assistant response scoped", "Streams an AI assistant's response scoped"]),
      replaced(["author_name: { type: string }", "author_name: { type: string, examples: [Dr Example] }"]),
    ),
    bump: "patch",
    changes: ["patch: Update descriptions and examples"],
    methods: ["templates.list"],
  },
  {
    what: "an answer tightened",
    next: inSchema(
      "Document",
      all(
        replaced(["type: object\n", "type: object\n      required: [name]\n"]),
        replaced(["index: { type: integer }", "index: { type: integer, minimum: 0 }"]),
      ),
    ),
    bump: "patch",
    changes: [
      "patch: Change `minimum` of `Document.index` from unset to `0`",
      "patch: `name` is now always in `Document`",
    ],
    methods: ["documents.generate", "documents.list"],
  },
  {
    what: "nothing but a comment changed",
    next: (text) => `# Of today.\n${text}`,
    bump: undefined,
    changes: [],
    methods: [],
  },
];
