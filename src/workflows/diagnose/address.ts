import { type ClientAddress, deploymentOf, type HeidiDeployment } from "../../utils/regions.ts";
import type { Finding } from "./types.ts";

const PATH = "/api/v2/ml-scribe/open-api";

/** Returns the target of the requests without its address: the address of a gateway may be confidential. */
export function checkAddress({ baseUrl, region }: ClientAddress): {
  readonly deployment: HeidiDeployment;
  readonly finding: Finding;
} {
  const { hostname, pathname } = new URL(baseUrl);
  const deployment = deploymentOf(hostname);
  if (region !== undefined && deployment !== region) {
    const finding = `The client is configured for the region ${region}, but its requests go to ${placeOf(deployment)}.`;
    const advice =
      "Remove the address (baseUrl, HEIDI_BASE_URL) or the region (region, HEIDI_REGION): the address takes precedence.";
    return { deployment, finding: { status: "warning", finding, advice } };
  }
  const isHeidis = deployment !== "local" && deployment !== "other";
  if (isHeidis && pathname !== PATH) {
    const finding = `Requests go to ${placeOf(deployment)}, but not to the API's usual path.`;
    return {
      deployment,
      finding: { status: "warning", finding, advice: `Set a baseUrl that ends in ${PATH}.` },
    };
  }
  const finding = `Requests go to ${placeOf(deployment)}.`;
  if (deployment !== "staging") return { deployment, finding: { status: "ok", finding } };
  const advice = "For production, pass `region` and the API key of that region.";
  return { deployment, finding: { status: "warning", finding, advice } };
}

function placeOf(deployment: HeidiDeployment): string {
  switch (deployment) {
    case "staging":
      return "Heidi's staging host";
    case "local":
      return "this machine";
    case "other":
      return "a host that is not Heidi's, such as a gateway";
    default:
      return `Heidi's production host in the region ${deployment}`;
  }
}
