using System.CommandLine;
using Guildhall.Hosting;
using Guildhall.Sealing;
using Guildhall.Storage.Moving;

namespace Guildhall.Cli;

/// <summary><c>guildhall migrate-store</c>: a register moves from one engine to the other, and is checked there.</summary>
internal static class MigrateStoreCommand
{
    private const string StoreForm = "file or connection string";

    private static readonly string[] Columns = ["table", "rows", "checksum"];
    private static readonly string[] DifferingColumns = [.. Columns, "rows_there", "checksum_there"];

    private static readonly Option<string> From = new("--from") { Description = "The store to move: a SQLite file, or a PostgreSQL connection string.", HelpName = StoreForm, Required = true };
    private static readonly Option<string> To = new("--to") { Description = "Where to move it: an empty store, or a file that does not exist yet.", HelpName = StoreForm, Required = true };
    private static readonly Option<bool> AsJson = new("--json") { Description = "Print JSON for scripts instead of a table." };

    public static Command Create()
    {
        var command = new Command(
            "migrate-store",
            """
            Move a register between SQLite and PostgreSQL. Nothing may be served from either store meanwhile.
            All or nothing: every row is copied in one transaction, read again and compared. The source stays as it is.
            Example: guildhall migrate-store --from guildhall.db --to "Host=db;Database=guildhall;Username=guildhall"
            """) { From, To, AsJson };
        command.SetAction(RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        var (from, to) = (parsed.GetRequiredValue(From), parsed.GetRequiredValue(To));
        var (output, error) = (parsed.InvocationConfiguration.Output, parsed.InvocationConfiguration.Error);
        var printer = new Printer(output, parsed.GetValue(AsJson));
        if (from.Contains('=') || to.Contains('='))
        {
            await error.WriteLineAsync("No replica may run on the store in PostgreSQL until this ends; it cannot be seen from here whether one does.");
        }

        var progress = new MoveProgress(System.Console.IsErrorRedirected ? error : System.Console.Error, !System.Console.IsErrorRedirected, TimeProvider.System);
        try
        {
            var moved = await StoreMove.RunAsync(from, to, progress, cancellationToken);
            progress.End();
            await printer.ListAsync(Columns, moved.Select(Row));
            if (!parsed.GetValue(AsJson))
            {
                await output.WriteLineAsync($"All {moved.Sum(table => table.Source.Rows)} rows are moved, and read the same in both stores.");
                await output.WriteLineAsync(KeyOf(from, to));
            }

            return 0;
        }
        catch (MoveDiffersException exception)
        {
            progress.End();
            await printer.ListAsync(DifferingColumns, exception.Tables.Select(table => (string[])[.. Row(table), $"{table.Target.Rows}", table.Target.Checksum]));
            var differing = exception.Tables.Where(table => !table.IsSame).Select(table => table.Name);
            throw new OperatorException($"The copy differs from its source in {string.Join(", ", differing)}. Nothing of it was kept: the target is as empty as before.");
        }
    }

    /// <summary>What the new store needs beside the rows.</summary>
    private static string KeyOf(string from, string to) =>
        $"Secrets stay sealed with the same key, {StoreKeyOption.InWords(from)}: "
        + (StoreKeys.FileBeside(to) is { } beside ? $"copy it to {beside}, or name it with {Setting.StoreKeyFile.Key}." : $"name it with {Setting.StoreKeyFile.Key}, for every replica.");

    private static string[] Row(MovedTable table) => [table.Name, $"{table.Source.Rows}", table.Source.Checksum];
}
