// DO NOT EDIT. Where the API is.
// Written by `npm run generate` from openapi/heidi.openapi.yaml and openapi/overlays/.

/** The address of the spec's first server. */
export const serverUrl: string = "https://registrar.api.heidihealth.com/api/v2/ml-scribe/open-api";

/** The header that carries the API key; undefined when no operation needs one. */
export const apiKeyHeader: string | undefined = "Heidi-Api-Key";
