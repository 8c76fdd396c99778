// An empty file: the base cost of a `require`.
"use strict";
