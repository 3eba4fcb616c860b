// A function that cannot be loaded.
throw new Error("not today");
