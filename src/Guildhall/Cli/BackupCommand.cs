using System.CommandLine;
using Guildhall.Storage;

namespace Guildhall.Cli;

/// <summary><c>guildhall backup</c>: a checked copy of a SQLite store, also while a server runs on it.</summary>
internal static class BackupCommand
{
    private static readonly Option<string?> Store = StoreOption.Create();
    private static readonly Option<string> To = new("--to") { Description = "The file to write; it must not exist.", HelpName = "FILE", Required = true };

    public static Command Create()
    {
        var command = new Command("backup", "Copy a SQLite store into one checked file, also while a server runs on it.") { Store, To };
        command.SetAction(parsed =>
        {
            var (store, to) = (parsed.FileOf(Store), parsed.GetRequiredValue(To));
            SqliteFiles.BackUp(store, to);
            parsed.InvocationConfiguration.Output.WriteLine(
                $"""
                {store} is backed up in {to}, and the copy is sound.
                Its secrets are sealed with a key that is not in it: {StoreKeyOption.InWords(store)}. Both are needed. Keep a copy of the key apart from the backups.
                """);
            return 0;
        });
        return command;
    }
}
