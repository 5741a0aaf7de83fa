using System.CommandLine;
using Guildhall.Cli;

// One executable. What it can do, and where that is written:
var root = new RootCommand(About.Guildhall)
{
    ServeCommand.Create(),   // the register, by explicit configuration: Hosting/, and behind it Api/ and Outbox/
    BackupCommand.Create(),  // a checked copy of a SQLite store: Storage/SqliteFiles.cs
    RestoreCommand.Create(), // and back
};

return await root.RunAsync(args);
