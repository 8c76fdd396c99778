import { runInPage } from "../../run.js";

export const runtime = "edge";

export default function Page(props) {
  return runInPage(props);
}
