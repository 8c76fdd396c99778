import { createReadStream } from "node:fs";
import axios from "axios";
import FormData from "form-data";
import { uploadClient } from "./measure.mjs";

export function create({ baseUrl }) {
  return uploadClient(async (path) => {
    const form = new FormData();
    form.append("file", createReadStream(path, { highWaterMark: 1024 * 1024 }));
    await axios.post(`${baseUrl}/upload`, form, { maxBodyLength: Number.POSITIVE_INFINITY, maxRedirects: 0 });
  });
}
