using System.CommandLine;
using Guildhall.Storage;

namespace Guildhall.Cli;

/// <summary><c>guildhall restore</c>: a backup becomes the store, while no server runs on it.</summary>
internal static class RestoreCommand
{
    private static readonly Option<string> From = new("--from") { Description = "A file that guildhall backup wrote.", HelpName = "FILE", Required = true };
    private static readonly Option<string?> Store = StoreOption.Create();
    private static readonly Option<bool> Replace = new("--replace") { Description = "Keep an existing store under a name with the time in it, and take its place." };

    public static Command Create()
    {
        var command = new Command("restore", "Make a backup the store. No server may be running on it.") { From, Store, Replace };
        command.SetAction(parsed =>
        {
            var (from, store) = (parsed.GetRequiredValue(From), parsed.FileOf(Store));
            var kept = SqliteFiles.Restore(from, store, parsed.GetValue(Replace), TimeProvider.System);
            parsed.InvocationConfiguration.Output.WriteLine(
                $"{store} is restored from {from}.{(kept is null ? "" : $" The store that was there is kept as {kept}.")}");
            if (StoreKeyOption.WhyNoKey(store) is { } missing)
            {
                parsed.InvocationConfiguration.Output.WriteLine(missing);
            }

            return 0;
        });
        return command;
    }
}
