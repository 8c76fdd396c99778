import { runInPage } from "../../run.js";

export default function Page(props) {
  return runInPage(props);
}
