// Loaded into a child before its own program: the channel to the parent closes however the parent ends, SIGKILL included,
// and a server must not outlive the run that started it.
process.once("disconnect", () => process.exit());
// The parent may have ended while this was loading.
if (!process.connected) process.exit();
