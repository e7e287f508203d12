throw new Error("The database is away");
