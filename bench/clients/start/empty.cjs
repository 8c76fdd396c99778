// Nothing: what requiring costs without anything to require.
"use strict";
