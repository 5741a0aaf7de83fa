using System.CommandLine;
using System.Data.Common;
using Guildhall.Hosting;
using Guildhall.Memberships;
using Guildhall.Sealing;
using Guildhall.Storage;

namespace Guildhall.Cli;

/// <summary>What every command on a store shares: <c>--store</c>, <c>--json</c>, migration, messages and exit codes.</summary>
internal static class StoreCommand
{
    /// <remarks>The environment's store is no default of the option: help would print it, password and all.</remarks>
    private static readonly Option<string> StoreSetting = new("--store")
    {
        Description = $"The SQLite file, or the PostgreSQL connection string (Host=…;Database=…). Without it, {Setting.Store.Variable} of the environment is used.",
        HelpName = "file or connection string",
    };

    private static readonly Option<string?> KeyFile = new(Setting.StoreKeyFile.Option)
    {
        Description = $"As the setting {Setting.StoreKeyFile.Key} of guildhall serve. Without it, {Setting.StoreKeyFile.Variable} of the environment, or the file beside a SQLite store.",
        HelpName = "FILE",
    };

    private static readonly Option<bool> AsJson = new("--json") { Description = "Print JSON for scripts instead of a table." };

    /// <summary>A command that runs the work on the opened store. Exit code 0, or 1 with the reason on standard error.</summary>
    public static Command Create(string name, string help, IEnumerable<Symbol> symbols, Func<StoreInvocation, CancellationToken, Task<Refusal?>> work)
    {
        var command = new Command(name, help);
        foreach (var symbol in symbols)
        {
            if (symbol is Argument argument)
            {
                command.Add(argument);
            }
            else
            {
                command.Add((Option)symbol);
            }
        }

        command.Add(StoreSetting);
        command.Add(KeyFile);
        command.Add(AsJson);
        command.SetAction((arguments, cancellationToken) => RunAsync(arguments, work, cancellationToken));
        return command;
    }

    private static async Task<int> RunAsync(
        ParseResult arguments, Func<StoreInvocation, CancellationToken, Task<Refusal?>> work, CancellationToken cancellationToken)
    {
        var (output, error) = (arguments.InvocationConfiguration.Output, arguments.InvocationConfiguration.Error);
        var setting = arguments.GetValue(StoreSetting) ?? Environment.GetEnvironmentVariable(Setting.Store.Variable);
        if (string.IsNullOrEmpty(setting))
        {
            await error.WriteLineAsync($"Which store? Give --store, or set {Setting.Store.Variable}.");
            return 1;
        }

        try
        {
            await using var store = Store.Open(setting, KeysOf(arguments, setting));
            await store.MigrateAsync(cancellationToken);
            var invocation = new StoreInvocation(arguments, store, new Printer(output, arguments.GetValue(AsJson)));
            if (await work(invocation, cancellationToken) is not { } refusal)
            {
                return 0;
            }

            await error.WriteLineAsync(PrintableText.Of(refusal.Message));
        }
        catch (Exception exception) when (exception is DbException or IOException or UnauthorizedAccessException or NewerSchemaException or ArgumentException)
        {
            await error.WriteLineAsync(PrintableText.Lines($"The store cannot be used: {exception.Message}"));
        }

        return 1;
    }

    /// <summary>The store's keys, as the command's options, the environment and the configuration file have them that the command takes.</summary>
    private static StoreKeys KeysOf(ParseResult arguments, string store)
    {
        var complaints = new List<string>();
        var file = OptionOf<FileInfo?>("--config") is { } config && arguments.GetValue(config) is { } named ? SettingsFile.Read(named.FullName, complaints) : [];
        var reader = new SettingsReader(
            file, Environment.GetEnvironmentVariable, name => OptionOf<string?>(name) is { } option ? arguments.GetValue(option) : null, complaints);
        var keys = StoreKeysReader.Read(reader, store, isRequired: false, complaints);
        return complaints.Count == 0 ? keys : throw new OperatorException(string.Join('\n', complaints));

        Option<T>? OptionOf<T>(string name) => arguments.CommandResult.Command.Options.OfType<Option<T>>().FirstOrDefault(option => option.Name == name);
    }
}

/// <summary>One run of a command.</summary>
internal sealed record StoreInvocation(ParseResult Arguments, Store Store, Printer Printer);
