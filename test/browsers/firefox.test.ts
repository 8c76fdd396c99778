import { describeMicrophone } from "./microphone.ts";

describeMicrophone("firefox");
