using System.CommandLine;
using Guildhall.Cli;

// One executable. What it can do, and where that is written:
var root = new RootCommand(About.Guildhall)
{
    DemoCommand.Create(),    // a Guildhall to try: Demo/, over all that serve runs
    ServeCommand.Create(),   // the register, by explicit configuration: Hosting/, and behind it Api/ and Outbox/
    BackupCommand.Create(),  // a checked copy of a SQLite store: Storage/SqliteFiles.cs
    RestoreCommand.Create(), // and back
    StoreKeyCommands.Create(), // the keys that its secrets are sealed with: Sealing/, Storage/KeyRotation.cs
    MigrateStoreCommand.Create(), // from one engine to the other: Storage/Moving/
    FabricCommands.Create(),  // what services are on their networks: NetworkManagement.cs, Networks/
    SignCommand.Create(),     // an administrator signs a change of a channel, offline: Networks/SignatureRequestFile.cs
};

// account, user, project and key: the built-in identity, Identity/
foreach (var command in IdentityCommands.Create())
{
    root.Add(command);
}

return await root.RunAsync(args);
