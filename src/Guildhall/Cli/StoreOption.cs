using System.CommandLine;
using Guildhall.Hosting;

namespace Guildhall.Cli;

/// <summary><c>--store</c> of the commands that copy a store: a SQLite file.</summary>
internal static class StoreOption
{
    public static Option<string?> Create() => new("--store")
    {
        Description = $"The store: a SQLite file. Without it, {Setting.Store.Variable} in the environment is used.",
        HelpName = "FILE",
    };

    /// <exception cref="OperatorException">None is named, or it is not a file.</exception>
    public static string FileOf(this ParseResult parsed, Option<string?> option) => (parsed.GetValue(option) ?? Environment.GetEnvironmentVariable(Setting.Store.Variable)) switch
    {
        null or "" => throw new OperatorException($"Name the store with --store FILE, or with {Setting.Store.Variable} in the environment."),
        var store when store.Contains('=') => throw new OperatorException(
            "A store in PostgreSQL is backed up and restored with pg_dump and pg_restore; docs/operating.md shows how. This command copies SQLite files."),
        var file => file,
    };
}
