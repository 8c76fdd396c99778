import { describeMicrophone } from "./microphone.ts";

describeMicrophone("webkit");
